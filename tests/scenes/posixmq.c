// SPDX-License-Identifier: GPL-2.0
/*
 * A POSIX queue is full, since its reader waits for a mutex that is not given
 * back. In the twin the reader is slow, and reads.
 */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SENDERS	  2
#define ROOM	  4
#define PER_ROUND 4 /* messages a sender sends in a round: more than there is room for */
#define SIZE	  16

struct plot {
	pthread_mutex_t mutex;
	pthread_barrier_t round;
	_Atomic bool open, held;
};

static const char *const senders[SENDERS] = {"sender-1", "sender-2"};

static mqd_t open_queue(struct stage *s, int flags)
{
	struct mq_attr attr = {.mq_maxmsg = ROOM, .mq_msgsize = SIZE};
	mqd_t q = mq_open(s->mqueue, flags | O_CREAT | O_CLOEXEC, 0600, &attr);

	if (q == (mqd_t)-1)
		die("no POSIX queue: %s", strerror(errno));
	return q;
}

static void hold(struct actor *a)
{
	struct plot *p = a->prop;

	pthread_mutex_lock(&p->mutex);
	p->held = true;
	park();
}

static void read_and_hang(struct actor *a)
{
	struct plot *p = a->prop;
	mqd_t q = open_queue(a->stage, O_RDONLY);
	char buf[SIZE];

	p->open = true;
	mq_receive(q, buf, sizeof(buf), NULL);
	actor_waits(a);
	pthread_mutex_lock(&p->mutex);
	park();
}

static void send_one(mqd_t q)
{
	while (mq_send(q, "message", 8, 0) < 0)
		if (errno != EINTR)
			park();
}

static void send_all(struct actor *a)
{
	mqd_t q = open_queue(a->stage, O_WRONLY);

	for (;;) {
		actor_waits(a); /* the last one is the one that blocks */
		send_one(q);
	}
}

static struct plot *set_up(struct stage *s)
{
	snprintf(s->mqueue, sizeof(s->mqueue), "/locktrace-scene-%d", getpid());
	stage_janitor(s);
	return stage_shared_prop(s, sizeof(struct plot));
}

static void set(struct stage *s)
{
	struct plot *p = set_up(s);
	struct actor *holder, *reader, *a;

	init_mutex(&p->mutex, PTHREAD_MUTEX_NORMAL, true);
	holder = stage_child(s, "holder", hold, p);
	while (!p->held)
		sched_yield();
	reader = stage_child(s, "reader", read_and_hang, p);
	while (!p->open)
		sched_yield();
	s->expect.rule = "queue-full";
	for (int i = 0; i < SENDERS; i++) {
		a = stage_child(s, senders[i], send_all, p);
		stage_until_in(s, a, SYS_mq_timedsend, NULL);
		stage_until_in(s, reader, SYS_futex, NULL);
		expect_role(s, a, "waiting");
		expect_hold(s, "posix-mq-full", a, reader, "inferred|tracked");
	}
	stage_bystanders(s);
	expect_role(s, reader, "holder");
	expect_hold(s, "mutex", reader, holder, "exact");
	expect_role(s, holder, "root");
}

static void send_in_rounds(struct actor *a)
{
	struct plot *p = a->prop;
	mqd_t q = open_queue(a->stage, O_WRONLY);
	uint64_t start;

	for (;;) {
		for (int i = 0; i < PER_ROUND; i++) {
			start = now_ns();
			send_one(q);
			stage_log(a->stage, a->tid, a->prop, start, now_ns());
		}
		pthread_barrier_wait(&p->round);
	}
}

static void read_in_rounds(struct actor *a)
{
	struct plot *p = a->prop;
	mqd_t q = open_queue(a->stage, O_RDONLY);
	char buf[SIZE];

	for (;;) {
		sleep_ns(a->stage->threshold_ns / 10 * 8);
		for (int i = 0; i < SENDERS * PER_ROUND; i++)
			mq_receive(q, buf, sizeof(buf), NULL);
		pthread_barrier_wait(&p->round);
	}
}

static void set_ok(struct stage *s)
{
	struct plot *p = set_up(s);
	pthread_barrierattr_t attr;

	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&p->round, &attr, SENDERS + 1);
	stage_child(s, "reader", read_in_rounds, p);
	for (int i = 0; i < SENDERS; i++)
		stage_child(s, senders[i], send_in_rounds, p);
	stage_bystanders(s);
}

SCENE(posixmq_full) = {
	.name = "posixmq-full",
	.what = "a POSIX queue is full, its reader waits for a mutex",
	.set = set,
};

SCENE(posixmq_ok) = {
	.name = "posixmq-ok",
	.what = "a POSIX queue gets full and drains",
	.set = set_ok,
	.healthy = true,
};
