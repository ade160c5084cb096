/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_ENGINE_PRIVATE_H
#define CORE_ENGINE_PRIVATE_H

/* Inside of the engine. */
#include "engine.h"
#include "losses.h"
#include "stalls.h"
#include "wants.h"

/* Where in the order of facts we are: a set of bits, to be looked up in. */
enum state {
	STATE_NEW = 1,
	STATE_BEGUN = 2,    /* after SESSION */
	STATE_LOOK = 4,	    /* after TICK */
	STATE_DETAIL = 8,   /* after LOOKED */
	STATE_BETWEEN = 16, /* after DETAILED */
	STATE_ENDED = 32,
};

struct engine {
	struct engine_out out;
	enum state state;
	struct arena arena; /* of the session */
	struct fact_session session;
	struct model model;
	struct history history;
	struct stalls stalls;
	struct losses losses;
	struct verdict_limits limits;
	struct diagnosis diagnosis;
	uint64_t looks;
	struct wants wants;
	struct thread_ref *kept_refs;
	enum severity worst; /* that was told, or goes on from before */
};

/* DETAILED: tells what is news. Returns 0 or -errno. */
int engine_tell(struct engine *e);

/* How many were counted instead, where it is time to say so. */
int engine_tell_suppressed(struct engine *e, const struct fact_tick *now, bool end);

#endif
