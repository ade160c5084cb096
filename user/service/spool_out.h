/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_SPOOL_OUT_H
#define SERVICE_SPOOL_OUT_H

/* Puts each report into a spool, as JSON, on its way to who is told. */
#include "../core/engine.h"
#include "spool.h"

struct spool_out;

/* Of *next, a copy is kept. Returns 0 and fills both, or -ENOMEM. ret_out may be next. */
int spool_out_new(const struct spool_config *c, const struct engine_out *next,
		  struct spool_out **ret, struct engine_out *ret_out);

const struct spool_counts *spool_out_counts(const struct spool_out *s);

/* For each look; NULL is fine. */
void spool_out_look_after(struct spool_out *s, uint64_t now_ns);

/* Returns whether everything was kept; NULL is fine. */
bool spool_out_close(struct spool_out *s);

#endif
