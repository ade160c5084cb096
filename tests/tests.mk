# SPDX-License-Identifier: GPL-2.0
##@ Test

# A unit test is tests/unit/PART/test_X.c, built with ASan and UBSan. PART says
# what it may link: core and report get nothing but the pure archives.
unit_src := $(wildcard tests/unit/*/test_*.c)
unit_bin := $(patsubst tests/unit/%.c,$(O)/unit/%,$(unit_src))
SAN := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

san_obj = $(patsubst %.c,$(O)/san/%.o,$(1))
$(O)/san/core.a: $(call san_obj,$(core_src))
$(O)/san/report.a: $(call san_obj,$(report_src))
$(O)/san/rest.a: $(call san_obj,$(rest_src)) $(O)/gen/bpf_objects.o
$(O)/san/%.o: %.c
	$(call msg,CC-SAN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -O1 -g $(LANGFLAGS) $(SAN) -MMD -MP -c -o $@ $<

$(O)/unit/core/%: tests/unit/core/%.c $(O)/san/core.a
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -O1 -g $(LANGFLAGS) -Werror=unused-function $(SAN) -MMD -MP -Iuser -o $@ $< \
		$(O)/san/core.a -lcmocka
$(O)/unit/report/%: tests/unit/report/%.c $(O)/san/report.a $(O)/san/core.a
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -O1 -g $(LANGFLAGS) -Werror=unused-function $(SAN) -MMD -MP -Iuser -o $@ $< \
		$(O)/san/report.a $(O)/san/core.a -ljansson -lcmocka
$(O)/unit/%: tests/unit/%.c $(O)/san/rest.a $(O)/san/report.a $(O)/san/core.a
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -O1 -g $(LANGFLAGS) -Werror=unused-function $(SAN) -MMD -MP -Iuser -o $@ $< \
		-Wl,--start-group $(O)/san/rest.a $(O)/san/report.a $(O)/san/core.a -Wl,--end-group $(LDLIBS) -lcmocka

unit: $(unit_bin) ## Unit tests: seconds, no root
	$(Q)for t in $(unit_bin); do CMOCKA_MESSAGE_OUTPUT=TAP $$t || exit 1; done
