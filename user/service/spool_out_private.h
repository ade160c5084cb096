/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_SPOOL_OUT_PRIVATE_H
#define SERVICE_SPOOL_OUT_PRIVATE_H

#include "open_stalls.h"
#include "spool_dir.h"
#include "spool_out.h"

struct spool_out {
	struct engine_out next; /* first: pass.h */
	struct spool *spool;
	const struct fact_session *session;
	const char *dir;

	/* file "": nothing is kept */
	char file[SPOOL_NAME_MAX];
	struct open_whose whose;
	struct open_stalls stalls;
	bool changed;
	uint64_t saved_ns;
};

/* Tells of it as it was last told of, with this end. Returns 0 or -errno. */
int spool_out_ended(struct spool_out *s, const struct stall_end *end);

#endif
