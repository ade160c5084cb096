// SPDX-License-Identifier: GPL-2.0
/* Two processes, two locks in memory that they share, opposite order; and the twin. */
#include "scene.h"

#include <sys/syscall.h>

struct shared {
	pthread_mutex_t locks[2];
	pthread_barrier_t both_have_one;
};

static void lock_both(struct actor *a, int first)
{
	struct shared *h = a->prop;

	pthread_mutex_lock(&h->locks[first]);
	pthread_barrier_wait(&h->both_have_one);
	actor_waits(a);
	pthread_mutex_lock(&h->locks[!first]);
	park();
}

static void here(struct actor *a)
{
	lock_both(a, 0);
}

static void there(struct actor *a)
{
	lock_both(a, 1);
}

static void set(struct stage *s)
{
	struct shared *h = stage_shared_prop(s, sizeof(*h));
	pthread_barrierattr_t attr;
	struct actor *one, *other;

	for (int i = 0; i < 2; i++)
		init_mutex(&h->locks[i], PTHREAD_MUTEX_NORMAL, true);
	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&h->both_have_one, &attr, 2);
	other = stage_child(s, "there", there, h);
	one = stage_thread(s, "here", here, h);
	stage_until_in(s, one, SYS_futex, &h->locks[1]);
	stage_until_in(s, other, SYS_futex, &h->locks[0]);
	s->expect.rule = "deadlock";
	s->expect.certainty = "certain";
	expect_role(s, one, "cycle");
	expect_role(s, other, "cycle");
	expect_hold(s, "mutex", one, other, "exact");
	expect_hold(s, "mutex", other, one, "exact");
}

static void set_ok(struct stage *s)
{
	struct contest *c = contest_new(s, 1, PTHREAD_MUTEX_NORMAL, true);

	stage_child(s, "there", contest_hold, c);
	stage_thread(s, "here", contest_want, c);
}

SCENE(pshared) = {
	.name = "pshared",
	.what = "two processes take two shared locks in opposite order",
	.set = set,
};

SCENE(pshared_ok) = {
	.name = "pshared-ok",
	.what = "two processes share a lock and always give it back",
	.set = set_ok,
	.healthy = true,
};
