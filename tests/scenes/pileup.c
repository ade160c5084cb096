// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that pile up: a server makes one for each request, and each waits for a
 * reply that never comes. The workers of its pool wait in much the same way, and
 * are woken now and then; others have been idle from the start. The twin has a
 * large idle pool, a busy one, and a thread for each request that does end.
 */
#include "scene.h"

#include <stdio.h>
#include <sys/syscall.h>

#define REQUESTS 40
#define MORE	 60
#define IDLE	 20
#define LARGE	 64
#define BUSY	 20
#define EVERY_NS 100000000
#define REPLY_NS 800000000

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work;
};

static struct pool *pool_new(void)
{
	struct pool *p = stage_prop(sizeof(*p));

	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->work, NULL);
	return p;
}

/* Each has a condition of its own, as futures and completions do. */
static __attribute__((noinline)) void await_reply(struct pool *reply)
{
	pthread_mutex_lock(&reply->lock);
	for (;;)
		pthread_cond_wait(&reply->work, &reply->lock);
}

static void serve(struct actor *a)
{
	actor_waits(a);
	await_reply(pool_new());
}

static void work(struct actor *a)
{
	struct pool *p = a->prop;

	pthread_mutex_lock(&p->lock);
	for (;;)
		pthread_cond_wait(&p->work, &p->lock);
}

static void give_work(struct actor *a)
{
	struct pool *p = a->prop;

	for (;;) {
		pthread_mutex_lock(&p->lock);
		pthread_cond_broadcast(&p->work);
		pthread_mutex_unlock(&p->lock);
		sleep_ns(900000000);
	}
}

static void set_pool(struct stage *s, const char *what, int n, bool busy)
{
	struct pool *p = pool_new();
	char name[16];

	for (int i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%s-%d", what, i);
		expect_never(s, stage_thread(s, name, work, p));
	}
	if (busy)
		expect_never(s, stage_thread(s, "boss", give_work, p));
}

static void accept_more(struct actor *a)
{
	char name[16];

	for (int i = 0; i < MORE; i++) {
		snprintf(name, sizeof(name), "more-%d", i);
		stage_thread(a->stage, name, serve, NULL);
		sleep_ns(EVERY_NS);
	}
	park();
}

static void set(struct stage *s)
{
	char name[16];

	set_pool(s, "idle", IDLE, false);
	set_pool(s, "busy", BUSY, true);
	for (int i = 0; i < REQUESTS; i++) {
		struct actor *a;

		snprintf(name, sizeof(name), "request-%d", i);
		a = stage_thread(s, name, serve, NULL);
		stage_until_in(s, a, SYS_futex, NULL);
		expect_role(s, a, "waiting");
		sleep_ns(EVERY_NS);
	}
	expect_never(s, stage_thread(s, "accepts", accept_more, NULL));
	s->expect.rule = "pile-up";
	s->expect.certainty = "possible|likely";
	s->expect.note = "\"says\":\"await_reply\",\"not_emulated\":true";
}

/* ---- The twin ---- */

static void serve_ok(struct actor *a)
{
	(void)a;
	sleep_ns(REPLY_NS);
}

static void *serve_once(void *arg)
{
	struct pool *reply = arg;
	struct timespec until = {.tv_sec = 1};

	pthread_mutex_lock(&reply->lock);
	until.tv_sec = (time_t)(now_ns() / 1000000000) + 1;
	pthread_cond_clockwait(&reply->work, &reply->lock, CLOCK_MONOTONIC, &until);
	pthread_mutex_unlock(&reply->lock);
	return NULL;
}

/* These come and go: too many for the stage. */
static void accept_ok(struct actor *a)
{
	struct pool *reply = pool_new();
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	while (!a->stage->over) {
		pthread_create(&thread, &attr, serve_once, reply);
		sleep_ns(EVERY_NS / 5);
	}
}

static void set_ok(struct stage *s)
{
	set_pool(s, "large", LARGE, false);
	set_pool(s, "busy", BUSY, true);
	expect_never(s, stage_thread(s, "sleeps", serve_ok, NULL));
	expect_never(s, stage_thread(s, "accepts", accept_ok, NULL));
	s->expect.note = "\"never_blocked\":true";
}

SCENE(pile_up) = {
	.name = "pile-up",
	.what = "a thread for each request waits for a reply that never comes",
	.set = set,
};

SCENE(pile_up_ok) = {
	.name = "pile-up-ok",
	.what = "a large idle pool, a busy one, and a thread for each request that ends",
	.set = set_ok,
	.healthy = true,
};
