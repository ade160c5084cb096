// SPDX-License-Identifier: GPL-2.0
/*
 * graph SHAPE THREADS [text]: what it takes to build, to solve and to report a wait-for graph of so
 * many threads and ten times as many edges: each thread waits for a lock of its own that nine
 * others hold. The shapes:
 *
 *	chain	the next ones in a row hold it: a hundred thousand waits deep, one root
 *	ring	the same, closed: one deadlock of all of them
 *	random	any: cycles of all lengths, one in the other
 *	star	all of them wait for nine locks of nine threads: few locks, many waiters
 *
 * The same facts come twice, as two looks must agree before anything is told; the second ends in
 * a report, which is written as text and as JSON. Prints one line of JSON: seconds of processor
 * time of the second look, in parts.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/engine.h"
#include "report/render.h"

#define MS    UINT64_C(1000000)
#define HOLDS 9

struct bench {
	const char *shape;
	int threads;
	bool text_only;
	struct engine *engine;
	struct engine_out text, json;
	double text_s, json_s; /* spent in the two renderers */
	size_t reports, shown;
	uint64_t random;
};

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void put(struct bench *b, const struct fact *f)
{
	int err = engine_put(b->engine, f);

	if (err) {
		fprintf(stderr, "graph: the engine refuses a fact: %s\n", strerror(-err));
		exit(1);
	}
}

static void mark(struct bench *b, enum fact_type type, uint64_t now_ns)
{
	const struct fact f = {.type = type,
			       .tick = {.now_ns = now_ns, .threads = (uint32_t)b->threads}};

	put(b, &f);
}

/* The same sequence each time, so that two looks see the same. */
static int any(struct bench *b)
{
	b->random = b->random * 6364136223846793005u + 1442695040888963407u;
	return 1 + (int)((b->random >> 33) % (uint64_t)b->threads);
}

/* Who has lock i, the j-th of them. */
static int holder(struct bench *b, int i, int j)
{
	int n = b->threads, next;

	if (!strcmp(b->shape, "random"))
		return any(b);
	if (!strcmp(b->shape, "star"))
		return 1 + j;
	next = i + 1 + j * (n / (HOLDS + 1));
	if (next <= n)
		return next;
	return !strcmp(b->shape, "ring") && !j ? 1 : n;
}

static bool waits(const struct bench *b, int i)
{
	if (!strcmp(b->shape, "star"))
		return i > HOLDS;
	return i < b->threads || strcmp(b->shape, "chain") != 0;
}

static void state_thread(struct bench *b, int i, const char *key)
{
	const struct fact thread = {
		.type = FACT_THREAD,
		.thread = {.ref = {1, i, 7},
			   .comm = "worker",
			   .state = 'S',
			   .activity = waits(b, i) ? ACT_LOCK_WAIT : ACT_SLEEPING,
			   .doing = waits(b, i) ? "waiting" : "sleeping",
			   .syscall = 202,
			   .sp = 1}};
	const struct fact wait = {.type = FACT_WAIT,
				  .wait = {.ref = {1, i, 7},
					   .resource = key,
					   .verb = "waits for",
					   .quality = SINCE_EXACT,
					   .since_ns = 100 * MS}};

	put(b, &thread);
	if (waits(b, i))
		put(b, &wait);
}

static void state_lock(struct bench *b, int i, const char *key)
{
	const struct fact lock = {.type = FACT_RESOURCE,
				  .resource = {.key = key,
					       .kind = "rwlock",
					       .class = CLASS_LOCK,
					       .name = "rwlock 0x7f0000001000"}};

	put(b, &lock);
	for (int j = 0; j < HOLDS; j++) {
		const struct fact hold = {.type = FACT_HOLD,
					  .hold = {.resource = key,
						   .ref = {1, holder(b, i, j), 7},
						   .evidence = EVIDENCE_EXACT,
						   .why = "owner field of the lock"}};

		put(b, &hold);
	}
}

static void look(struct bench *b, uint64_t now_ns)
{
	bool star = !strcmp(b->shape, "star");

	b->random = 1;
	mark(b, FACT_TICK, now_ns);
	for (int i = 1; i <= b->threads; i++) {
		char key[32];

		snprintf(key, sizeof(key), "futex:%d", star ? i % HOLDS : i);
		if (!star || i <= HOLDS)
			state_lock(b, i, key);
		state_thread(b, i, key);
	}
}

static int take_report(void *ctx, const struct report *r)
{
	struct bench *b = ctx;
	double begin = seconds(), between;
	int err = b->text.report(b->text.ctx, r);

	between = seconds();
	if (!err && !b->text_only)
		err = b->json.report(b->json.ctx, r);
	b->text_s += between - begin;
	b->json_s += seconds() - between;
	b->reports++;
	b->shown += r->n_threads;
	return err;
}

int main(int argc, char **argv)
{
	struct bench b = {.shape = argv[1],
			  .threads = argc >= 3 ? atoi(argv[2]) : 0,
			  .text_only = argc == 4 && !strcmp(argv[3], "text")};
	const struct fact session = {.type = FACT_SESSION, .session.threshold_ns = 1000 * MS};
	const struct fact process = {.type = FACT_PROCESS,
				     .process = {.pid = 1, .start = 7, .comm = "server"}};
	struct render text = {0}, json = {0};
	struct engine_out out = {.report = take_report, .ctx = &b};
	double begin, stated, solved;

	if (b.threads < HOLDS + 1) {
		fprintf(stderr, "usage: graph chain|ring|random|star THREADS [text]\n");
		return 2;
	}
	text.out = json.out = fopen("/dev/null", "w");
	if (!text.out || engine_new(&out, &b.engine))
		return 1;
	renderer_out(&render_text, &text, &b.text);
	renderer_out(&render_json, &json, &b.json);
	put(&b, &session);
	look(&b, 2000 * MS);
	mark(&b, FACT_LOOKED, 0);
	mark(&b, FACT_DETAILED, 0);
	begin = seconds();
	look(&b, 2100 * MS);
	put(&b, &process);
	stated = seconds();
	mark(&b, FACT_LOOKED, 0);
	mark(&b, FACT_DETAILED, 0);
	solved = seconds() - b.text_s - b.json_s;
	printf("{\"shape\": \"%s\", \"threads\": %d, \"edges\": %d, \"build_s\": %.4f, "
	       "\"solve_s\": %.4f, \"text_s\": %.4f, \"json_s\": %.4f, \"reports\": %zu, \"shown\": %zu}\n",
	       b.shape, b.threads, b.threads * (HOLDS + 1), stated - begin, solved - stated,
	       b.text_s, b.json_s, b.reports, b.shown);
	render_close(&text);
	render_close(&json);
	engine_free(b.engine);
	fclose(text.out);
	return b.reports ? 0 : 1;
}
