// SPDX-License-Identifier: GPL-2.0
/*
 * Priority-inheriting mutexes, taken in opposite orders: the kernel refuses the
 * last one (EDEADLK), and glibc then waits for ever on a word of its own stack.
 * The twin's are held for less than the threshold.
 */
#include "scene.h"

#include <sched.h>
#include <sys/syscall.h>

struct pair {
	pthread_mutex_t lock[2];
	_Atomic int n_have;
};

static void make(pthread_mutex_t *m, bool shared)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutexattr_setpshared(&attr, shared);
	pthread_mutex_init(m, &attr);
	pthread_mutexattr_destroy(&attr);
}

static void take_both(struct actor *a, int first)
{
	struct pair *p = a->prop;

	pthread_mutex_lock(&p->lock[first]);
	p->n_have++;
	while (p->n_have < 2)
		sched_yield();
	actor_waits(a);
	pthread_mutex_lock(&p->lock[!first]);
	park();
}

static void forwards(struct actor *a)
{
	take_both(a, 0);
}

static void backwards(struct actor *a)
{
	take_both(a, 1);
}

typedef struct actor *(*stage_fn)(struct stage *s, const char *name, void (*play)(struct actor *),
				  void *prop);

static void set_pair(struct stage *s, struct pair *p, bool shared, stage_fn put)
{
	struct actor *a, *b;

	make(&p->lock[0], shared);
	make(&p->lock[1], shared);
	a = put(s, "forwards", forwards, p);
	b = put(s, "backwards", backwards, p);
	stage_until_in(s, a, SYS_futex, NULL);
	stage_until_in(s, b, SYS_futex, NULL);
	stage_bystanders(s);
	s->expect.rule = "deadlock";
	s->expect.certainty = "likely";
	expect_role(s, a, "cycle");
	expect_role(s, b, "cycle");
	/* which of them was refused is the scheduler's choice */
	expect_hold(s, "mutex", a, b, "exact|inferred");
	expect_hold(s, "mutex", b, a, "exact|inferred");
}

static void set(struct stage *s)
{
	set_pair(s, stage_prop(sizeof(struct pair)), false, stage_thread);
}

static void set_shared(struct stage *s)
{
	set_pair(s, stage_shared_prop(s, sizeof(struct pair)), true, stage_child);
}

static void set_ok(struct stage *s)
{
	struct contest *c = contest_new(s, 2, PTHREAD_MUTEX_NORMAL, false);

	make(&c->locks[0], false);
	stage_thread(s, "holds", contest_hold, c);
	stage_thread(s, "wants-1", contest_want, c);
	stage_thread(s, "wants-2", contest_want, c);
}

SCENE(pi_shared) = {
	.name = "pi-shared",
	.what = "two processes take two priority-inheriting mutexes in opposite orders",
	.set = set_shared,
};

SCENE(pi_deadlock) = {
	.name = "pi-deadlock",
	.what = "two threads take two priority-inheriting mutexes in opposite orders",
	.set = set,
};

SCENE(pi_deadlock_ok) = {
	.name = "pi-deadlock-ok",
	.what = "a priority-inheriting mutex is held for less than the threshold",
	.set = set_ok,
	.healthy = true,
};
