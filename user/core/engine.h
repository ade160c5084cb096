/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_ENGINE_H
#define CORE_ENGINE_H

/*
 * The engine: facts in, reports out. Pure: it asks nothing of the system, not
 * even the time (a TICK tells it), so the same facts always give the same
 * reports.
 */
#include "facts.h"
#include "report.h"

struct engine;

/* As the members of a report. */
struct stall_end {
	const struct fact_session *session;
	const char *id;
	enum report_event event; /* EVENT_RESOLVED or EVENT_MERGED */
	enum report_ending ending;
	const char *into; /* id; "": it is over */
	uint64_t now_ns, wall_ns;
	uint64_t lasted_ns;
};

/* Called in the order in which a user should read. NULL members are skipped. */
struct engine_out {
	int (*session)(void *ctx, const struct fact_session *session);
	int (*note)(void *ctx, const struct fact_note *note);
	int (*report)(void *ctx, const struct report *report);
	int (*end)(void *ctx, const struct report_end *end);
	/*
	 * Of a stall that an earlier session told of, and whose report is with whoever
	 * kept it: it goes on; it has ended, or is a part of another one.
	 */
	int (*kept)(void *ctx, const struct fact_stall *stall);
	int (*ended)(void *ctx, const struct stall_end *end);
	void *ctx;

	/* Will report() keep this one back? Then it takes up nobody's room (limits.h). */
	bool (*keeps_back)(void *ctx, const struct report *report);
};

/* Returns 0 and sets *ret, or -ENOMEM. *out is copied. */
int engine_new(const struct engine_out *out, struct engine **ret);
void engine_free(struct engine *e); /* NULL is fine */

/*
 * Takes one fact. Returns 0, the error of an engine_out callback, -ENOMEM, or
 * -EPROTO if the fact cannot come here (facts.h has the order).
 */
int engine_put(struct engine *e, const struct fact *fact);

/*
 * After LOOKED: the threads whose stacks the reports to come will show. The
 * array belongs to the engine until the next fact.
 */
size_t engine_wants(const struct engine *e, const struct thread_ref **ret_refs);

/*
 * Before TICK: the threads that the look must state if they exist, whatever
 * they do: waiters of stalls of an earlier session. As above.
 */
int engine_kept(struct engine *e, const struct thread_ref **ret_refs, size_t *ret_n);

/* States the stalls that were told of and are open, as STALL and STALL_WAIT. */
int engine_save(const struct engine *e, const struct fact_sink *to);

/*
 * After DETAILED: would longer watching tell more? Of a wait whose beginning
 * nothing tells, or of a holder that moves, two looks say too little. For
 * --once, which ends when it need not look on: what is still undecided then
 * is decided by END, as well as can be.
 */
bool engine_undecided(const struct engine *e);

/* The worst that was reported so far, or goes on from before; 0: nothing is. */
enum severity engine_worst(const struct engine *e);

/* Stalls that were reported so far (opened or snapshot), and those still open. */
size_t engine_opened(const struct engine *e);
size_t engine_still_open(const struct engine *e);

/* How often something could not be seen, for whatever reason. */
uint64_t engine_lost(const struct engine *e);

#endif
