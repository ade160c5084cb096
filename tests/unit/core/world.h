/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

/*
 * Random worlds: threads of several processes that wait for resources which
 * others hold, with all sorts of evidence, circles planted or not. And what
 * the engine says of a world, as plain data.
 */
#include "story.h"

#define WORLD_THREADS	48
#define WORLD_RESOURCES 48
#define WORLD_HOLDS	3 /* of one resource */
#define WORLD_REPORTS	64

/* What a thread does that does not wait. */
enum end { END_ASLEEP, END_GONE, END_LIVE, _END_MAX };

struct world_resource {
	enum wait_class class; /* LOCK: all holders; FULL, PARK: any of them */
	int holders[WORLD_HOLDS], n_holders;
	enum evidence evidence[WORLD_HOLDS];
};

struct world {
	uint64_t seed, dice;
	int n_threads, n_resources;
	int waits[WORLD_THREADS]; /* a resource, or -1 */
	uint64_t since_ms[WORLD_THREADS];
	enum end end[WORLD_THREADS];
	struct thread_ref refs[WORLD_THREADS];
	struct world_resource resources[WORLD_RESOURCES];
};

/* xorshift64: the same numbers everywhere. */
static inline int roll(struct world *w, int sides)
{
	w->dice ^= w->dice << 13;
	w->dice ^= w->dice >> 7;
	w->dice ^= w->dice << 17;
	return (int)((w->dice >> 33) % (uint64_t)sides);
}

static inline void add_hold(struct world *w, int resource, int thread)
{
	struct world_resource *r = &w->resources[resource];

	for (int i = 0; i < r->n_holders; i++) {
		if (r->holders[i] == thread)
			return;
	}
	if (r->n_holders == WORLD_HOLDS)
		return;
	r->evidence[r->n_holders] = (enum evidence)(1 + roll(w, _EVIDENCE_MAX - 1));
	r->holders[r->n_holders++] = thread;
}

/* A ring through the first threads, each with a lock that the one before it wants. */
static inline void plant_circle(struct world *w)
{
	int n = 1 + roll(w, w->n_threads < 6 ? w->n_threads : 6);

	for (int i = 0; i < n && i < w->n_resources; i++) {
		w->resources[i] = (struct world_resource){.class = CLASS_LOCK};
		add_hold(w, i, i);
		w->waits[(i + n - 1) % n] = i;
	}
}

