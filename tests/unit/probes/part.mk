# SPDX-License-Identifier: GPL-2.0
# Programs of another C library, that cannot be forked from the test itself.
probes_dir := $(O)/unit/probes
probes_victims := $(if $(MUSL_GCC),$(addprefix $(probes_dir)/,victim_musl victim_musl_static \
		    victim_musl_stripped))

$(probes_dir)/victim_musl: VICTIM := -g
$(probes_dir)/victim_musl_static: VICTIM := -g -static
$(probes_dir)/victim_musl_stripped: VICTIM := -static -s
$(probes_victims): tests/unit/probes/victim_musl.c
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(MUSL_GCC) -D_GNU_SOURCE -std=gnu11 -O2 -Wall -Wextra $(VICTIM) -o $@ $< -pthread

$(probes_dir)/test_musl: | $(probes_victims)
unit: | $(probes_victims)
