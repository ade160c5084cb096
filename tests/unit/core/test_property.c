// SPDX-License-Identifier: GPL-2.0
/*
 * What holds for every wait-for graph, checked on random ones.
 *
 *	LOCKTRACE_CASES=100000 build/unit/core/test_property	more of them
 *	LOCKTRACE_SEED=17 build/unit/core/test_property		one of them
 */
#include "oracle.h"

/* ---- What must hold ---- */

static size_t count_role(const struct sayings *all, int t, enum role role)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++)
		n += role ? all->reports[i].roles[t] == role : all->reports[i].roles[t] != 0;
	return n;
}

/* A circle is told if some wait on it is one that is told of at all. */
static bool circle_is_told(const struct oracle *o, int t)
{
	for (int i = 0; i < o->w->n_threads; i++) {
		if (o->leads[i][t] && o->circle[t] && is_stuck(o, i) &&
		    (o->leads[t][i] || !o->circle[i]))
			return true;
	}
	return false;
}

/* Circles are found where there are some, whole, and nowhere else. */
static void check_circles(const struct oracle *o, const struct sayings *all)
{
	for (int t = 0; t < o->w->n_threads; t++) {
		size_t n = count_role(all, t, ROLE_CYCLE);
		bool must = o->circle[t] && is_stuck(o, t);

		assert_true(n <= 1);
		assert_true(n == 0 || (o->circle[t] && circle_is_told(o, t)));
		assert_true(!must || n == 1);
	}
	for (size_t i = 0; i < all->n; i++) {
		const struct said *said = &all->reports[i];

		for (int t = 0; t < o->w->n_threads; t++)
			for (int u = 0; u < o->w->n_threads; u++)
				if (said->roles[t] == ROLE_CYCLE && said->roles[u] == ROLE_CYCLE)
					assert_true(o->leads[t][u]);
	}
}

/* Who is stuck is told of, who is not is not; and who waits for others is in one stall. */
static void check_threads(const struct oracle *o, const struct sayings *all)
{
	for (int t = 0; t < o->w->n_threads; t++) {
		size_t waiting = count_role(all, t, ROLE_WAITING);

		if (is_stuck(o, t))
			assert_true(count_role(all, t, 0) >= 1);
		if (is_stuck(o, t) && !is_holder(o->w, t))
			assert_int_equal(waiting, 1);
		assert_true(waiting <= 1);
		assert_true(!waiting || (is_waiting(o->w, t) && !o->live[t]));
	}
}

/*
 * A root is the end of a way from each who waits, and nothing that goes on by
 * itself; but for what the reader of a full queue waits for instead of reading.
 */
static void check_roots(const struct oracle *o, const struct said *said)
{
	const struct world *w = o->w;
	bool full = false;

	for (int t = 0; t < w->n_threads; t++)
		full |= said->roles[t] && is_waiting(w, t) &&
			w->resources[w->waits[t]].class == CLASS_FULL;

	for (int root = 0; root < w->n_threads; root++) {
		bool reached = false;

		if (said->roles[root] != ROLE_ROOT)
			continue;
		assert_false(is_followed(w, root));
		assert_true(full || is_waiting(w, root) || w->end[root] != END_LIVE);
		for (int t = 0; t < w->n_threads; t++)
			reached |= said->roles[t] && o->leads[t][root];
		assert_true(reached);
	}
	for (int t = 0; t < w->n_threads; t++) {
		bool leads = false, unknown = true;

		if (said->roles[t] != ROLE_WAITING)
			continue;
		for (int root = 0; root < w->n_threads; root++) {
			bool is_root = said->roles[root] == ROLE_ROOT ||
				       said->roles[root] == ROLE_CYCLE;

			unknown &= !is_root;
			leads |= is_root && o->leads[t][root];
		}
		assert_true(leads || unknown);
	}
}

static bool is_same(const struct said *a, const struct said *b)
{
	return !strcmp(a->rule, b->rule) && !strcmp(a->signature, b->signature) &&
	       !memcmp(a->roles, b->roles, sizeof(a->roles));
}