static inline struct world world_new(uint64_t seed)
{
	static const enum wait_class classes[] = {CLASS_LOCK, CLASS_LOCK, CLASS_LOCK, CLASS_FULL,
						  CLASS_PARK};
	struct world w = {.seed = seed, .dice = seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
	int waiting;

	w.n_threads = 2 + roll(&w, WORLD_THREADS - 2);
	w.n_resources = 1 + roll(&w, w.n_threads);
	waiting = 1 + roll(&w, 9);
	for (int r = 0; r < w.n_resources; r++) {
		w.resources[r].class = classes[roll(&w, 5)];
		for (int i = roll(&w, 5) ? 1 + roll(&w, 2) : roll(&w, 4); i > 0; i--)
			add_hold(&w, r, roll(&w, w.n_threads));
	}
	for (int t = 0; t < w.n_threads; t++) {
		w.waits[t] = roll(&w, 10) < waiting ? roll(&w, w.n_resources) : -1;
		w.since_ms[t] = 100 + (uint64_t)roll(&w, 500);
		w.end[t] = (enum end)roll(&w, _END_MAX);
		w.refs[t] = (struct thread_ref){.pid = 1 + t % 3, .tid = 10 + t, .start = 7};
	}
	if (roll(&w, 2))
		plant_circle(&w);
	return w;
}

/* ---- To the engine ---- */

struct said {
	enum certainty certainty;
	bool circle;
	char rule[32], signature[24];
	enum role roles[WORLD_THREADS]; /* 0: not in it */
};

struct sayings {
	const struct world *w;
	struct said reports[WORLD_REPORTS];
	size_t n;
};

static inline int world_thread(const struct world *w, const struct thread_ref *ref)
{
	for (int t = 0; t < w->n_threads; t++) {
		if (w->refs[t].pid == ref->pid && w->refs[t].tid == ref->tid)
			return t;
	}
	fail_msg("a thread that is not there: %d/%d", ref->pid, ref->tid);
	return 0;
}

static inline int on_saying(void *ctx, const struct report *r)
{
	struct sayings *all = ctx;
	struct said *said = &all->reports[all->n++];

	assert_true(all->n <= WORLD_REPORTS);
	*said = (struct said){.certainty = r->certainty};
	snprintf(said->rule, sizeof(said->rule), "%s", r->rule);
	memcpy(said->signature, r->signature, sizeof(said->signature));
	for (size_t i = 0; i < r->n_threads; i++) {
		int t = world_thread(all->w, &r->threads[i].fact.ref);

		assert_int_equal(said->roles[t], 0);
		said->roles[t] = r->threads[i].role;
		said->circle |= r->threads[i].role == ROLE_CYCLE;
	}
	return 0;
}

/* For whoever looks into a case that failed. */
static inline void print_sayings(const struct sayings *all)
{
	for (int r = 0; r < all->w->n_resources; r++) {
		const struct world_resource *res = &all->w->resources[r];

		print_error("%s R%d held by", word_class(res->class), r);
		for (int i = 0; i < res->n_holders; i++)
			print_error(" %d", res->holders[i]);
		print_error("\n");
	}
	for (int t = 0; t < all->w->n_threads; t++)
		print_error("%d %s %d\n", t, all->w->waits[t] >= 0 ? "waits for R" : "does",
			    all->w->waits[t] >= 0 ? all->w->waits[t] : (int)all->w->end[t]);
	for (size_t i = 0; i < all->n; i++) {
		print_error("%s %s %s:", all->reports[i].rule, all->reports[i].signature,
			    word_certainty(all->reports[i].certainty));
		for (int t = 0; t < all->w->n_threads; t++) {
			if (all->reports[i].roles[t])
				print_error(" %d %s", t, word_role(all->reports[i].roles[t]));
		}
		print_error("\n");
	}
}

/* The facts of one thread or resource: a unit, so that units can be told in any order. */
static inline void state_thread(struct engine *e, const struct world *w, int t, uint64_t now_ms)
{
	bool waits = w->waits[t] >= 0, live = !waits && w->end[t] == END_LIVE;
	char key[16];
	struct fact thread = {.type = FACT_THREAD,
			      .thread = {.ref = w->refs[t],
					 .comm = "t",
					 .state = 'S',
					 .activity = waits  ? ACT_LOCK_WAIT
						     : live ? ACT_EVENT_WAIT
							    : ACT_SLEEPING,
					 .doing = "doing",
					 .nvcsw = live ? now_ms : 1,
					 .sp = 1,
					 .ran_ns = (live ? now_ms : 50) * MS}};
	struct fact wait = {.type = FACT_WAIT,
			    .wait = {.ref = w->refs[t],
				     .resource = key,
				     .verb = "waits for",
				     .since_ns = w->since_ms[t] * MS,
				     .quality = SINCE_EXACT}};

	if (!waits && w->end[t] == END_GONE)
		return;
	assert_int_equal(engine_put(e, &thread), 0);
	snprintf(key, sizeof(key), "R%d", w->waits[t]);
	if (waits)
		assert_int_equal(engine_put(e, &wait), 0);
}

static inline void state_resource(struct engine *e, const struct world *w, int r)
{
	const struct world_resource *res = &w->resources[r];
	char key[16];
	struct fact f = {.type = FACT_RESOURCE,
			 .resource = {.key = key,
				      .kind = word_class(res->class),
				      .class = res->class,
				      .name = key}};

	snprintf(key, sizeof(key), "R%d", r);
	assert_int_equal(engine_put(e, &f), 0);
	for (int i = 0; i < res->n_holders; i++) {
		int t = res->holders[i];
		struct fact hold = {.type = FACT_HOLD,
				    .hold = {.resource = key,
					     .ref = w->refs[t],
					     .evidence = res->evidence[i],
					     .why = "why",
					     .gone = w->waits[t] < 0 && w->end[t] == END_GONE}};

		assert_int_equal(engine_put(e, &hold), 0);
	}
}

/* Two looks at a world; shuffle: in which order its facts come. */
static inline struct sayings world_told(const struct world *w, uint64_t shuffle)
{
	struct sayings ret = {.w = w};
	struct engine_out out = {.report = on_saying, .ctx = &ret};
	struct fact session = {.type = FACT_SESSION,
			       .session = {.threshold_ns = 1000 * MS, .once = true}};
	struct world dice = {.dice = shuffle + 1};
	int units[WORLD_THREADS + WORLD_RESOURCES] = {0};
	int n = w->n_threads + w->n_resources;
	struct engine *e;

	assert_int_equal(engine_new(&out, &e), 0);
	assert_int_equal(engine_put(e, &session), 0);
	for (uint64_t now_ms = 2000; now_ms <= 2100; now_ms += 100) {
		struct fact mark = {.type = FACT_TICK, .tick.now_ns = now_ms * MS};

		assert_int_equal(engine_put(e, &mark), 0);
		for (int i = 0; i < n; i++) {
			int j = shuffle ? roll(&dice, i + 1) : i;

			units[i] = units[j];
			units[j] = i;
		}
		for (int i = 0; i < n; i++) {
			if (units[i] < w->n_threads)
				state_thread(e, w, units[i], now_ms);
			else
				state_resource(e, w, units[i] - w->n_threads);
		}
		mark.type = FACT_LOOKED;
		assert_int_equal(engine_put(e, &mark), 0);
		mark.type = FACT_DETAILED;
		assert_int_equal(engine_put(e, &mark), 0);
	}
	struct fact end = {.type = FACT_END, .end = {.why = "over", .now_ns = 2200 * MS}};

	assert_int_equal(engine_put(e, &end), 0);
	engine_free(e);
	return ret;
}

#endif
