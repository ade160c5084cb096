/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_ON_STACK_H
#define PROBES_ON_STACK_H

/*
 * Who is inside of a function? Some locks (pthread_once, a static variable's
 * guard, malloc's) do not record who has them, but whoever has them is in a
 * certain function, and its stack shows that.
 */
#include "../os/parser.h"
#include "probe.h"

struct on_stack {
	struct parser_walk u; /* frames of the thread that was walked last */
	struct os *os;
	pid_t pid;
	uint64_t sp;
	size_t n_top;
	uint8_t top[PARSER_TOP]; /* of its stack */
};

int on_stack_new(struct on_stack **ret);
void on_stack_free(struct on_stack *o);

/* Walks the stack of a thread that is asleep. Returns 0 or -errno. */
int on_stack_walk(struct on_stack *o, struct os *os, const struct seen *s);

/* A function that need not have a name. */
struct function {
	uint64_t file; /* its number: parser/question.h */
	uint64_t start;
};

bool on_stack_function(const struct on_stack *o, size_t frame, struct function *ret);

/* Is a name exported for the function of this frame, and is it this one? */
bool on_stack_is(const struct on_stack *o, size_t frame, const char *name);

/* What the thread that is looked for is inside of. */
struct on_stack_want {
	struct function f;
	uint64_t word; /* in its frame; 0: any */
	uint64_t data; /* other functions of the file will do, if their code so far names this
			* address: f was perhaps inlined into them; 0: none will */
};

/*
 * The only thread of s's process, besides those that wait on the same futex, that
 * is in there. Returns 1 and sets *ret; 0 if there is none, more than one, or too
 * many threads to look at.
 */
int on_stack_find(const struct probe_env *env, const struct seen *s,
		  const struct on_stack_want *want, struct thread_ref *ret);

/*
 * Is s itself in there a second time, further out than frame inner? For data: in code
 * that made the call that frame inner makes, naming it.
 */
bool on_stack_again(const struct probe_env *env, const struct seen *s, size_t inner,
		    const struct on_stack_want *want);

#endif
