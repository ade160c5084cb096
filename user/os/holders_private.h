/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_HOLDERS_PRIVATE_H
#define OS_HOLDERS_PRIVATE_H

/* What the pass over all descriptors (holders_pass.c) finds, and holders.c looks through. */
#include "holders.h"

/*
 * One pass reads the links of all descriptors, and is kept: what is
 * asked for next is found in it. What a link does not tell (which file, which
 * eventfd, which locks) a second one reads, if anything asks for it.
 */
enum depth { DEPTH_NONE, DEPTH_LINKS, DEPTH_INFO };

enum row_kind { ROW_SOCKET, ROW_PIPE, ROW_OTHER, ROW_EVENTFD, ROW_FILE };

#define ANY_INODE UINT64_MAX /* not told: it may be any */

/* A descriptor. */
struct row {
	uint64_t inode; /* or the eventfd's id */
	pid_t pid;
	pid_t table; /* whose: the process's, or a thread's, if the first one has exited */
	int fd;
	uint8_t kind;
	uint8_t uses; /* once it was asked for */
	bool locks;
};

#define ASKED_MAX 64

struct asked {
	struct held what;
	uint64_t look; /* the last one that asked for it; 0: none did */
};

struct holders {
	struct row *rows; /* by process */
	size_t n, room;
	enum depth depth;
	enum depth wanted; /* by this look: the next begins with it */
	size_t unseen;
	int proc_fd; /* during a pass */

	uint64_t look;	   /* number of the present one, from 1 */
	bool used;	   /* this look has asked for something */
	bool fresh;	   /* the pass is of this look */
	uint64_t until_ns; /* CLOCK_MONOTONIC: until then it serves later ones */
	struct asked asked[ASKED_MAX];
};

/* Begins anew, and finds all that depth tells. Returns 0 or -errno. */
int holders_pass(struct holders *h, int proc_fd, enum depth depth);

/* What a link leads to, and the inode of a socket or a pipe. */
enum row_kind holders_row_kind(const char *link, uint64_t *ret_inode);

/* The fdinfo of a descriptor. Returns the size or -errno. */
ssize_t holders_row_info(int proc_fd, const struct row *row, char *buf, size_t size);

#endif
