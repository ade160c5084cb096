// SPDX-License-Identifier: GPL-2.0
/*
 * Futexes that are no glibc mutex, though they look like one: by operation and
 * value (2) nothing tells them apart, and at +8, where a mutex has its owner,
 * stands the id of a thread that has nothing to do with it. Whoever says
 * `exact` here has guessed.
 */
#include "scene.h"

#include <linux/futex.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

struct fake {
	uint32_t word, count;
	int32_t owner; /* where a mutex has it */
	uint32_t users, kind, rest[5];
};

struct wait {
	struct fake *fake;
	int op;
};

static void wait_raw(struct actor *a)
{
	struct wait *w = a->prop;

	actor_waits(a);
	for (;;)
		syscall(SYS_futex, &w->fake->word, w->op, w->fake->word, NULL, NULL,
			FUTEX_BITSET_MATCH_ANY);
}

static void innocent(struct actor *a)
{
	(void)a;
	park();
}

static void set_fake(struct stage *s)
{
	static const int ops[2] = {
		FUTEX_WAIT | FUTEX_PRIVATE_FLAG, /* 0x80: pthread_mutex_lock */
		FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME, /* 0x189: timed */
	};
	struct actor *a, *who = stage_thread(s, "innocent", innocent, NULL);
	char name[16];

	stage_until_in(s, who, SYS_clock_nanosleep, NULL);
	expect_never(s, who);
	for (int i = 0; i < 2; i++) {
		struct fake *f = stage_prop(sizeof(*f));
		struct wait *w = stage_prop(sizeof(*w));

		*f = (struct fake){.word = 2, .owner = who->tid, .users = 1};
		*w = (struct wait){.fake = f, .op = ops[i]};
		snprintf(name, sizeof(name), "own-lock-%d", i);
		a = stage_thread(s, name, wait_raw, w);
		stage_until_in(s, a, SYS_futex, &f->word);
		expect_never(s, a);
	}
	s->expect.reports = -1;
	s->expect.only_exact_of = true;
}

static void set_unknown(struct stage *s)
{
	struct fake *f = stage_prop(sizeof(*f));
	struct wait *w = stage_prop(sizeof(*w));
	struct actor *a;

	f->word = 1;
	*w = (struct wait){.fake = f, .op = FUTEX_WAIT | FUTEX_PRIVATE_FLAG};
	for (int i = 0; i < 2; i++) {
		a = stage_thread(s, i ? "waits-2" : "waits-1", wait_raw, w);
		stage_until_in(s, a, SYS_futex, &f->word);
		expect_never(s, a);
	}
	s->expect.reports = -1;
	s->expect.only_exact_of = true;
}

static void hold_file(struct actor *a)
{
	flockfile(a->prop);
	park();
}

static void write_file(struct actor *a)
{
	actor_waits(a);
	fputs("never written\n", a->prop);
	park();
}

/* A FILE has a lock of its own sort: its owner is a pointer, not a thread id. */
static void set_file(struct stage *s)
{
	FILE *f = fopen("/dev/null", "w");
	struct actor *holder, *waiter;

	if (!f)
		die("no /dev/null");
	holder = stage_thread(s, "holds-file", hold_file, f);
	stage_until_in(s, holder, SYS_clock_nanosleep, NULL);
	waiter = stage_thread(s, "writes", write_file, f);
	stage_until_in(s, waiter, SYS_futex, NULL);
	s->expect.rule = "slow-holder";
	s->expect.only_exact_of = true;
	expect_role(s, holder, "root");
	expect_role(s, waiter, "waiting");
	expect_hold(s, "stdio-lock", waiter, holder, "exact");
	stage_bystanders(s);
}

struct papers {
	struct contest contest; /* first: what the actors think they have */
	FILE *file;
};

static void take_file(struct contest *c)
{
	flockfile(((struct papers *)c)->file);
}

static void give_file(struct contest *c)
{
	funlockfile(((struct papers *)c)->file);
}

static void set_file_ok(struct stage *s)
{
	struct papers *p = stage_prop(sizeof(*p));

	p->contest = *contest_new(s, 2, PTHREAD_MUTEX_NORMAL, false);
	p->contest.take = take_file;
	p->contest.give = give_file;
	p->file = fopen("/dev/null", "w");
	if (!p->file)
		die("no /dev/null");
	stage_thread(s, "holds", contest_hold, p);
	stage_thread(s, "wants-1", contest_want, p);
	stage_thread(s, "wants-2", contest_want, p);
}

SCENE(fakeowner) = {
	.name = "fakeowner",
	.what = "own locks that look like mutexes, with an innocent's id where the owner would be",
	.set = set_fake,
};

SCENE(unknown) = {
	.name = "unknown",
	.what = "threads wait on a futex of unknown sort",
	.set = set_unknown,
};

SCENE(filelock) = {
	.name = "filelock",
	.what = "a thread holds the lock of a FILE",
	.set = set_file,
};

SCENE(filelock_ok) = {
	.name = "filelock-ok",
	.what = "the lock of a FILE is held for less than the threshold, again and again",
	.set = set_file_ok,
	.healthy = true,
};
