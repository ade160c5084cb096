// SPDX-License-Identifier: GPL-2.0
#include "hands.h"

#include <stdio.h>
#include <string.h>

#include "../os/os.h"
#include "../os/stacks.h"
#include "../ways/way.h"

/* Takers that were seen are named up to here; with more there is no one to blame. */
#define TAKERS_MAX 8

struct taker {
	struct thread_ref ref;
	uint64_t at_ns, caller;
	bool gone;
};

struct hands {
	const struct probe_env *env;
	const struct wait *wait;
	pid_t tid;     /* of who waits */
	size_t n_seen; /* that were seen at it at all */
	uint32_t gave_freely, turns;
	bool unsure;
	size_t n;
	struct taker takers[TAKERS_MAX];
	struct taker last; /* who was let in, or went in, last */
	struct taker waker;
};

/* "3.2 s" */
static void ago(uint64_t at_ns, char *buf, size_t size)
{
	uint64_t now_ns = os_now_ns(), ns = now_ns > at_ns ? now_ns - at_ns : 0;

	if (ns < 10000000000ULL)
		snprintf(buf, size, "%.1f s", (double)ns / 1e9);
	else
		snprintf(buf, size, "%llu s", (unsigned long long)(ns / 1000000000));
}

/* Returns whether it is there; then *ret_waits: for the same thing. */
static bool is_there(const struct hands *h, const struct way_hand *hand, bool *ret_waits)
{
	struct seen now;
	struct wait w;

	*ret_waits = false;
	if (h->env->way->look(h->env->way_self, hand->ref.pid, hand->ref.tid, &now) ||
	    (hand->ref.start && now.ref.start != hand->ref.start))
		return false;
	*ret_waits = probes_recognise(h->env->os, &now, &w) == 1 && !strcmp(w.key, h->wait->key);
	return true;
}

static int keep_units(void *ctx, const struct way_hand *hand)
{
	struct hands *h = ctx;
	uint32_t units = hand->has;
	bool waits = false;

	if (!hand->counted)
		return 0;
	h->n_seen++;
	h->gave_freely += hand->gave_freely;
	h->turns += hand->turns;
	if (!units)
		return 0;
	if (!hand->gone && !is_there(h, hand, &waits))
		return 0;
	/* its last call has not returned yet */
	units -= waits;
	if (!units)
		return 0;
	h->unsure |= hand->unsure;
	if (h->n < TAKERS_MAX)
		h->takers[h->n] = (struct taker){
			.ref = hand->ref,
			.at_ns = hand->took_ns,
			.caller = hand->caller,
			.gone = hand->gone,
		};
	h->n++;
	return 0;
}

static int state_one(const struct hands *h, const struct taker *t, enum evidence evidence,
		     const char *why)
{
	struct fact f = {
		.type = FACT_HOLD,
		.hold =
			{
				.resource = h->wait->key,
				.ref = t->ref,
				.evidence = evidence,
				.why = why,
				.gone = t->gone,
				.taken_ns = t->at_ns,
				.taken_wall_ns = os_wall_of_ns(t->at_ns),
			},
	};

	if (t->caller)
		stacks_name(h->env->os->stacks, h->env->os, t->ref.pid, t->caller, &f.hold);
	return fact_put(h->env->out, &f);
}

/* Why it cannot be said who has the units; NULL: it can. */
static const char *why_no_lock(const struct hands *h)
{
	if (!h->n_seen)
		return "a semaphore does not record who took from it";
	/* once may be for a unit that was taken before it was watched */
	if (h->gave_freely > 1)
		return "it is given by threads that did not take it";
	if (!h->turns)
		return "nobody was seen to give back what he took: it may be no lock";
	if (!h->n)
		return "nobody was seen to take it and keep it";
	if (h->unsure)
		return "who tried to take it may have been refused";
	return h->n > TAKERS_MAX ? "too many have taken it" : NULL;
}

