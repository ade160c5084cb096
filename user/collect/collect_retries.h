/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COLLECT_RETRIES_H
#define COLLECT_RETRIES_H

/*
 * Locks that are tried again and again, each time for a while: no single wait is
 * long, and the thread that waits gets on no more than one that waits without a
 * time limit. It is taken for one wait for as long as the owner of the lock, read
 * from its word, is the same one and has either not run at all or tries for a lock
 * in the same way himself: so the lock was not let go of between two looks.
 */
#include "collect_private.h"

struct retries *retries_new(void); /* NULL: no memory */
void retries_free(struct retries *r);

void retries_begin(struct retries *r);

/* One thread in a wait that the scan came upon. */
void retries_take(struct retries *r, const struct seen *s, const struct wait *w);

/* All are seen: those that have gone on for long enough become nodes. 0 or -errno. */
int retries_end(struct collector *c, uint64_t now_ns);

/* So often the wait of this thread began anew, and since when; 0: it did not. */
uint32_t retries_of(const struct collector *c, const struct node *node, uint64_t *ret_since_ns);

/* Is it still one of the tries that node was stated for, if not the same one? */
bool retries_same(const struct collector *c, const struct node *node, const struct seen *now);

/* Is there one that may become a stall, but has been watched for too short a time? */
bool retries_undecided(const struct collector *c, uint64_t now_ns);

#endif
