/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_SYSCALLS_H
#define OS_SYSCALLS_H

/*
 * The system calls in which threads are found asleep, by number, for the
 * architecture we are built for.
 */
#include <stdint.h>

#include "../core/facts.h"

struct syscall_info {
	const char *name;
	enum activity activity; /* of a thread asleep in it */
	const char *words;	/* "reading from": what follows is what fd (argument 0) leads to */
};

/* NULL for a call that is not in the table. */
const struct syscall_info *syscall_info(int32_t nr);

#endif
