# SPDX-License-Identifier: GPL-2.0
# docs/rules/RULE.md is the page of a rule: it is read as it is, embedded in the
# program for `locktrace explain RULE`, and a section of locktrace-rules(7).

rule_pages := $(sort $(wildcard docs/rules/*.md))

# struct page rule_pages[] of user/report/page.h: rule, text.
$(O)/gen/rule_pages.S: $(rule_pages) docs/docs.mk docs/rules
	$(call msg,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q){ i=0; for n in $(notdir $(rule_pages:.md=)); do i=$$((i + 1)); \
		printf '.section .rodata\n'; \
		printf '.Lpage%d: .incbin "docs/rules/%s.md"\n.byte 0\n' $$i $$n; \
		printf '.Lname%d: .asciz "%s"\n' $$i $$n; \
	done; \
	printf '.section .data.rel.ro,"aw"\n.balign 16\n.globl rule_pages\nrule_pages:\n'; \
	i=0; for n in $(notdir $(rule_pages:.md=)); do i=$$((i + 1)); \
		printf '.quad .Lname%d, .Lpage%d\n' $$i $$i; \
	done; \
	printf '.quad 0, 0\n.section .note.GNU-stack,"",%%progbits\n'; } >$@

$(O)/gen/rule_pages.o: $(O)/gen/rule_pages.S
	$(call msg,AS,$@)
	$(Q)$(CC) -c -o $@ $<

man: $(O)/man/locktrace-rules.7 ## The manual pages that are made
$(O)/man/locktrace-rules.7: $(rule_pages) docs/rules tools/rules-man
	$(call msg,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)tools/rules-man $(rule_pages) >$@
all: man
.PHONY: man
