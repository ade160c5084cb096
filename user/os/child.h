/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_CHILD_H
#define OS_CHILD_H

/*
 * One question, asked by a child that lives only for it: because the answer
 * may never come (a path on a dead mount), or because asking changes whoever
 * asks (setns). Costs a fork, so it is for what is rare.
 */
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#define CHILD_ANSWER_MAX 512

/*
 * Runs ask(question, answer) in a child and copies its answer back. ask()
 * must not use the heap or a lock: the child is a bare fork. Returns what ask()
 * returned, -ETIMEDOUT after the time (the child is then killed), -EPIPE if it
 * died, or -errno.
 */
int child_ask(int (*ask)(const void *question, void *answer), const void *question, void *answer,
	      size_t size, uint64_t timeout_ns);

/*
 * What our children keep blocked: signals that go to all of a service, or a
 * terminal, at once. They are for us, who still need what a child would have
 * read, and whose end is the children's too.
 */
void child_signals(sigset_t *ret);

#endif
