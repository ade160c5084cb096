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

/* Called in the order in which a user should read. NULL members are skipped. */
struct engine_out {
	int (*session)(void *ctx, const struct fact_session *session);
	int (*note)(void *ctx, const struct fact_note *note);
	int (*report)(void *ctx, const struct report *report);
	int (*end)(void *ctx, const struct report_end *end);
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
 * After DETAILED: would longer watching tell more? Of a wait whose beginning
 * nothing tells, or of a holder that moves, two looks say too little. For
 * --once, which ends when it need not look on: what is still undecided then
 * is decided by END, as well as can be.
 */
bool engine_undecided(const struct engine *e);

/* The worst that was reported so far; 0: nothing was. */
enum severity engine_worst(const struct engine *e);

/* Stalls that were reported so far (opened or snapshot), and those still open. */
size_t engine_opened(const struct engine *e);
size_t engine_still_open(const struct engine *e);

#endif
