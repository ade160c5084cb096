/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_SYSCALLS_H
#define OS_SYSCALLS_H

/*
 * The system calls in which threads are found asleep, by number, for the
 * architecture we are built for.
 */
#include <stdint.h>

#include "../core/facts.h"
#include "../seen.h"

struct syscall_info {
	const char *name;
	enum activity activity; /* of a thread asleep in it */
	const char *words;	/* "reading from", "sleeping in" */
	bool on_fd;		/* the words go on with what argument 0, a descriptor, leads to */
};

/* NULL for a call that is not in the table. */
const struct syscall_info *syscall_info(int32_t nr);

/*
 * The call a thread is in. After a signal the kernel goes on with a wait as
 * restart_syscall, which leaves the arguments as they were: which call it
 * really is, its kernel frames tell. -1: it is in none that is known.
 */
int32_t syscall_of(const struct seen *s);

#endif
