// SPDX-License-Identifier: GPL-2.0
/*
 * A signal handler that wants a lock which the thread has that it interrupted:
 * a mutex, and the one of malloc. In the twin the signal is blocked meanwhile.
 */
#include "scene.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static struct actor *interrupted; /* its handler notes when it waits */

static void on_signal(int sig)
{
	(void)sig;
	actor_waits(interrupted);
	pthread_mutex_lock(&log_lock);
	pthread_mutex_unlock(&log_lock);
}

static void handle(void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler};

	sigaction(SIGUSR2, &action, NULL);
}

static void log_something(struct actor *a)
{
	interrupted = a;
	handle(on_signal);
	pthread_mutex_lock(&log_lock);
	raise(SIGUSR2);
	pthread_mutex_unlock(&log_lock);
	park();
}

static void set_mutex(struct stage *s)
{
	struct actor *a = stage_thread(s, "logs", log_something, NULL);

	stage_until_in(s, a, SYS_futex, &log_lock);
	stage_bystanders(s);
	s->expect.rule = "reentered-in-signal";
	s->expect.certainty = "certain|likely";
	s->expect.note = "\"says\":\"in the handler of a signal\"";
	expect_role(s, a, "cycle|root");
	expect_hold(s, "mutex", a, a, "exact");
}

/*
 * ---- malloc ----
 *
 * It has the lock of its arena for long when it joins many small pieces that
 * were freed. The signal that comes then is sent from another thread.
 */
#define PIECES 400000

static _Atomic unsigned rounds;
static _Atomic bool joining;
static void *volatile kept; /* or the compiler leaves out what it is for */

static void on_alarm(int sig)
{
	(void)sig;
	actor_waits(interrupted);
	kept = malloc(100000);
	free(kept);
}

static void allocate(struct actor *a)
{
	void **pieces = stage_prop(PIECES * sizeof(*pieces));

	interrupted = a;
	handle(on_alarm);
	for (;; rounds++) {
		for (int i = 0; i < PIECES; i++)
			pieces[i] = malloc(64);
		for (int i = 0; i < PIECES; i++)
			free(pieces[i]);
		joining = true;
		kept = malloc(5000);
		joining = false;
		free(kept);
	}
}

/* It came too early or too late if another round goes on. */
static void interrupt_malloc(const struct actor *a)
{
	unsigned round;

	do {
		while (!joining)
			;
		round = rounds;
		pthread_kill(a->thread, SIGUSR2);
		sleep_ns(300000000);
	} while (rounds != round);
}

static void set_malloc(struct stage *s)
{
	struct actor *a = stage_thread(s, "allocates", allocate, NULL);

	interrupt_malloc(a);
	stage_until_in(s, a, SYS_futex, NULL);
	s->expect.rule = "reentered-in-signal";
	s->expect.certainty = "likely";
	expect_role(s, a, "cycle|root");
	expect_hold(s, "malloc-lock", a, a, "inferred");
}

/* ---- The twin ---- */

static struct contest *contest;

static void on_signal_ok(int sig)
{
	(void)sig;
	pthread_mutex_lock(&contest->locks[1]);
	pthread_mutex_unlock(&contest->locks[1]);
}

static void take_masked(struct contest *c)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_mutex_lock(&c->locks[0]);
	raise(SIGUSR2);
}

static void give_masked(struct contest *c)
{
	sigset_t set;

	pthread_mutex_unlock(&c->locks[0]);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

static void set_ok(struct stage *s)
{
	contest = contest_new(s, 1, PTHREAD_MUTEX_NORMAL, false);
	contest->take = take_masked;
	contest->give = give_masked;
	handle(on_signal_ok);
	stage_thread(s, "logs", contest_hold, contest);
	stage_thread(s, "wants", contest_want, contest);
}

SCENE(handler_mutex) = {
	.name = "handler-mutex",
	.what = "a signal handler wants a mutex that its own thread has",
	.set = set_mutex,
};

SCENE(handler_malloc) = {
	.name = "handler-malloc",
	.what = "a signal handler calls malloc, having come in the middle of malloc",
	.set = set_malloc,
};

SCENE(handler_ok) = {
	.name = "handler-ok",
	.what = "a signal handler takes a lock, and signals wait while a lock is held",
	.set = set_ok,
	.healthy = true,
};
