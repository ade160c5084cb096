/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_PARSER_CHILD_H
#define OS_PARSER_CHILD_H

/*
 * One parser process, from its parent's side. It is not trusted: it parses what
 * strangers wrote, and may be theirs by now.
 */
#include <stdint.h>

#include "../parser/wire.h"
#include "killable.h"
#include "parser_source.h"

struct parser_child {
	struct killable process; /* pid 0: none */
	int sock;
	struct parser_shared *shared;
	struct parser_source source; /* what it is given */
	struct parser_owner owner;   /* whose files it parses */
	uint64_t used;		     /* when, as a count */
	uint64_t used_ns;
	bool decodes;		/* has a disassembler */
	unsigned int wants;	/* of the question at hand */
	uint64_t busy_number;	/* of the process that it is about */
	uint64_t busy_until_ns; /* has a question that nobody waits for; 0: it has none */
	uint64_t busy_ran_ns;	/* ... at most so much processor time */
	bool busy_names;	/* ... which is one for names */
	bool busy_debug;	/* ... with separate debug files */
};

/*
 * Starts a new one. numbers: files that it is given are numbered from there;
 * decodes: it is to load the disassembler, if there is one. 0 or -errno.
 */
int parser_child_start(struct parser_child *c, const struct parser_owner *owner, uint64_t numbers,
		       bool decodes);

/* Ends it, at once; it is buried there. */
void parser_child_end(struct parser_child *c, struct graveyard *g);

/*
 * Asks it; source has been begun. fd goes with the question (-1: none) and stays
 * open. What it has answered, or what there is of it, is then in shared->answer,
 * which it may change at any time. Returns 0, or what is wrong with the child,
 * which must then be ended:
 * -ENOTCONN it had died before it was asked, -EPIPE it has died, -ETIMEDOUT it has not answered
 * within its time, -EPROTO it makes no sense, -ENOSYS it cannot be made safe here.
 */
int parser_child_ask(struct parser_child *c, const struct parser_question *q, int fd,
		     uint64_t until_ns);

/* Goes on with that question, which has not been answered, until then. */
int parser_child_go_on(struct parser_child *c, uint64_t until_ns);

#endif
