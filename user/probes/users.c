// SPDX-License-Identifier: GPL-2.0
#include "users.h"

#include <string.h>

#include "state.h"

/* Users that were seen are named up to here; with more there is no one to blame. */
#define USERS_MAX 8

bool users_is_there(const struct probe_env *env, const struct way_use *use, struct seen *ret)
{
	return !env->way->look(env->way_self, use->ref.pid, use->ref.tid, ret) &&
	       (!use->ref.start || ret->ref.start == use->ref.start);
}

struct drainers {
	const struct probe_env *env;
	const struct wait *wait;
	size_t n;
};

static int state_drainer(void *ctx, const struct way_use *use)
{
	struct drainers *d = ctx;
	struct seen now;

	if (!use->has || !users_is_there(d->env, use, &now))
		return 0;
	if (++d->n > USERS_MAX)
		return 1;
	return state_hold(d->env, d->wait, &now.ref, EVIDENCE_TRACKED, "seen receiving from it");
}

int users_state_drainers(const struct probe_env *env, const struct wait *w, uint32_t place,
			 uint64_t id)
{
	struct drainers d = {env, w, 0};
	int r;

	if (!env->way->users || !place)
		return 0;
	r = env->way->users(env->way_self, w->probe->kind, place, id, state_drainer, &d);
	return r < 0 ? r : d.n > 0;
}

struct takers {
	const struct probe_env *env;
	const struct wait *wait;
	pid_t last_pid;
	bool has_last;	   /* last_pid is among them */
	bool given_freely; /* by a thread that does not take */
	size_t n;
	struct thread_ref refs[USERS_MAX];
};

static int keep_taker(void *ctx, const struct way_use *use)
{
	struct takers *t = ctx;
	struct seen now;
	struct wait w;

	if (!users_is_there(t->env, use, &now))
		return 0;
	/* once may be for a unit that it took before it was watched */
	t->given_freely |= use->gave > 1;
	if (!use->has || use->unsure)
		return 0;
	/* still in that very call: it wants one, and has none */
	if (probes_recognise(t->env->os, &now, &w) == 1 && !strcmp(w.key, t->wait->key))
		return 0;
	t->has_last |= now.ref.pid == t->last_pid;
	if (t->n < USERS_MAX)
		t->refs[t->n++] = now.ref;
	return 0;
}

int users_state_takers(const struct probe_env *env, const struct wait *w, uint32_t place,
		       uint64_t id, pid_t last_pid)
{
	struct takers t = {.env = env, .wait = w, .last_pid = last_pid};
	int r;

	if (!env->way->users || !place)
		return 0;
	r = env->way->users(env->way_self, w->probe->kind, place, id, keep_taker, &t);
	if (r < 0)
		return r;
	if (t.given_freely && w->class != CLASS_LOCK) {
		r = state_nobody(env, w, "it is given by threads that never took it");
		return r ? r : 1;
	}
	/* some are known, but not the last: then they need not be those that matter */
	if (!t.has_last)
		return 0;
	for (size_t i = 0; i < t.n; i++) {
		r = state_hold(env, w, &t.refs[i], EVIDENCE_TRACKED,
			       "seen taking it, and not giving it back");
		if (r)
			return r;
	}
	return t.n > 0;
}
