# SPDX-License-Identifier: GPL-2.0
# The kernel side: each bpf/NAME.bpf.c becomes one object, embedded in the
# program as it is; user/ways/loader.c gives them to the kernel. llvm-strip -g
# takes DWARF away (790 kB become 37) and leaves the BTF, which is needed.

LLVM_STRIP ?= llvm-strip
BPF_CFLAGS := $(HERE_IS_NOWHERE) -target bpf -mcpu=v3 -O2 -g -Wall -Wextra -Werror -D__TARGET_ARCH_$(ARCH) \
	      -Ivmlinux/$(ARCH) -Ibpf

# A line in lt_kinds.h without its file has no rule here, and the build stops.
bpf_names := $(sort $(KINDS) $(patsubst bpf/%.bpf.c,%,$(bpf_src)))
bpf_obj := $(bpf_names:%=$(O)/bpf/%.bpf.o)

$(O)/bpf/%.bpf.o: bpf/%.bpf.c bpf/bpf.mk
	$(call msg,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<
	$(Q)$(LLVM_STRIP) -g $@

# struct bpf_blob bpf_objects[] of user/ways/loader.h: name, data, size.
$(O)/gen/bpf_objects.S: $(bpf_obj) bpf/bpf.mk
	$(call msg,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q){ for n in $(bpf_names); do \
		printf '.section .rodata\n.balign 16\n'; \
		printf '.L%s: .incbin "$(O)/bpf/%s.bpf.o"\n.L%s_end:\n' $$n $$n $$n; \
		printf '.L%s_name: .asciz "%s"\n' $$n $$n; \
	done; \
	printf '.section .data.rel.ro,"aw"\n.balign 16\n.globl bpf_objects\nbpf_objects:\n'; \
	for n in $(bpf_names); do \
		printf '.quad .L%s_name, .L%s, .L%s_end - .L%s\n' $$n $$n $$n $$n; \
	done; \
	printf '.quad 0, 0, 0\n.section .note.GNU-stack,"",%%progbits\n'; } >$@

$(O)/gen/bpf_objects.o: $(O)/gen/bpf_objects.S
	$(call msg,AS,$@)
	$(Q)$(CC) -c -o $@ $<

# Programs for a VM: the ways of seeing against the truth, and what hooks cost.
$(O)/vm/inner_target $(O)/vm/inner_target-musl: tests/vm/inner_target.c
	$(call msg,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(if $(filter %-musl,$@),$(MUSL_GCC),$(CC)) -D_GNU_SOURCE -std=gnu11 -O2 -Wall -Wextra -Werror -o $@ $< -pthread
$(O)/vm/sites: $(O)/tests/vm/lock_calls.o $(O)/tests/vm/lock_help.o
$(O)/vm/sites $(O)/vm/site_cost: $(O)/tests/vm/site_probe.o
$(O)/vm/%: $(O)/tests/vm/%.o $(O)/tests/vm/victims.o $(O)/rest.a $(O)/report.a $(O)/core.a
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LANGFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) \
		-Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LDLIBS)
