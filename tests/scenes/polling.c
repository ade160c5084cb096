// SPDX-License-Identifier: GPL-2.0
/*
 * A holder that polls: it suspends others as a runtime does, looking every 10 ms
 * whether they have come to rest, and keeps a lock that one of them wants on its
 * way there. Whoever looks at it sees a thread that wakes up a hundred times a
 * second. One that works in between is no poller; in the twin the lock is given
 * back in time.
 */
#include "scene.h"

#include <poll.h>
#include <sys/syscall.h>
#include <time.h>

#define POLL_NS 10000000

struct suspension {
	pthread_mutex_t lock;  /* that the one who suspends keeps */
	pthread_mutex_t inner; /* of the condition variable alone */
	pthread_cond_t at_rest;
	_Atomic bool held, over;
	_Atomic unsigned polls;
	void (*wait)(struct suspension *);
};

static struct timespec later(clockid_t clock, long ns)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_nsec += ns;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void by_condition(struct suspension *s)
{
	struct timespec until = later(CLOCK_REALTIME, POLL_NS);

	pthread_mutex_lock(&s->inner);
	pthread_cond_timedwait(&s->at_rest, &s->inner, &until);
	pthread_mutex_unlock(&s->inner);
}

static void by_sleep(struct suspension *s)
{
	struct timespec t = {.tv_nsec = POLL_NS};

	(void)s;
	nanosleep(&t, NULL);
}

static void by_poll(struct suspension *s)
{
	(void)s;
	poll(NULL, 0, POLL_NS / 1000000);
}

/* Half of its time it computes something. */
static void by_working(struct suspension *s)
{
	uint64_t until = now_ns() + POLL_NS;

	while (now_ns() < until)
		;
	by_sleep(s);
}

static void suspend(struct actor *a)
{
	struct suspension *s = a->prop;

	pthread_mutex_lock(&s->lock);
	s->held = true;
	while (!s->over) {
		s->wait(s);
		s->polls++;
	}
	pthread_mutex_unlock(&s->lock);
	park();
}

static void come_to_rest(struct actor *a)
{
	struct suspension *s = a->prop;

	actor_waits(a);
	pthread_mutex_lock(&s->lock);
	pthread_mutex_unlock(&s->lock);
	park();
}

static struct suspension *suspension; /* between set and go */

static void set_by(struct stage *s, void (*wait)(struct suspension *), const char *rule,
		   const char *says)
{
	struct suspension *p = suspension = stage_prop(sizeof(*p));
	struct actor *holder, *waiter;

	init_mutex(&p->lock, PTHREAD_MUTEX_NORMAL, false);
	init_mutex(&p->inner, PTHREAD_MUTEX_NORMAL, false);
	pthread_cond_init(&p->at_rest, NULL);
	p->wait = wait;
	holder = stage_thread(s, "suspends", suspend, p);
	while (!p->held || p->polls < 2)
		sleep_ns(1000000);
	waiter = stage_thread(s, "managed", come_to_rest, p);
	stage_until_in(s, waiter, SYS_futex, &p->lock);
	stage_bystanders(s);
	s->expect.rule = rule;
	s->expect.certainty = "likely";
	s->expect.note = says;
	expect_role(s, holder, "root");
	expect_role(s, waiter, "waiting");
	expect_hold(s, "mutex", waiter, holder, "exact");
}

#define POLLS "\"not_emulated\":true,\"says\":\"at the same place (\""

static void set_condition(struct stage *s)
{
	set_by(s, by_condition, "polling-holder", POLLS);
}

static void set_sleep(struct stage *s)
{
	set_by(s, by_sleep, "polling-holder", POLLS);
}

static void set_poll(struct stage *s)
{
	set_by(s, by_poll, "polling-holder", POLLS);
}

static void set_working(struct stage *s)
{
	set_by(s, by_working, "slow-holder", NULL);
	s->expect.certainty = "certain|likely";
	sleep_ns(s->threshold_ns); /* who moves is given twice the threshold */
}

static void go(struct stage *s)
{
	(void)s;
	suspension->over = true;
}

/* Like contest_hold(), but what it does with the lock is to poll. */
static void hold_polling(struct actor *a)
{
	struct contest *c = a->prop;
	bool over;

	do {
		uint64_t until;

		c->take(c);
		pthread_barrier_wait(&c->barrier);
		until = now_ns() + c->hold_ns;
		while (now_ns() < until)
			by_sleep(NULL);
		over = a->stage->over;
		c->over = over;
		c->give(c);
		pthread_barrier_wait(&c->barrier);
	} while (!over);
}

static void set_ok(struct stage *s)
{
	struct contest *c = contest_new(s, 1, PTHREAD_MUTEX_NORMAL, false);

	stage_bystanders(s);
	stage_thread(s, "suspends", hold_polling, c);
	stage_thread(s, "managed", contest_want, c);
}

SCENE(polling_condition) = {
	.name = "polling-condition",
	.what = "a lock is held by a thread that looks every 10 ms at a condition variable",
	.set = set_condition,
	.go = go,
};

SCENE(polling_sleep) = {
	.name = "polling-sleep",
	.what = "a lock is held by a thread that sleeps for 10 ms at a time",
	.set = set_sleep,
	.go = go,
};

SCENE(polling_poll) = {
	.name = "polling-poll",
	.what = "a lock is held by a thread that calls poll() for nothing but its time limit",
	.set = set_poll,
	.go = go,
};

SCENE(polling_working) = {
	.name = "polling-working",
	.what = "a lock is held by a thread that sleeps now and then, and works in between",
	.set = set_working,
	.go = go,
	.alone = true,
};

SCENE(polling_ok) = {
	.name = "polling-ok",
	.what = "a lock is held by a polling thread, but never for too long",
	.set = set_ok,
	.healthy = true,
};
