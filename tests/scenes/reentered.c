// SPDX-License-Identifier: GPL-2.0
/*
 * A lock that waits for itself: a map that is locked while it runs a callback,
 * and a callback that asks the map for its length. The map and its lock are in
 * Rust (rust/reentered.rs), as such locks record no owner. Around it workers are
 * parked, as those of a runtime are.
 */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#ifdef HAVE_RUST

#define WORKERS 6

void rust_evict(uint64_t target);
void rust_evict_slowly(void (*work)(void));
uint64_t rust_count(void);
void rust_list(void);
void rust_park(void);

static void evict(struct actor *a)
{
	actor_waits(a);
	rust_evict(5);
	park();
}

static void list(struct actor *a)
{
	actor_waits(a);
	rust_list();
	park();
}

static void work(struct actor *a)
{
	(void)a;
	rust_park();
}

static void set_workers(struct stage *s)
{
	char name[16];

	for (int i = 0; i < WORKERS; i++) {
		struct actor *a;

		snprintf(name, sizeof(name), "worker-%d", i);
		a = stage_thread(s, name, work, NULL);
		stage_until_in(s, a, SYS_futex, NULL);
		expect_never(s, a);
	}
}

static void set(struct stage *s, const char *name, void (*play)(struct actor *), const char *says)
{
	struct actor *a;

	set_workers(s);
	a = stage_thread(s, name, play, NULL);
	stage_until_in(s, a, SYS_futex, NULL);
	stage_bystanders(s);
	s->expect.rule = "reentered-callback";
	s->expect.certainty = "likely";
	s->expect.note = says;
	expect_role(s, a, "cycle|root");
	expect_hold(s, "futex|rust-rwlock|rust-mutex", a, a, "inferred");
}

static void set_map(struct stage *s)
{
	set(s, "evicts", evict, "\"says\":\"ShardMap::retain\"");
}

static void set_mutex(struct stage *s)
{
	set(s, "lists", list, "\"says\":\"Registry::for_each\"");
}

static uint64_t hold_ns;

static void take_time(void)
{
	sleep_ns(hold_ns);
}

static void evict_slowly(struct actor *a)
{
	hold_ns = a->stage->threshold_ns / 10 * 8;
	while (!a->stage->over) {
		rust_evict_slowly(take_time);
		sleep_ns(50000000);
	}
}

static void count(struct actor *a)
{
	while (!a->stage->over) {
		uint64_t start = now_ns();

		rust_count();
		stage_log(a->stage, a->tid, &hold_ns, start, now_ns());
		sleep_ns(20000000);
	}
}

static void set_ok(struct stage *s)
{
	set_workers(s);
	stage_thread(s, "evicts", evict_slowly, NULL);
	stage_thread(s, "counts-1", count, NULL);
	stage_thread(s, "counts-2", count, NULL);
}

#else

static void set_none(struct stage *s)
{
	(void)s;
	printf("skip: there was no rustc to build it with\n");
	exit(0);
}
#define set_map	  set_none
#define set_mutex set_none
#define set_ok	  set_none
#endif

SCENE(reentered_map) = {
	.name = "reentered-map",
	.what = "a callback of a locked map (in Rust) asks the map for its length",
	.set = set_map,
};

SCENE(reentered_mutex) = {
	.name = "reentered-mutex",
	.what = "a callback comes back to what a std::sync::Mutex keeps locked",
	.set = set_mutex,
};

SCENE(reentered_ok) = {
	.name = "reentered-ok",
	.what = "a map (in Rust) is locked for long while it runs a callback, which keeps off it",
	.set = set_ok,
	.healthy = true,
};
