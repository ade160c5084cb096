// SPDX-License-Identifier: GPL-2.0
/*
 * A writer and a later reader wait behind readers that keep their lock. The
 * lock has only the number of these; probes on lock functions saw who they are
 * (the hang is played after "begin" so that they can). The twin's readers let
 * go in time.
 */
#include "scene.h"

#include <stdio.h>
#include <sys/syscall.h>

struct library {
	struct contest contest;
	pthread_rwlock_t lock;
	_Atomic bool open;
	_Atomic int n_read;
};

static struct {
	struct library *library;
	struct actor *reader[2], *writer;
} play;

static void read_on(struct actor *a)
{
	struct library *l = a->prop;

	while (!l->open)
		sleep_ns(10000000);
	pthread_rwlock_rdlock(&l->lock);
	l->n_read++;
	park();
}

static void write_once(struct actor *a)
{
	struct library *l = a->prop;

	while (l->n_read < 2)
		sleep_ns(10000000);
	actor_waits(a);
	pthread_rwlock_wrlock(&l->lock);
	park();
}

/* Has read before, and does not any more: it is innocent. */
static void read_and_leave(struct actor *a)
{
	struct library *l = a->prop;

	while (!l->open)
		sleep_ns(10000000);
	pthread_rwlock_rdlock(&l->lock);
	pthread_rwlock_unlock(&l->lock);
	park();
}

static void set(struct stage *s)
{
	struct library *l = stage_prop(sizeof(*l));
	char *note = stage_prop(64);

	pthread_rwlock_init(&l->lock, NULL);
	play.library = l;
	play.reader[0] = stage_thread(s, "reads-1", read_on, l);
	play.reader[1] = stage_thread(s, "reads-2", read_on, l);
	expect_never(s, stage_thread(s, "has-read", read_and_leave, l));
	play.writer = stage_thread(s, "writes", write_once, l);
	stage_bystanders(s);
	s->expect.rule = "writer-behind-readers";
	expect_role(s, play.writer, "waiting");
	snprintf(note, 64, "\"tracked\":[%d,%d]", (int)play.reader[0]->tid,
		 (int)play.reader[1]->tid);
	s->expect.note = note;
}

static void begin(struct stage *s)
{
	play.library->open = true;
	stage_until_in(s, play.writer, SYS_futex, NULL);
}

static void take_read(struct contest *c)
{
	pthread_rwlock_rdlock(&((struct library *)c)->lock);
}

static void take_write(struct actor *a)
{
	struct library *l = a->prop;
	struct contest *c = &l->contest;
	uint64_t start;
	bool over;

	do {
		pthread_barrier_wait(&c->barrier);
		start = now_ns();
		pthread_rwlock_wrlock(&l->lock);
		stage_log(a->stage, a->tid, a->prop, start, now_ns());
		over = c->over;
		pthread_rwlock_unlock(&l->lock);
		pthread_barrier_wait(&c->barrier);
	} while (!over);
}

static void give(struct contest *c)
{
	pthread_rwlock_unlock(&((struct library *)c)->lock);
}

static void set_ok(struct stage *s)
{
	struct library *l = stage_prop(sizeof(*l));

	l->contest = *contest_new(s, 2, PTHREAD_MUTEX_NORMAL, false);
	l->contest.take = take_read;
	l->contest.give = give;
	pthread_rwlock_init(&l->lock, NULL);
	stage_thread(s, "reads", contest_hold, l);
	stage_thread(s, "writes-1", take_write, l);
	stage_thread(s, "writes-2", take_write, l);
}

/* ---- who reads wants to write ---- */

static pthread_rwlock_t upgraded = PTHREAD_RWLOCK_INITIALIZER;

static void upgrade(struct actor *a)
{
	pthread_rwlock_rdlock(&upgraded);
	actor_waits(a);
	pthread_rwlock_wrlock(&upgraded);
	park();
}

/* Nobody stands by: the only other thread must not be taken for the reader. */
static void set_upgrade(struct stage *s)
{
	struct actor *a = stage_thread(s, "upgrades", upgrade, NULL);

	stage_until_in(s, a, SYS_futex, NULL);
	s->expect.rule = "writer-behind-readers";
	s->expect.certainty = "possible";
	expect_role(s, a, "waiting");
}

SCENE(rwlock_readers) = {
	.name = "rwlock-readers",
	.what = "a writer waits behind readers that keep their lock",
	.set = set,
	.begin = begin,
};

SCENE(rwlock_readers_ok) = {
	.name = "rwlock-readers-ok",
	.what = "readers keep their lock for less than the threshold, again and again",
	.set = set_ok,
	.healthy = true,
};

SCENE(rwlock_upgrade) = {
	.name = "rwlock-upgrade",
	.what = "a thread reads under a lock, and then wants to write",
	.set = set_upgrade,
};
