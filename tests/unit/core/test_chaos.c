// SPDX-License-Identifier: GPL-2.0
/*
 * Looks that make no sense: threads, locks and holders thrown together. A trace
 * may come from anywhere, so whatever is stated, every report must hang
 * together, and the same facts must give the same reports.
 */
#include "story.h"

struct dice {
	uint64_t state;
};

/* xorshift64: the same numbers everywhere. */
static uint32_t roll(struct dice *d, uint32_t sides)
{
	d->state ^= d->state << 13;
	d->state ^= d->state >> 7;
	d->state ^= d->state << 17;
	return (uint32_t)(d->state >> 33) % sides;
}

static struct thread_ref some_thread(struct dice *d)
{
	int32_t pid = 1 + (int32_t)roll(d, 3);

	return (struct thread_ref){.pid = pid,
				   .tid = roll(d, 12) ? 10 * pid + (int32_t)roll(d, 6) : 0,
				   .start = roll(d, 4) ? 7 : roll(d, 2) * 8};
}

struct check {
	uint64_t digest;
	size_t n_reports;
};

static void mix(struct check *c, const char *s)
{
	for (; *s; s++)
		c->digest = (c->digest ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
}

static void check_thread(const struct report *r, const struct report_thread *t)
{
	assert_non_null(t->fact.doing);
	assert_non_null(word_role(t->role));
	assert_true(t->stack == REPORT_NONE || t->stack < r->n_stacks);
	if (t->resource == REPORT_NONE)
		return;
	assert_true(t->resource < r->n_resources);
	assert_string_equal(t->wait.resource, r->resources[t->resource].fact.key);
	assert_non_null(t->wait.verb);
}

static int check_report(void *ctx, const struct report *r)
{
	struct check *c = ctx;

	assert_non_null(word_event(r->event));
	assert_non_null(word_certainty(r->certainty));
	assert_true(r->n_stuck > 0);
	assert_true(r->certainty == CERTAINTY_CERTAIN || r->n_doubts > 0);
	for (size_t i = 0; i < r->n_threads; i++) {
		check_thread(r, &r->threads[i]);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(&r->threads[i].fact.ref, &r->threads[j].fact.ref,
						sizeof(r->threads[i].fact.ref));
	}
	for (size_t i = 0; i < r->n_resources; i++) {
		for (size_t j = 0; j < r->resources[i].n_holders; j++) {
			const struct report_holder *h = &r->resources[i].holders[j];

			assert_non_null(h->fact.why);
			assert_true(h->thread == REPORT_NONE || h->thread < r->n_threads);
			assert_true((h->thread == REPORT_NONE) == (h->fact.ref.pid == 0));
		}
	}
	mix(c, r->id);
	mix(c, r->signature);
	mix(c, r->summary);
	mix(c, r->title);
	c->n_reports++;
	return 0;
}

static void put_some(struct engine *e, struct dice *d, uint64_t now_ns)
{
	static const char *const keys[] = {"A", "B", "C", "D", "E", "F"};
	const char *key = keys[roll(d, 6)];
	struct fact f = {.type = 0};

	switch (roll(d, 8)) {
	case 0:
		f.type = FACT_THREAD;
		f.thread = (struct fact_thread){.ref = some_thread(d),
						.comm = roll(d, 5) ? "t" : NULL,
						.activity = 1 + roll(d, _ACT_MAX - 1),
						.doing = "at it",
						.sp = roll(d, 2),
						.nvcsw = roll(d, 2),
						.ran_ns = roll(d, 3) ? 0 : roll(d, 2) * now_ns};
		break;
	case 1:
		f.type = FACT_PROCESS;
		f.process = (struct fact_process){
			.pid = 1 + (int32_t)roll(d, 3), .comm = "p", .threads = roll(d, 3)};
		break;
	case 2:
	case 3:
		f.type = FACT_RESOURCE;
		f.resource = (struct fact_resource){
			.key = key,
			.kind = "kind",
			.name = key,
			/* The same in each look, or nothing would ever last. */
			.class = key[0] == 'A'	 ? CLASS_FULL
				 : key[0] == 'B' ? CLASS_PARK
				 : key[0] == 'C' ? CLASS_BACKLOG
						 : CLASS_LOCK};
		break;
	case 4:
	case 5:
		f.type = FACT_WAIT;
		f.wait = (struct fact_wait){.ref = some_thread(d),
					    .resource = key,
					    .verb = "waits for",
					    .before = roll(d, 2),
					    .quality = 1 + roll(d, _SINCE_MAX - 1),
					    .since_ns = roll(d, 4) ? 5 : now_ns};
		f.wait.ref.tid += f.wait.ref.tid ? 0 : f.wait.ref.pid;
		break;
	default:
		f.type = FACT_HOLD;
		f.hold = (struct fact_hold){.resource = key,
					    .evidence = 1 + roll(d, _EVIDENCE_MAX - 1),
					    .why = "it does",
					    .gone = !roll(d, 9)};
		if (roll(d, 9))
			f.hold.ref = some_thread(d);
	}
	assert_int_equal(engine_put(e, &f), 0);
}

static void put_mark(struct engine *e, enum fact_type type, uint64_t now_ns)
{
	struct fact f = {.type = type};

	if (type == FACT_TICK)
		f.tick.now_ns = now_ns;
	assert_int_equal(engine_put(e, &f), 0);
}

static void put_stacks(struct engine *e, struct dice *d)
{
	const struct thread_ref *refs;
	size_t n = engine_wants(e, &refs);
	struct thread_ref *asked = calloc(n + 1, sizeof(*asked));

	for (size_t i = 0; i < n; i++)
		asked[i] = refs[i];
	for (size_t i = 0; i < n; i++) {
		struct fact_frame frame = {.build_id = "b", .offset = roll(d, 3)};
		struct fact f = {.type = FACT_STACK,
				 .stack = {.ref = asked[i], .frames = &frame, .n_frames = 1}};

		assert_true(asked[i].tid > 0);
		assert_int_equal(engine_put(e, &f), 0);
	}
	free(asked);
}

static struct check live(uint64_t seed)
{
	struct check check = {.digest = 1};
	struct engine_out out = {.report = check_report, .ctx = &check};
	struct dice dice = {.state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1};
	struct fact session = {.type = FACT_SESSION,
			       .session = {.threshold_ns = 1000 * MS, .once = seed % 5 == 0}};
	uint64_t now_ns = 5000 * MS;
	struct engine *e;

	assert_int_equal(engine_new(&out, &e), 0);
	assert_int_equal(engine_put(e, &session), 0);
	for (int look = 0; look < 12; look++, now_ns += roll(&dice, 2000) * MS) {
		/* The same picture twice as a rule: only what stands still is told. */
		struct dice same = dice;

		for (int again = 0; again < 2; again++, now_ns += 100 * MS) {
			dice = same;
			put_mark(e, FACT_TICK, now_ns);
			for (uint32_t n = 5 + roll(&dice, 80); n; n--)
				put_some(e, &dice, 4000 * MS);
			put_mark(e, FACT_LOOKED, 0);
			put_stacks(e, &dice);
			put_mark(e, FACT_DETAILED, 0);
		}
	}
	put_mark(e, FACT_END, 0);
	assert_true(engine_still_open(e) <= engine_opened(e));
	engine_free(e);
	return check;
}

static void reports_hang_together_whatever_is_stated(void **state)
{
	size_t n_reports = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 3000; seed++) {
		struct check one = live(seed);

		if (seed % 10 == 0)
			assert_true(one.digest == live(seed).digest);
		n_reports += one.n_reports;
	}
	print_message("%zu reports\n", n_reports);
	assert_true(n_reports > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_hang_together_whatever_is_stated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
