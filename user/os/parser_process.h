/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_PARSER_PROCESS_H
#define OS_PARSER_PROCESS_H

/* The processes that questions were about lately. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct os;
struct maps;

#define PARSER_PROCESSES 32

/* Who may share a parser: what one of them says of another's files is no news to it. */
struct parser_owner {
	uid_t uid;
	uint64_t mnt_ns, user_ns;
};

bool parser_same_owner(const struct parser_owner *a, const struct parser_owner *b);

struct parser_process {
	uint64_t number; /* never used again; 0: this place is free */
	pid_t pid;
	uint64_t start;
	uint64_t checked_ns;
	struct parser_owner owner;
	struct maps *maps; /* NULL until read */

	/* How often a parser has died or hung on its files, and until when that counts. */
	unsigned int faults;
	uint64_t no_debug_until_ns; /* without separate debug files */
	uint64_t alone_until_ns;    /* not at all */
};

struct parser_processes {
	struct parser_process list[PARSER_PROCESSES]; /* last used first */
	uint64_t last_number;
};

void parser_processes_free(struct parser_processes *p);

/*
 * The process that has this pid now; known to be the same one for at least half
 * a second. Belongs to p until the next call. 0 or -errno.
 */
int parser_process_get(struct parser_processes *p, struct os *os, pid_t pid,
		       struct parser_process **ret);

/* The process of that number, or NULL if it has been forgotten. */
struct parser_process *parser_process_numbered(struct parser_processes *p, uint64_t number);

#endif
