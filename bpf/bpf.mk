# SPDX-License-Identifier: GPL-2.0
# The kernel side: each bpf/NAME.bpf.c becomes one object, embedded in the program.

# (filled by the kernel side)
$(O)/gen/bpf_objects.o:
	$(Q)mkdir -p $(@D) && printf 'extern int bpf_objects_none;int bpf_objects_none;\n' | $(CC) -x c -c -o $@ -
