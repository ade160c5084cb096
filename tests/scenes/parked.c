// SPDX-License-Identifier: GPL-2.0
/*
 * Waits that are no stall by themselves, at the end of a chain that is: the
 * owner of a mutex waits at a barrier, for a semaphore, for a condition. In the
 * twin others wait at the same sort of places, and nobody depends on them.
 */
#include "scene.h"

#include <semaphore.h>
#include <sys/syscall.h>

struct place {
	pthread_mutex_t lock, inner;
	pthread_barrier_t barrier;
	pthread_cond_t cond;
	sem_t sem;
	_Atomic bool held;
};

static void at_barrier(struct actor *a)
{
	struct place *p = a->prop;

	pthread_mutex_lock(&p->lock);
	p->held = true;
	actor_waits(a);
	pthread_barrier_wait(&p->barrier);
	park();
}

static void for_semaphore(struct actor *a)
{
	struct place *p = a->prop;

	pthread_mutex_lock(&p->lock);
	p->held = true;
	actor_waits(a);
	while (sem_wait(&p->sem))
		;
	park();
}

static void for_condition(struct actor *a)
{
	struct place *p = a->prop;

	pthread_mutex_lock(&p->lock);
	pthread_mutex_lock(&p->inner);
	p->held = true;
	actor_waits(a);
	for (;;)
		pthread_cond_wait(&p->cond, &p->inner);
}

static void want(struct actor *a)
{
	struct place *p = a->prop;

	actor_waits(a);
	pthread_mutex_lock(&p->lock);
	park();
}

static struct place *make(void)
{
	struct place *p = stage_prop(sizeof(*p));

	pthread_mutex_init(&p->lock, NULL);
	pthread_mutex_init(&p->inner, NULL);
	pthread_cond_init(&p->cond, NULL);
	pthread_barrier_init(&p->barrier, NULL, 2);
	sem_init(&p->sem, 0, 0);
	return p;
}

static void set_chain(struct stage *s, const char *name, void (*hold)(struct actor *))
{
	struct place *p = make();
	struct actor *holder = stage_thread(s, name, hold, p), *waiter;

	while (!p->held)
		sleep_ns(1000000);
	stage_until_in(s, holder, SYS_futex, NULL);
	waiter = stage_thread(s, "wants", want, p);
	stage_until_in(s, waiter, SYS_futex, &p->lock);
	stage_bystanders(s);
	expect_role(s, waiter, "waiting");
	expect_hold(s, "mutex", waiter, holder, "exact");
}

static void set_barrier(struct stage *s)
{
	set_chain(s, "at-barrier", at_barrier);
}

static void set_semaphore(struct stage *s)
{
	set_chain(s, "for-semaphore", for_semaphore);
}

static void set_condition(struct stage *s)
{
	set_chain(s, "for-condition", for_condition);
}

static void set_ok(struct stage *s)
{
	struct contest *c = contest_new(s, 2, PTHREAD_MUTEX_NORMAL, false);
	void (*const hold[])(struct actor *) = {at_barrier, for_semaphore, for_condition};
	static const char *const names[] = {"at-barrier", "for-semaphore", "for-condition"};

	for (int i = 0; i < 3; i++) {
		struct actor *a = stage_thread(s, names[i], hold[i], make());

		expect_never(s, a);
	}
	stage_thread(s, "holds", contest_hold, c);
	stage_thread(s, "wants-1", contest_want, c);
	stage_thread(s, "wants-2", contest_want, c);
}

SCENE(behind_barrier) = {
	.name = "behind-barrier",
	.what = "the owner of a mutex waits at a barrier",
	.set = set_barrier,
};

SCENE(behind_semaphore) = {
	.name = "behind-semaphore",
	.what = "the owner of a mutex waits for a semaphore",
	.set = set_semaphore,
};

SCENE(behind_condition) = {
	.name = "behind-condition",
	.what = "the owner of a mutex waits for a condition variable",
	.set = set_condition,
};

SCENE(behind_ok) = {
	.name = "behind-ok",
	.what = "owners of mutexes wait at a barrier and the like, and nobody wants these mutexes",
	.set = set_ok,
	.healthy = true,
};
