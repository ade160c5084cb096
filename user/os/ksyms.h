/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_KSYMS_H
#define OS_KSYMS_H

/*
 * Names of kernel functions, for stacks that come from BPF as addresses.
 */
#include <stdint.h>

struct ksyms;

/*
 * Reads kallsyms under the open proc_fd. Returns 0 or -errno; -EPERM if the
 * kernel hides its addresses (kptr_restrict, or rights are missing).
 */
int ksyms_new(int proc_fd, struct ksyms **ret);
void ksyms_free(struct ksyms *k);

/* The function that holds addr: "do_msgsnd", and its module, "" for none. 0 or -ENOENT. */
struct ksyms_name {
	const char *function, *module; /* until ksyms_free() */
};

int ksyms_name(const struct ksyms *k, uint64_t addr, struct ksyms_name *ret);

#endif
