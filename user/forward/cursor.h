/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FORWARD_CURSOR_H
#define FORWARD_CURSOR_H

/*
 * What one target has got of a spool. Pure: neither a clock nor a file.
 *
 * The spool is the queue, and its files are written anew when their stall
 * changes. So the cursor is no place in a row: it says of each file which state
 * of it the target has. What the spool had to let go of before it was sent is a
 * gap, and counted; from the numbers of the files that is known at least.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../service/spool_limits.h"

/* A file of the spool, as it was found. */
struct cursor_file {
	uint64_t seq;
	char id[SPOOL_WORD_MAX];
	uint64_t state;	    /* another number when it was written anew; never 0 */
	uint64_t written_s; /* when, by the clock; 0: not known */
};

/* How it ended with a state of a report. */
enum cursor_end {
	END_DELIVERED,
	END_REFUSED,	/* the target will never take it */
	END_UNREADABLE, /* damaged, or of a newer locktrace */
	N_ENDS
};

struct cursor_entry {
	struct cursor_file file; /* as it was found last */
	uint64_t done;		 /* the state that is done with; 0: none */
	uint64_t waits_s;	 /* if it is to be sent: since when, by the clock; not noted */
	bool here;		 /* was in the last listing */
};

struct cursor {
	struct cursor_entry *entries; /* by number, then id */
	size_t n, cap;
	uint64_t high; /* highest number that was seen */
	bool dirty;    /* there is something to note that has not been */
	bool begun;    /* there was a listing before: what is missing is a gap */

	/* since the target was first used */
	uint64_t ends[N_ENDS];
	uint64_t gaps;
	uint64_t rejected; /* of the delivered: the target said that it did not keep them */
	uint64_t failures; /* tries that failed */

	/* for whoever wants to know how late it is; by the clock */
	uint64_t pending;
	uint64_t oldest_s;    /* since when the oldest of these waits; 0: there is none */
	uint64_t delivered_s; /* the last time; 0: never */
};

/*
 * What the spool has now: n files by number, then id. Returns 0 or -ENOMEM, and
 * then nothing has changed.
 */
int cursor_look(struct cursor *c, const struct cursor_file *files, size_t n);

/* Would that listing lack files that there were, or numbers that there must have been? */
bool cursor_misses(const struct cursor *c, const struct cursor_file *files, size_t n);

/* The first from i on that is to be sent, or c->n. */
size_t cursor_next(const struct cursor *c, size_t i);
size_t cursor_pending(const struct cursor *c);

/*
 * Since when the one waits that has waited longest; 0: there is none. Of one that is
 * written anew, since the first state that was not sent; after a restart, the last.
 */
uint64_t cursor_oldest_s(const struct cursor *c);

/* That state of entry i is done with; a newer one is still to be sent. */
void cursor_done(struct cursor *c, size_t i, uint64_t state, enum cursor_end end);

/* As text. cursor_scan() returns 0, -EBADMSG, -EPROTONOSUPPORT (of a newer one) or -ENOMEM. */
void cursor_print(const struct cursor *c, FILE *out);
int cursor_scan(const char *text, struct cursor *ret);

void cursor_free(struct cursor *c);

#endif
