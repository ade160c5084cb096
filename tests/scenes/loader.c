// SPDX-License-Identifier: GPL-2.0
/*
 * The loader calls back while it has its lock, be it a library's initialiser or the
 * callback of dl_iterate_phdr, and that waits for a thread which needs the loader. In the
 * twin it takes less than the threshold.
 */
#include "scene.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/syscall.h>

static struct actor *asks;
static _Atomic bool inside;

static int no_more(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)info;
	(void)size;
	(void)data;
	return 1;
}

/* Whoever unwinds a stack, or throws, does that as well. */
static void look_at_all(struct actor *a)
{
	while (!inside)
		sleep_ns(1000000);
	actor_waits(a);
	dl_iterate_phdr(no_more, NULL);
	park();
}

static int join_who_asks(struct dl_phdr_info *info, size_t size, void *data)
{
	struct actor *a = data;

	(void)info;
	(void)size;
	inside = true;
	actor_waits(a);
	pthread_join(asks->thread, NULL);
	return 1;
}

static void call_back(struct actor *a)
{
	dl_iterate_phdr(join_who_asks, a);
	park();
}

static void set(struct stage *s)
{
	struct actor *a;

	asks = stage_thread(s, "asks", look_at_all, NULL);
	a = stage_thread(s, "calls-back", call_back, NULL);
	stage_until_in(s, asks, SYS_futex, NULL);
	stage_until_in(s, a, SYS_futex, NULL);
	stage_bystanders(s);
	s->expect.rule = "deadlock";
	s->expect.certainty = "certain|likely";
	s->expect.note = "\"says\":\"loader lock\"";
	expect_role(s, a, "cycle");
	expect_role(s, asks, "cycle");
	expect_hold(s, "mutex", asks, a, "exact");
	expect_hold(s, "thread", a, asks, "exact");
}

/* ---- the twin ---- */

static uint64_t take_ns;

static int take_a_while(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)info;
	(void)size;
	(void)data;
	inside = true;
	sleep_ns(take_ns);
	inside = false;
	return 1;
}

static void call_back_ok(struct actor *a)
{
	while (!a->stage->over) {
		dl_iterate_phdr(take_a_while, NULL);
		sleep_ns(100000000);
	}
}

static void look_ok(struct actor *a)
{
	while (!a->stage->over) {
		uint64_t start;

		while (!inside)
			sleep_ns(1000000);
		start = now_ns();
		dl_iterate_phdr(no_more, NULL);
		stage_log(a->stage, a->tid, &take_ns, start, now_ns());
	}
}

static void set_ok(struct stage *s)
{
	take_ns = s->threshold_ns / 10 * 8;
	stage_thread(s, "calls-back", call_back_ok, NULL);
	stage_thread(s, "asks", look_ok, NULL);
}

SCENE(loader) = {
	.name = "loader",
	.what = "a callback of the loader waits for a thread that needs the loader's lock",
	.set = set,
};

SCENE(loader_ok) = {
	.name = "loader-ok",
	.what = "callbacks of the loader take less than the threshold, again and again",
	.set = set_ok,
	.healthy = true,
};
