/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_KILLABLE_H
#define OS_KILLABLE_H

/*
 * A child process that may have to be killed, and that may not die at once: one
 * in an uninterruptible sleep dies later, and waiting for it would hang us too.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct killable {
	pid_t pid; /* 0: none */
	int pidfd; /* -1: this kernel has none */
};

/* Killed, but not yet gone: so many of them hang in the kernel at most, each with memory of ours.
 */
#define GRAVES 16

struct graveyard {
	struct killable left[GRAVES];
	size_t n;
};

void killable_set(struct killable *k, pid_t pid);

/* As in /proc: 'R' if it has a processor or waits for one, which is no hanging. 0: not known. */
char killable_state(const struct killable *k, int proc_fd);
/* What it has had of a processor, in all; 0 if that is not known. */
uint64_t killable_ran_ns(const struct killable *k);

/* Kills it; it is reaped now or later. There must be a place: graveyard_full(). */
void graveyard_bury(struct graveyard *g, const struct killable *k);
bool graveyard_full(const struct graveyard *g);

/* To be called now and then. */
void graveyard_reap(struct graveyard *g);

/* Forgets those that still have not died. */
void graveyard_leave(struct graveyard *g);

#endif