static void check_order(const struct world *w, const struct sayings *all)
{
	struct sayings other = world_told(w, w->seed);

	assert_int_equal(other.n, all->n);
	for (size_t i = 0; i < all->n; i++) {
		assert_true(is_same(&all->reports[i], &other.reports[i]));
		assert_int_equal(all->reports[i].certainty, other.reports[i].certainty);
	}
}

/* Other ids in the same order: the same. In another order: as true, with another choice of equals.
 */
static void check_names(const struct oracle *o, const struct sayings *all)
{
	const struct world *w = o->w;
	struct world other = *w;
	struct sayings said;
	int id = 100;

	for (int t = 0; t < w->n_threads; t++) {
		id += 1 + roll(&other, 9);
		other.refs[t].pid = 50 * w->refs[t].pid;
		other.refs[t].tid = id;
	}
	said = world_told(&other, 0);
	assert_int_equal(said.n, all->n);
	for (size_t i = 0; i < all->n; i++)
		assert_true(is_same(&all->reports[i], &said.reports[i]));

	for (int t = 0; t < w->n_threads; t++)
		other.refs[t] = (struct thread_ref){1 + roll(&other, 4), 1000 - t, 9};
	said = world_told(&other, 0);
	check_circles(o, &said);
	check_threads(o, &said);
}

/* A circle of idle waits is one only if every step of it is exact. */
static bool same_idle_circles(const struct world *a, const struct world *b)
{
	for (int t = 0; t < a->n_threads; t++) {
		if (is_in_idle_circle(a, t) != is_in_idle_circle(b, t))
			return false;
	}
	return true;
}

/* Better evidence never makes a report less certain, nor, but for such circles, another one. */
static void check_evidence(const struct world *w, const struct sayings *all)
{
	struct world better = *w;
	struct sayings said;

	for (int r = 0; r < w->n_resources; r++) {
		for (int i = 0; i < w->resources[r].n_holders; i++) {
			enum evidence *e = &better.resources[r].evidence[i];

			*e += *e < EVIDENCE_EXACT && roll(&better, 2);
		}
	}
	if (!same_idle_circles(w, &better))
		return;
	said = world_told(&better, 0);
	assert_int_equal(said.n, all->n);
	for (size_t i = 0; i < all->n; i++) {
		assert_true(is_same(&all->reports[i], &said.reports[i]));
		assert_true(said.reports[i].certainty >= all->reports[i].certainty);
	}
}

static uint64_t from_env(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 10) : otherwise;
}

struct tally {
	size_t circles, reports, silent;
};

static void check_case(uint64_t seed, bool is_one, struct tally *tally)
{
	struct world w = world_new(seed);
	struct oracle *o = oracle_of(&w);
	struct sayings all = world_told(&w, 0);

	if (is_one)
		print_sayings(&all);
	check_circles(o, &all);
	check_threads(o, &all);
	for (size_t i = 0; i < all.n; i++) {
		check_roots(o, &all.reports[i]);
		tally->circles += all.reports[i].circle;
	}
	check_order(&w, &all);
	check_names(o, &all);
	check_evidence(&w, &all);
	tally->reports += all.n;
	tally->silent += !all.n;
	free(o);
}

static void random_graphs(void **state)
{
	uint64_t one = from_env("LOCKTRACE_SEED", 0), n = from_env("LOCKTRACE_CASES", 2000);
	uint64_t *at_hand = *state;
	struct tally tally = {0};

	for (uint64_t seed = one ? one : 1; seed <= (one ? one : n); seed++) {
		*at_hand = seed;
		check_case(seed, one != 0, &tally);
	}
	*at_hand = 0;
	print_message("%zu reports, %zu of circles; %zu worlds in which nothing is stuck\n",
		      tally.reports, tally.circles, tally.silent);
	if (one)
		return;
	assert_true(tally.circles > n / 10 && tally.reports > n && tally.silent > n / 50);
}

static int set_up(void **state)
{
	*state = calloc(1, sizeof(uint64_t));
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	uint64_t seed = *(uint64_t *)*state;

	if (seed)
		print_error("it failed with LOCKTRACE_SEED=%llu\n", (unsigned long long)seed);
	free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(random_graphs, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
