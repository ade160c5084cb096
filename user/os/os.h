/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_OS_H
#define OS_OS_H

/*
 * What we ask the system, in one place: passed along, never global. The roots
 * are parameters so that tests can show a made-up system.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "clock.h"

struct reader;
struct parser;
struct stacks;
struct lost;
struct ksyms;
struct sites;
struct sockets;
struct holders;
struct tcp_tables;
struct file_locks;
struct unread;
struct debug_dirs;
struct wait_table;

struct os {
	int proc_fd;		       /* open directory: /proc, or a test's copy of one */
	struct reader *reader;	       /* os/reader.h: reads that may hang */
	struct parser *parser;	       /* os/parser.h: what reads a target's files */
	struct stacks *stacks;	       /* os/stacks.h: unwinding and symbols */
	struct sites *sites;	       /* os/site.h: which library function a wait is in */
	struct ksyms *ksyms;	       /* os/ksyms.h; NULL until os_ksyms() */
	bool ksyms_refused;	       /* ... and for ever */
	struct sockets *sockets;       /* os/sockets.h: unix sockets */
	struct tcp_tables *tcp;	       /* os/tcp_list.h */
	struct holders *holders;       /* os/holders.h: who has a descriptor of what */
	struct file_locks *file_locks; /* os/file_locks.h: /proc/locks */
	struct unread *unread;	       /* os/unread.h: programs that are not read */
	struct debug_dirs *debug_dirs; /* os/debug_dirs.h: where separate debug files are */
	struct wait_table *wait_table; /* os/wait_table.h: what a futex wait is */
	struct lost *lost;	       /* os/lost.h: what could not be read, by reason */
	struct {
		pid_t pid; /* 0: none yet */
		uint64_t start, read_ns;
	} process; /* the last that os_process_start() was asked about */
};

/* Opens everything on the real system. Returns 0 or -errno. */
int os_open(struct os *ret);
void os_close(struct os *os);

/*
 * Names of kernel functions, read when they are first asked for: there are
 * 200,000 of them. NULL if the kernel hides them.
 */
const struct ksyms *os_ksyms(struct os *os);

/*
 * When a process was started, in clock ticks since boot. Ten thousand threads of one
 * ask one after the other, and it is read for them once. Returns 0 or -errno.
 */
int os_process_start(struct os *os, pid_t pid, uint64_t *ret);

#endif
