# SPDX-License-Identifier: GPL-2.0
# Programs that block at known places, one source built in ways that differ in
# what a stack walk finds: frame pointers, unwind tables, none of them.
stack_dir := $(O)/unit/stack
stack_victims := $(addprefix $(stack_dir)/,victim_sites victim_sites_static victim_o0 victim_o2 \
		   victim_fp victim_no_tables)

$(stack_dir)/victim_sites: VICTIM := -O2
$(stack_dir)/victim_sites_static: VICTIM := -O2 -static
$(stack_dir)/victim_o0: VICTIM := -O0
$(stack_dir)/victim_o2: VICTIM := -O2 -fomit-frame-pointer
$(stack_dir)/victim_fp: VICTIM := -O2 -fno-omit-frame-pointer
$(stack_dir)/victim_no_tables: VICTIM := -O1 -fno-omit-frame-pointer -fno-asynchronous-unwind-tables \
					 -fno-exceptions -DNO_TABLES
$(stack_dir)/victim_sites $(stack_dir)/victim_sites_static: tests/unit/stack/victim_sites.c
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 -Wall -Wextra -g $(VICTIM) -o $@ $< -pthread
$(stack_dir)/victim_o0 $(stack_dir)/victim_o2 $(stack_dir)/victim_fp $(stack_dir)/victim_no_tables: \
		tests/unit/stack/victim_stacks.c
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 -Wall -Wextra -g $(VICTIM) -fno-optimize-sibling-calls -o $@ $< \
		-pthread

$(stack_dir)/test_sites $(stack_dir)/test_stacks: | $(stack_victims)
