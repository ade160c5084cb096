/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WATCH_H
#define WATCH_H

/*
 * One session of watching: opens a way of seeing, looks again and again, and
 * passes the facts to the record and to the engine. Every function that
 * returns an exit status has said on stderr, in one line, what went wrong.
 */
#include "../core/engine.h"
#include "../options/options.h"

struct watch;

/*
 * Checks the target and the rights, opens the way. *o must live as long as the
 * watch. Returns 0 and sets *ret, or an exit status.
 */
int watch_open(const struct options *o, struct watch **ret);

/* What SIGHUP does instead of ending the session, between two looks. */
struct watch_reload {
	void (*reload)(void *ctx);
	void *ctx;
};

void watch_on_reload(struct watch *w, const struct watch_reload *reload);

/* A look that is done, and its reports told. */
struct watch_look {
	uint64_t began_ns, now_ns;
	const char *hooks; /* that are on; lives as long as the watch */
	uint64_t parser_starts;
	struct watch *watch;
};

struct watch_looked {
	void (*looked)(void *ctx, const struct watch_look *look);
	void *ctx;
};

struct metrics_hooks;

/* What the hooks have cost so far. */
void watch_costs(struct watch *w, struct metrics_hooks *ret);

/* Who is told of each look. */
void watch_on_look(struct watch *w, const struct watch_looked *looked);

/* What goes from one session to the next. Both return 0 or -errno, which ends the session. */
struct watch_keeping {
	/* After the session was stated: states what is known of before. */
	int (*begin)(void *ctx, const struct fact_sink *facts);
	/* After each look, and after the end (last). Does not wait. */
	int (*looked)(void *ctx, const struct engine *e, const struct fact_tick *now, bool last);
	void *ctx;
};

void watch_on_keeping(struct watch *w, const struct watch_keeping *keeping);

/*
 * Runs until interrupted, the time is over, the target has gone, or after one
 * look with --once. Reports go to *out, facts to *record (NULL: none). Returns
 * an exit status.
 */
int watch_run(struct watch *w, const struct engine_out *out, const struct fact_sink *record);

void watch_close(struct watch *w);

#endif
