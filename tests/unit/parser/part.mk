# SPDX-License-Identifier: GPL-2.0
# Programs that block at known places, one source built in ways that differ in
# what a stack walk finds: frame pointers, unwind tables, none of them.
parser_dir := $(O)/unit/parser
parser_victims := $(addprefix $(parser_dir)/,victim_sites victim_sites_static victim_o0 victim_o2 \
		   victim_fp victim_no_tables)

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
$(parser_dir)/victim_o0 $(parser_dir)/victim_o2 $(parser_dir)/victim_fp $(parser_dir)/victim_no_tables: \
		tests/unit/parser/victim_stacks.c
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 -Wall -Wextra -g $(VICTIM) -fno-optimize-sibling-calls -o $@ $< \
		-pthread

$(parser_dir)/test_sites $(parser_dir)/test_stacks $(parser_dir)/test_sandbox $(parser_dir)/test_parser_ends: | $(parser_victims)
