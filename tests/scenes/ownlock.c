// SPDX-License-Identifier: GPL-2.0
/*
 * Rust's Mutex, in all that can be seen from outside: three states in a word,
 * no owner, the name of the function that waits. Who got it last is known from
 * its futex calls alone, if it had to wait (the hang is played after "begin").
 * The twin is a pool of workers that share one, for as long as there is no work.
 */
#include "scene.h"

#include <linux/futex.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

struct own {
	struct contest contest;
	_Atomic uint32_t word; /* 0 free, 1 taken, 2 taken and waited for */
	_Atomic bool open, taken, kept;
	struct actor *first, *keeper, *wants;
};

static struct own *own; /* between set and begin */

void own_lock_contended(_Atomic uint32_t *word) __asm__(
	"_ZN3std3sys4sync5mutex5futex5Mutex14lock_contended17h0123456789abcdefE");
__attribute__((noinline, used)) void own_lock_contended(_Atomic uint32_t *word)
{
	while (atomic_exchange(word, 2))
		syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 2, NULL, NULL,
			FUTEX_BITSET_MATCH_ANY);
}

static void lock(_Atomic uint32_t *word)
{
	uint32_t zero = 0;

	if (!atomic_compare_exchange_strong(word, &zero, 1))
		own_lock_contended(word);
}

static void unlock(_Atomic uint32_t *word)
{
	if (atomic_exchange(word, 0) == 2)
		syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0);
}

static void hold_first(struct actor *a)
{
	struct own *o = a->prop;

	while (!o->open)
		sleep_ns(10000000);
	lock(&o->word);
	o->taken = true;
	stage_until_in(a->stage, o->keeper, SYS_futex, &o->word);
	unlock(&o->word);
	park();
}

static void keep(struct actor *a)
{
	struct own *o = a->prop;

	while (!o->taken)
		sleep_ns(10000000);
	lock(&o->word);
	o->kept = true;
	park();
}

static void want(struct actor *a)
{
	struct own *o = a->prop;

	while (!o->kept)
		sleep_ns(10000000);
	actor_waits(a);
	lock(&o->word);
	park();
}

static void set(struct stage *s)
{
	own = stage_prop(sizeof(*own));
	own->keeper = stage_thread(s, "keeps", keep, own);
	own->first = stage_thread(s, "had-it-first", hold_first, own);
	own->wants = stage_thread(s, "wants", want, own);
	stage_bystanders(s);
	s->expect.rule = "slow-holder";
	s->expect.certainty = "likely|possible";
	s->expect.only_exact_of = true;
	s->expect.note = "\"only_by_hooks\":\"who got it is seen by hooks alone\"";
	expect_never(s, own->first);
	expect_role(s, own->keeper, "root");
	expect_role(s, own->wants, "waiting");
	expect_hold(s, "lock", own->wants, own->keeper, "inferred");
}

static void begin(struct stage *s)
{
	own->open = true;
	while (!own->wants->since_ns)
		sleep_ns(10000000);
	stage_until_in(s, own->wants, SYS_futex, &own->word);
}

/* ---- the twin ---- */

struct pool {
	_Atomic uint32_t word;
	int pipe[2];
};

/* Whoever has the lock waits for work, the others for the lock: in turns, then for ever. */
static void work(struct actor *a)
{
	struct pool *p = a->prop;
	uint64_t start;
	char c;

	for (;;) {
		struct pollfd in = {.fd = p->pipe[0], .events = POLLIN};

		start = now_ns();
		lock(&p->word);
		stage_log(a->stage, a->tid, p, start, now_ns());
		poll(&in, 1, -1);
		if (read(p->pipe[0], &c, 1) != 1)
			park();
		unlock(&p->word);
	}
}

static void feed(struct actor *a)
{
	struct pool *p = a->prop;

	for (int i = 0; i < 6; i++) {
		sleep_ns(a->stage->threshold_ns / 10 * 8);
		if (write(p->pipe[1], "w", 1) != 1)
			die("no work");
	}
	park();
}

static void set_pool(struct stage *s)
{
	struct pool *p = stage_prop(sizeof(*p));

	if (pipe(p->pipe) < 0)
		die("no pipe");
	expect_never(s, stage_thread(s, "worker-1", work, p));
	expect_never(s, stage_thread(s, "worker-2", work, p));
	expect_never(s, stage_thread(s, "worker-3", work, p));
	stage_thread(s, "feeds", feed, p);
	/* in the end they wait for ever, and that is no wait that could be logged */
	s->expect.note = "\"never_blocked\":true";
}

SCENE(own_lock_kept) = {
	.name = "own-lock-kept",
	.what = "a lock without an owner was handed to a thread that then sleeps",
	.set = set,
	.begin = begin,
};

SCENE(own_lock_pool_ok) = {
	.name = "own-lock-pool-ok",
	.what = "workers share a lock without an owner while there is no work",
	.set = set_pool,
	.healthy = true,
	.alone = true,
};
