/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_SPOOL_OUT_H
#define SERVICE_SPOOL_OUT_H

/*
 * Puts each report into a spool, as JSON, on its way to who is told; and keeps
 * there which stalls are open, so that the next session takes them as the same.
 */
#include "../core/engine.h"
#include "spool.h"

struct spool_out;

/*
 * Of *next, a copy is kept. scope: who is watched, in any words that are the
 * same for the same; NULL: nothing is taken from, or left for, other sessions.
 * Returns 0 and fills both, or -ENOMEM. ret_out may be next.
 */
int spool_out_new(const struct spool_config *c, const char *scope, const struct engine_out *next,
		  struct spool_out **ret, struct engine_out *ret_out);

const struct spool_counts *spool_out_counts(const struct spool_out *s);

/*
 * After the session was stated and before the first look: states what an
 * earlier session left open. What of it was ended by a reboot is told as that.
 * What cannot be read is said, and is no error. NULL is fine.
 */
int spool_out_begin(struct spool_out *s, const struct fact_sink *facts);

/* Calls fn for each stall that is open, with its newest report, until it returns other than 0. */
int spool_out_each_open(const struct spool_out *s, int (*fn)(void *ctx, const struct report *r),
			void *ctx);

/* After each look, and after the end (last). Never waits. NULL is fine. */
void spool_out_looked(struct spool_out *s, const struct engine *e, const struct fact_tick *now,
		      bool last);

/* Returns whether everything was kept; NULL is fine. */
bool spool_out_close(struct spool_out *s);

#endif
