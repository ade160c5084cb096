/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_KSYMS_H
#define OS_KSYMS_H

/*
 * Names of kernel functions, for stacks that come from BPF as addresses.
 */
#include <stdint.h>

#include "../seen.h"

struct ksyms;

/*
 * Reads kallsyms under the open proc_fd. Returns 0 or -errno; -EPERM if the
 * kernel hides its addresses (kptr_restrict, or rights are missing).
 */
int ksyms_new(int proc_fd, struct ksyms **ret);
void ksyms_free(struct ksyms *k);

/* The function that holds addr: "do_msgsnd", without offset or module. 0 or -ENOENT. */
int ksyms_name(const struct ksyms *k, uint64_t addr, char buf[SEEN_KNAME]);

#endif
