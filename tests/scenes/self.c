// SPDX-License-Identifier: GPL-2.0
/* A thread takes a lock that it has already; its twin's lock is recursive. */
#include "scene.h"

#include <sys/syscall.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void twice(struct actor *a)
{
	pthread_mutex_lock(&lock);
	actor_waits(a);
	pthread_mutex_lock(&lock);
	park();
}

static void set(struct stage *s)
{
	struct actor *a = stage_thread(s, "twice", twice, NULL);

	stage_until_in(s, a, SYS_futex, &lock);
	s->expect.rule = "self-deadlock";
	s->expect.certainty = "certain";
	expect_role(s, a, "cycle|root");
	expect_hold(s, "mutex", a, a, "exact");
}

static void take_twice(struct contest *c)
{
	pthread_mutex_lock(&c->locks[0]);
	pthread_mutex_lock(&c->locks[0]);
}

static void give_twice(struct contest *c)
{
	pthread_mutex_unlock(&c->locks[0]);
	pthread_mutex_unlock(&c->locks[0]);
}

static void set_ok(struct stage *s)
{
	struct contest *c = contest_new(s, 1, PTHREAD_MUTEX_RECURSIVE, false);

	c->take = take_twice;
	c->give = give_twice;
	stage_thread(s, "twice", contest_hold, c);
	stage_thread(s, "wants", contest_want, c);
}

SCENE(self) = {
	.name = "self",
	.what = "a thread takes its own lock again",
	.set = set,
};

SCENE(self_ok) = {
	.name = "self-ok",
	.what = "threads take a recursive lock twice",
	.set = set_ok,
	.healthy = true,
};
