# SPDX-License-Identifier: GPL-2.0
# Programs that block at known places, one source built in ways that differ in
# what a stack walk finds: frame pointers, unwind tables, none of them.
parser_dir := $(O)/unit/parser
parser_victims := $(addprefix $(parser_dir)/,victim_sites victim_sites_static victim_o0 victim_o2 \
		   victim_fp victim_no_tables)

others := $(addprefix $(parser_dir)/victim_,o1 o3 static static_pie stripped_static no_pie clang mixed no_index gz bare \
	  bare_stripped $(if $(MUSL_GCC),musl musl_static musl_stripped))
CXX_FOUND := $(shell command -v $(CXX))
parser_victims += $(others) $(if $(CXX_FOUND),$(parser_dir)/victim_cxx)
$(parser_dir)/victim_o1: VICTIM := -O1
$(parser_dir)/victim_o3: VICTIM := -O3
$(parser_dir)/victim_gz: VICTIM := -O2 -gz
# Tables, but no index of them: it can not walk its own stack.
$(parser_dir)/victim_no_index: VICTIM := -O2 -DNO_TABLES -Wl,--no-eh-frame-hdr
$(parser_dir)/victim_static: VICTIM := -O2 -static
$(parser_dir)/victim_static_pie: VICTIM := -O2 -static-pie
$(parser_dir)/victim_stripped_static: VICTIM := -O2 -static -s
$(parser_dir)/victim_no_pie: VICTIM := -O2 -no-pie -fno-plt
$(parser_dir)/victim_clang: VICTIM := -O2
$(parser_dir)/victim_clang: VICTIM_CC := $(CLANG)
# Of its functions some keep a frame pointer.
$(parser_dir)/victim_mixed: VICTIM := -O2 -fno-omit-frame-pointer -fno-asynchronous-unwind-tables \
				      -fno-exceptions -DNO_TABLES -DMIXED
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

$(addprefix $(parser_dir)/test_,sites stacks shapes sandbox parser_ends hostile): | $(parser_victims)
$(parser_dir)/test_parser_report: CPPFLAGS += -DLOCKTRACE='"$(abspath $(O))/locktrace"'

# One program in the forms that distributions ship it in.
names_dir := $(parser_dir)/names
$(names_dir)/whole: tests/unit/parser/victim_names.c
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 -Wall -Wextra -O2 -g -rdynamic -Wl,--build-id=sha1 -o $@ $<
$(names_dir)/no_id: tests/unit/parser/victim_names.c
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 -Wall -Wextra -O2 -g -Wl,--build-id=none -o $@ $<
$(names_dir)/%.debug: $(names_dir)/%
	$(Q)objcopy --only-keep-debug $< $@
$(names_dir)/%.linked: $(names_dir)/% $(names_dir)/%.debug
	$(Q)objcopy --strip-all --add-gnu-debuglink=$<.debug $< $@
$(names_dir)/%.stripped: $(names_dir)/%
	$(Q)strip --strip-all -o $@ $<
# Fedora's recipe: the symbols that the dynamic ones lack, packed into the program itself.
$(names_dir)/%.mini: $(names_dir)/% $(names_dir)/%.stripped
	$(Q)nm -D --format=posix --defined-only $< | cut -d' ' -f1 | sort >$@.dynamic
	$(Q)nm --format=posix --defined-only $< | awk '$$2 ~ /[TtD]/ { print $$1 }' | sort | \
		comm -13 $@.dynamic - >$@.keep
	$(Q)objcopy -S --remove-section .gdb_index --remove-section .comment \
		--keep-symbols=$@.keep $< $@.symbols
	$(Q)xz -f $@.symbols
	$(Q)objcopy --add-section .gnu_debugdata=$@.symbols.xz $<.stripped $@
# Names that somebody made up: a megabyte of one, and what moves cursors.
$(names_dir)/hostile: $(names_dir)/whole
	$(Q)head -c 1000000 /dev/zero | tr '\0' a | sed 's/^/local_name /; s/$$/\n/' >$@.names
	$(Q)printf 'nameless_behind_it \033[2J\377\376_main\n' >>$@.names
	$(Q)objcopy --redefine-syms=$@.names $< $@
$(names_dir)/partly: $(names_dir)/whole
	$(Q)objcopy --strip-symbol=nameless_behind_it $< $@
# What was inlined is in another unit than where it was put.
$(names_dir)/lto: tests/unit/parser/victim_names.c
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 -Wall -Wextra -O2 -g -flto=1 -ffat-lto-objects -rdynamic -o $@ $<
# Two programs that have a part of their DWARF in a third file.
$(names_dir)/shared: $(names_dir)/whole
	$(Q)cp $< $@
	$(Q)cp $< $@.other
	$(Q)dwz -m $@.dwz -M /nowhere/shared.dwz $@ $@.other
names := $(addprefix $(names_dir)/,lto $(if $(shell command -v dwz),shared) hostile partly whole whole.debug whole.linked whole.stripped no_id no_id.debug \
	 no_id.linked $(if $(shell command -v xz),whole.mini))

$(parser_dir)/test_debug_files $(parser_dir)/test_symbols $(parser_dir)/test_cache $(parser_dir)/test_mapped_file \
	$(parser_dir)/test_sandbox: | $(names)
