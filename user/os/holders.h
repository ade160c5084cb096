/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_HOLDERS_H
#define OS_HOLDERS_H

/*
 * Which processes have a descriptor of a socket, a pipe, a file: found by
 * reading every link in /proc/PID/fd, which no kernel call does for us. One
 * pass a look finds sockets and pipes, a second one all else.
 *
 * Not seen: a descriptor that is on its way through a unix socket
 * (SCM_RIGHTS), one that only io_uring has, and those of a thread that does
 * not share its process's table.
 *
 * Where many descriptors are open a pass takes long, and while a stall goes on
 * each look asks for the same. So of a socket or a pipe that the last look asked
 * for, too, a pass of before may tell: each descriptor is then seen to be there
 * still, but a process that got one since is not seen yet, for 10 s at the most.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct file_id;
struct holders;

int holders_new(struct holders **ret);
void holders_free(struct holders *h);
void holders_forget(struct holders *h); /* begins a new look */

#define HELD_NAME 48
#define HELD_LOCK "lock:" /* names of locked files begin so */

/*
 * What is held. Sockets and pipes are known by the text of the link, eventfds
 * by their number, files (FIFOs, message queues, which have paths that depend
 * on who looks) by device and inode: then name is "".
 */
struct held {
	char name[HELD_NAME]; /* "socket:[123]", "pipe:[123]" */
	uint64_t dev;	      /* st_dev */
	uint64_t inode;
};

struct held held_link(const char *kind, uint64_t inode); /* "pipe", 123; "eventfd", its id */
struct held held_lock(const struct file_id *file);	 /* a file that is locked by its holders */
struct held held_file(uint64_t dev, uint64_t inode);

bool held_same(const struct held *a, const struct held *b);

/*
 * Device and inode of what fd of a process leads to, without asking a server
 * that may be dead. Returns 0 or -errno.
 */
int held_by_fd(int proc_fd, pid_t pid, int fd, struct held *ret);

/* Is it a FIFO? Asked in the same way. */
bool held_is_fifo(int proc_fd, pid_t pid, int fd);

enum holder_use { HOLDER_READS = 1, HOLDER_WRITES = 2 };

/* Past this many the list is cut: nobody reads on, and none of them is "the" holder. */
#define HOLDERS_MAX 64

struct holder_list {
	pid_t pids[HOLDERS_MAX];
	uint8_t uses[HOLDERS_MAX]; /* enum holder_use, of all descriptors of that process together
				    */
	size_t n;
	bool more;     /* the list was cut */
	size_t unseen; /* processes whose descriptors may not be read */
};

/* Returns 0 or -errno. */
int holders_of(struct holders *h, int proc_fd, const struct held *what, struct holder_list *ret);

#endif
