/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WATCH_PRIVATE_H
#define WATCH_PRIVATE_H

/* What the files of a watch share: watch.c opens and ends it, watch_loop.c looks, watch_facts.c
 * states. */
#include <signal.h>

#include "../collect/collect.h"
#include "../notes.h"
#include "../service/notify.h"
#include "open_way.h"
#include "../os/os.h"
#include "../target.h"
#include "watch.h"

struct watch {
	const struct options *o;
	const struct fact_sink *record; /* NULL: none */
	struct os os;
	struct target *target;
	struct open_way way;
	struct notes *notes;
	struct fact_sink noting; /* into notes; ways keep a pointer to it */
	struct collector *collector;
	struct engine *engine;
	struct fact_sink facts; /* to the record, then to the engine */
	struct watch_reload reload;
	struct watch_looked looked;
	struct watch_keeping keeping;
	struct notify notify;
	char how[192];	 /* "the whole system by hooks" */
	sigset_t ending; /* signals that end the session; blocked, waited for between looks */
	uint64_t began_ns;
	uint64_t facts_put;
	int status; /* exit status of a failure that was already explained */
};

/* Writes each fact to the record, then to the engine; ctx is the watch. */
int watch_put(void *ctx, const struct fact *fact);

/* What a record begins and ends with. Return 0 or -errno. */
int watch_state_session(struct watch *w);
int watch_state_end(struct watch *w, const char *why);

/* One line on stderr. */
void watch_tell_cost(struct watch *w);

/* Tells who keeps what goes from one session to the next. Returns 0 or -errno. */
int watch_keep(struct watch *w, bool last);

/*
 * Looks until the session ends. Returns why it ended, in words (in why, or for
 * ever), or NULL after an error that is in *ret_err.
 */
const char *watch_loop(struct watch *w, char *why, size_t size, int *ret_err);

#endif