int hands_state_units(const struct probe_env *env, const struct seen *s, const struct wait *w,
		      char why[HANDS_WHY])
{
	struct hands h = {.env = env, .wait = w, .tid = s->ref.tid};
	const char *no_lock;
	char when[32];
	int r = 0;

	if (env->way->hands)
		r = env->way->hands(env->way_self, s->ref.pid, w->address, keep_units, &h);
	if (r < 0)
		return r;
	no_lock = why_no_lock(&h);
	if (no_lock) {
		snprintf(why, HANDS_WHY, "%s", no_lock);
		return 0;
	}
	for (size_t i = 0; i < h.n && !r; i++) {
		ago(h.takers[i].at_ns, when, sizeof(when));
		snprintf(why, HANDS_WHY, "took it last, %s ago, and %s it back as far as was seen",
			 when, h.takers[i].gone ? "has ended without giving" : "has not given");
		r = state_one(&h, &h.takers[i], EVIDENCE_TRACKED, why);
	}
	return r ? r : 1;
}

/* Whoever waited and went on, or came in without having to wait. */
static int keep_last(void *ctx, const struct way_hand *hand)
{
	struct hands *h = ctx;
	uint64_t at_ns = hand->entered ? hand->took_ns : hand->waited_ns;
	bool waits;

	if (hand->counted || hand->gone || hand->ref.tid == h->tid || at_ns <= h->last.at_ns)
		return 0;
	if (!hand->entered && (!hand->waits || hand->wakes))
		return 0;
	if (!is_there(h, hand, &waits) || waits)
		return 0;
	h->last = (struct taker){.ref = hand->ref, .at_ns = at_ns, .caller = hand->caller};
	return 0;
}

int hands_state_taker(const struct probe_env *env, const struct seen *s, const struct wait *w,
		      uint64_t entry, char why[HANDS_WHY])
{
	struct hands h = {.env = env, .wait = w, .tid = s->ref.tid};
	char when[32];
	int r = 0;

	if (!env->way->hands)
		return 0;
	if (entry)
		r = env->way->hands(env->way_self, s->ref.pid, entry, keep_last, &h);
	if (!r && !h.last.at_ns)
		r = env->way->hands(env->way_self, s->ref.pid, w->address, keep_last, &h);
	if (r < 0 || !h.last.at_ns)
		return r;
	ago(h.last.at_ns, when, sizeof(when));
	snprintf(why, HANDS_WHY, "%s, %s ago, and has not given it back since as far as was seen",
		 h.last.caller ? "asked for it last" : "got it last after a wait that began", when);
	r = state_one(&h, &h.last, EVIDENCE_INFERRED, why);
	return r ? r : 1;
}

static int keep_waker(void *ctx, const struct way_hand *hand)
{
	struct hands *h = ctx;

	if (hand->counted || hand->entered || hand->woke_ns <= h->waker.at_ns)
		return 0;
	h->waker = (struct taker){.ref = hand->ref, .at_ns = hand->woke_ns};
	return 0;
}

void hands_add_waker(const struct probe_env *env, const struct seen *s, const struct wait *w,
		     char why[HANDS_WHY])
{
	struct hands h = {.env = env, .wait = w};
	size_t n = strlen(why);
	struct seen now;
	char when[32];

	if (!env->way->hands)
		return;
	/* the words of a condition variable are two, side by side */
	env->way->hands(env->way_self, s->ref.pid, w->address, keep_waker, &h);
	env->way->hands(env->way_self, s->ref.pid, w->address ^ 4, keep_waker, &h);
	if (!h.waker.at_ns ||
	    env->way->look(env->way_self, h.waker.ref.pid, h.waker.ref.tid, &now) ||
	    now.ref.start != h.waker.ref.start)
		return;
	ago(h.waker.at_ns, when, sizeof(when));
	snprintf(why + n, HANDS_WHY - n, "; %d %s last woke there, %s ago", now.ref.tid, now.comm,
		 when);
}
