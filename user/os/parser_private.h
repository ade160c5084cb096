/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_PARSER_PRIVATE_H
#define OS_PARSER_PRIVATE_H

/* parser.c puts the questions, parser_ask.c finds who answers them. */
#include "parser_child.h"

#define PARSER_POOL 4

struct parser {
	struct parser_processes processes;
	struct parser_child pool[PARSER_POOL]; /* none is shared between two owners */
	struct graveyard graves;
	uint64_t uses, starts; /* counts */
	uint64_t names_until_ns;
	bool refused;	    /* the kernel does not let it be made safe */
	const char *failed; /* of the last question; NULL: the parser did not */
	bool later;	    /* the last walk goes on, and its frames may follow */
	struct parser_question question;
	struct parser_answer answer; /* checked */
};

/*
 * Asks the question at hand, of a process; the second time without separate
 * debug files. Returns what the answer says, or -errno; p->answer has what there
 * is of one. p->failed says why it is not whole if that is the parser's doing;
 * *ret_again is set if it is worth a second try.
 */
int parser_try(struct os *os, struct parser_process *process, bool second, int fd, bool *ret_again);

/* Twice if need be: again_ns is how long the second answer may take. */
int parser_ask(struct os *os, struct parser_process *process, uint64_t again_ns, int fd);

#endif
