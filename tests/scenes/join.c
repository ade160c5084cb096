// SPDX-License-Identifier: GPL-2.0
/* A thread joins one that is stuck on a lock that a third holds. */
#include "scene.h"

#include <sys/syscall.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void hold(struct actor *a)
{
	(void)a;
	pthread_mutex_lock(&lock);
	park();
}

static void want(struct actor *a)
{
	actor_waits(a);
	pthread_mutex_lock(&lock);
	park();
}

static void join(struct actor *a)
{
	const struct actor *worker = a->prop;

	actor_waits(a);
	pthread_join(worker->thread, NULL);
	park();
}

static void set(struct stage *s)
{
	struct actor *holder, *worker, *joiner;

	holder = stage_thread(s, "holds", hold, NULL);
	stage_until_in(s, holder, SYS_clock_nanosleep, NULL);
	worker = stage_thread(s, "worker", want, NULL);
	stage_until_in(s, worker, SYS_futex, &lock);
	joiner = stage_thread(s, "joins", join, worker);
	stage_until_in(s, joiner, SYS_futex, NULL);
	stage_bystanders(s);
	s->expect.rule = "slow-holder";
	expect_role(s, holder, "root");
	expect_role(s, worker, "holder");
	expect_role(s, joiner, "waiting");
	expect_hold(s, "mutex", worker, holder, "exact");
	expect_hold(s, "thread", joiner, worker, "exact");
}

SCENE(join) = {
	.name = "join",
	.what = "a thread joins one that is stuck on a lock",
	.set = set,
};
