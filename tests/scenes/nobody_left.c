// SPDX-License-Identifier: GPL-2.0
/*
 * Locks of somebody's own, that do not say who has them, in a process of which every
 * thread waits for another one: two have what the other one wants; or one wants what is kept
 * by one that waits for nobody, and a third one joins the first. The twin hands such a lock on
 * in time.
 */
#include "scene.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

struct left {
	struct contest contest;
	_Atomic uint32_t words[2]; /* 0 free, 1 taken, 2 taken and waited for */
	pthread_barrier_t both_have_one;
	struct actor *first, *second;
	_Atomic bool ready;
};

static void lock(_Atomic uint32_t *word)
{
	uint32_t zero = 0;

	if (atomic_compare_exchange_strong(word, &zero, 1))
		return;
	while (atomic_exchange(word, 2))
		syscall(SYS_futex, word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 2, NULL, NULL, 0);
}

static void unlock(_Atomic uint32_t *word)
{
	if (atomic_exchange(word, 0) == 2)
		syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0);
}

static void lock_both(struct actor *a, int first)
{
	struct left *l = a->prop;

	lock(&l->words[first]);
	pthread_barrier_wait(&l->both_have_one);
	actor_waits(a);
	lock(&l->words[!first]);
}

static void second(struct actor *a)
{
	lock_both(a, 1);
}

static void first(struct actor *a)
{
	lock_both(a, 0);
}

static void main_of_two(struct actor *a)
{
	struct left *l = a->prop;

	pthread_barrier_init(&l->both_have_one, NULL, 2);
	l->second = stage_thread(a->stage, "second", second, l);
	l->first = a;
	l->ready = true;
	first(a);
}

/* It keeps what the other one wants, and waits for what nobody says. */
static void keep(struct actor *a)
{
	pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t said = PTHREAD_COND_INITIALIZER;
	struct left *l = a->prop;

	lock(&l->words[1]);
	pthread_barrier_wait(&l->both_have_one);
	pthread_mutex_lock(&inner);
	for (;;)
		pthread_cond_wait(&said, &inner);
}

static void main_of_three(struct actor *a)
{
	struct left *l = a->prop;

	pthread_barrier_init(&l->both_have_one, NULL, 2);
	l->first = stage_thread(a->stage, "first", first, l);
	l->second = stage_thread(a->stage, "keeps", keep, l);
	l->ready = true;
	pthread_join(l->first->thread, NULL);
}

static struct left *set_by(struct stage *s, void (*main)(struct actor *))
{
	struct left *l = stage_shared_prop(s, sizeof(*l));

	stage_bystanders(s);
	stage_child(s, "device", main, l);
	while (!l->ready)
		sleep_ns(1000000);
	stage_until_in(s, l->first, SYS_futex, &l->words[1]);
	return l;
}

static void set_two(struct stage *s)
{
	struct left *l = set_by(s, main_of_two);

	stage_until_in(s, l->second, SYS_futex, &l->words[0]);
	s->expect.rule = "deadlock";
	s->expect.certainty = "likely";
	expect_role(s, l->first, "cycle");
	expect_role(s, l->second, "cycle");
	expect_hold(s, "lock", l->first, l->second, "inferred");
	expect_hold(s, "lock", l->second, l->first, "inferred");
}

static void set_three(struct stage *s)
{
	struct left *l = set_by(s, main_of_three);

	stage_until_in(s, l->second, SYS_futex, NULL);
	s->expect.rule = "unknown-holder";
	s->expect.certainty = "possible";
	expect_role(s, l->first, "waiting|holder");
}

static void take(struct contest *c)
{
	lock(&((struct left *)c)->words[0]);
}

static void give(struct contest *c)
{
	unlock(&((struct left *)c)->words[0]);
}

static void main_of_twin(struct actor *a)
{
	stage_thread(a->stage, "keeps", contest_hold, a->prop);
	contest_want(a);
}

static void set_ok(struct stage *s)
{
	struct contest *c = contest_new(s, 1, PTHREAD_MUTEX_NORMAL, true);
	struct left *l = stage_shared_prop(s, sizeof(*l));

	l->contest = *c;
	pthread_barrier_init(&l->contest.barrier, NULL, 2);
	l->contest.take = take;
	l->contest.give = give;
	stage_bystanders(s);
	stage_child(s, "device", main_of_twin, l);
}

SCENE(nobody_left) = {
	.name = "nobody-left",
	.what = "the two threads of a process want each other's lock, which names no owner",
	.set = set_two,
	.alone = true,
};

SCENE(nobody_left_joined) = {
	.name = "nobody-left-joined",
	.what = "a lock that names no owner is wanted, and all other threads wait as well",
	.set = set_three,
	.alone = true,
};

SCENE(nobody_left_ok) = {
	.name = "nobody-left-ok",
	.what = "the only two threads of a process hand on a lock that names no owner",
	.set = set_ok,
	.healthy = true,
};
