# SPDX-License-Identifier: GPL-2.0
# Programs that block at known places, one source built in ways that differ in
# what a stack walk finds: frame pointers, unwind tables, none of them.
parser_dir := $(O)/unit/parser
parser_victims := $(addprefix $(parser_dir)/,victim_sites victim_sites_static victim_o0 victim_o2 \
		   victim_fp victim_no_tables)

others := $(addprefix $(parser_dir)/victim_,o1 o3 static static_pie stripped_static no_pie clang bare \
	  bare_stripped $(if $(MUSL_GCC),musl musl_static musl_stripped))
CXX_FOUND := $(shell command -v $(CXX))
parser_victims += $(others) $(if $(CXX_FOUND),$(parser_dir)/victim_cxx)
$(parser_dir)/victim_o1: VICTIM := -O1
$(parser_dir)/victim_o3: VICTIM := -O3
$(parser_dir)/victim_static: VICTIM := -O2 -static
$(parser_dir)/victim_static_pie: VICTIM := -O2 -static-pie
$(parser_dir)/victim_stripped_static: VICTIM := -O2 -static -s
$(parser_dir)/victim_no_pie: VICTIM := -O2 -no-pie -fno-plt
$(parser_dir)/victim_clang: VICTIM := -O2
$(parser_dir)/victim_clang: VICTIM_CC := $(CLANG)
# Neither tables nor frame pointers.
BARE := -O2 -fomit-frame-pointer -fno-asynchronous-unwind-tables -fno-exceptions -DNO_TABLES
$(parser_dir)/victim_bare: VICTIM := $(BARE)
$(parser_dir)/victim_bare_stripped: VICTIM := $(BARE) -s
# The library has neither.
$(parser_dir)/victim_musl: VICTIM := -O2 -DNO_TABLES
$(parser_dir)/victim_musl_static: VICTIM := -O2 -static -DNO_TABLES
$(parser_dir)/victim_musl_stripped: VICTIM := $(BARE) -static -s
$(parser_dir)/victim_musl $(parser_dir)/victim_musl_static $(parser_dir)/victim_musl_stripped: \
	VICTIM_CC := $(MUSL_GCC)

$(parser_dir)/victim_sites: VICTIM := -O2
$(parser_dir)/victim_sites_static: VICTIM := -O2 -static
$(parser_dir)/victim_o0: VICTIM := -O0
$(parser_dir)/victim_o2: VICTIM := -O2 -fomit-frame-pointer
$(parser_dir)/victim_fp: VICTIM := -O2 -fno-omit-frame-pointer
$(parser_dir)/victim_no_tables: VICTIM := -O1 -fno-omit-frame-pointer -fno-asynchronous-unwind-tables \
					 -fno-exceptions -DNO_TABLES
$(parser_dir)/victim_sites $(parser_dir)/victim_sites_static: tests/unit/parser/victim_sites.c
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 -Wall -Wextra -g $(VICTIM) -o $@ $< -pthread
$(parser_dir)/victim_o0 $(parser_dir)/victim_o2 $(parser_dir)/victim_fp $(parser_dir)/victim_no_tables \
		$(others): tests/unit/parser/victim_stacks.c
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(or $(VICTIM_CC),$(CC)) -D_GNU_SOURCE -std=gnu11 -Wall -Wextra -g $(VICTIM) \
		-fno-optimize-sibling-calls -o $@ $< -pthread

$(parser_dir)/victim_cxx: tests/unit/parser/victim_cxx.cc
	$(call msg,CXX,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CXX) -std=c++17 -O2 -Wall -Wextra -g -o $@ $< -pthread

$(addprefix $(parser_dir)/test_,sites stacks shapes sandbox parser_ends): | $(parser_victims)
