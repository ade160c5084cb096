/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_PARSER_H
#define OS_PARSER_H

/*
 * Asking the parser: everything that has to read a target's programs, their
 * tables, symbols and debug files. What is asked and answered is plain data.
 */
#include "../parser/question.h"
#include "../seen.h"

struct os;
struct parser;

/* Starts nothing yet. Returns 0 or -errno. */
int parser_new(struct parser **ret);
void parser_free(struct parser *p);

/* Processes that were started to answer, so far. */
uint64_t parser_starts(const struct parser *p);

/* Ends those that nobody has asked for a while: between two stalls nothing is to be parsed. */
void parser_rest(struct parser *p, uint64_t now_ns);

/*
 * Why the last question was not answered, or not wholly, if that is the
 * parser's doing: "the parser took too long". NULL: it is not.
 */
const char *parser_failed(const struct os *os);

/* The last walk was not finished in time, but goes on: asked again it may be whole. */
bool parser_later(const struct os *os);

/*
 * The frames of a thread that is asleep, at most max of them, without names;
 * with_debug: also by the unwind tables of separate debug files; functions:
 * with what is known of each frame's function. Returns 0, also for a stack that
 * could not be finished (note says why), or -errno if there is nothing.
 */
struct parser_walking {
	size_t max;
	bool with_debug;
	bool functions;
};

int parser_walk(struct os *os, const struct seen *seen, const struct parser_walking *how,
		struct parser_walk *ret);

/*
 * In all that follows names are waited for until then; 0: half a second for each
 * question.
 */
void parser_names_until(struct os *os, uint64_t until_ns);

/*
 * Names of frames of that process; *ret has those that were found. Returns 0,
 * -EINPROGRESS if there are more, but not in time (they go on being
 * looked for: ask again), or -errno.
 */
int parser_names(struct os *os, pid_t pid, const struct parser_walk *walk,
		 struct parser_names *ret);

/*
 * The function that a thread waits in, without a memory: os/site.h has one.
 * top: n_top bytes at its stack pointer.
 */
int parser_site(struct os *os, const struct seen *seen, const void *top, size_t n_top,
		struct parser_site *ret);

/* Exported functions that the top of a stack may lead to: site_scan() in os/site.h. */
int parser_scan(struct os *os, const struct seen *seen, const void *top, size_t n_top,
		struct parser_functions *ret);

/* One address in words. Returns 0, -EINPROGRESS as above, or -errno. */
int parser_address(struct os *os, pid_t pid, uint64_t pc, struct parser_words *ret);
int parser_variable(struct os *os, pid_t pid, uint64_t addr, struct parser_words *ret);

/*
 * The lock functions of a file that a process maps, at most LOCK_FUNCTIONS of
 * them. Returns how many, or -errno: -EBADMSG if it makes no sense.
 */
int parser_lock_functions(struct os *os, pid_t pid, int fd, struct lock_function *ret);

#endif
