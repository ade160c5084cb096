// SPDX-License-Identifier: GPL-2.0
/*
 * Pipes: a writer that has filled one whose reader is stopped, or waits for
 * what the writer holds; a reader that holds a lock, for a writer that sleeps;
 * and the twin, in which the pipe is full again and again, but never for long.
 */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096

struct plot {
	int ends[2];
	pthread_mutex_t mutex;
	_Atomic bool locked, go;
	pthread_barrier_t round;
	uint64_t nap_ns;
	char path[96];
};

static struct plot *plot; /* between set and go */

static void use(const struct plot *p, bool reads)
{
	close(p->ends[reads]);
}

/* A pipe takes 64 KB: what comes after that blocks. */
static void write_for_ever(const struct plot *p)
{
	static const char page[PAGE];

	while (write(p->ends[1], page, sizeof(page)) > 0)
		;
	park();
}

static void read_for_ever(const struct plot *p)
{
	char page[PAGE];

	while (read(p->ends[0], page, sizeof(page)) > 0)
		;
	park();
}

static void writer(struct actor *a)
{
	struct plot *p = a->prop;

	use(p, false);
	actor_waits(a);
	write_for_ever(p);
}

static void locking_writer(struct actor *a)
{
	struct plot *p = a->prop;

	use(p, false);
	pthread_mutex_lock(&p->mutex);
	p->locked = true;
	actor_waits(a);
	write_for_ever(p);
}

static void stopped_reader(struct actor *a)
{
	struct plot *p = a->prop;

	use(p, true);
	raise(SIGSTOP);
	read_for_ever(p);
}

static void locking_reader(struct actor *a)
{
	struct plot *p = a->prop;

	use(p, true);
	while (!p->locked)
		sched_yield();
	actor_waits(a);
	pthread_mutex_lock(&p->mutex);
	park();
}

static void set_up(struct stage *s)
{
	plot = stage_shared_prop(s, sizeof(*plot));
	init_mutex(&plot->mutex, PTHREAD_MUTEX_NORMAL, true);
	if (pipe(plot->ends) < 0)
		die("no pipe: %s", strerror(errno));
}

/* Only the actors have it, as after fork in any pair of programs. */
static void leave(void)
{
	close(plot->ends[0]);
	close(plot->ends[1]);
}

static void set_stopped(struct stage *s)
{
	struct actor *w, *r;

	set_up(s);
	r = stage_child(s, "reader", stopped_reader, plot);
	w = stage_child(s, "writer", writer, plot);
	leave();
	stage_until_state(s, r, 'T');
	stage_until_in(s, w, SYS_write, NULL);
	stage_bystanders(s);
	s->expect.rule = "pipe-full";
	s->expect.note = "\"root_doing\":\"stopped\"";
	expect_role(s, r, "root");
	expect_role(s, w, "waiting");
	expect_hold(s, "pipe-full", w, r, "exact");
}

static void go_stopped(struct stage *s)
{
	kill(s->actors[0].pid, SIGCONT);
}

static void set_cycle(struct stage *s)
{
	struct actor *w, *r;

	set_up(s);
	w = stage_child(s, "writer", locking_writer, plot);
	r = stage_child(s, "reader", locking_reader, plot);
	leave();
	stage_until_in(s, w, SYS_write, NULL);
	stage_until_in(s, r, SYS_futex, &plot->mutex);
	stage_bystanders(s);
	s->expect.rule = "deadlock";
	expect_role(s, w, "cycle");
	expect_role(s, r, "cycle");
	expect_hold(s, "pipe-full", w, r, "exact");
	expect_hold(s, "mutex", r, w, "exact");
}

/* Holds the lock and waits for an answer that does not come. */
static void asking_reader(struct actor *a)
{
	struct plot *p = a->prop;

	use(p, true);
	pthread_mutex_lock(&p->mutex);
	p->locked = true;
	read_for_ever(p);
}

static void sleeping_writer(struct actor *a)
{
	use(a->prop, false);
	park();
}

static void wants_lock(struct actor *a)
{
	struct plot *p = a->prop;

	while (!p->locked)
		sched_yield();
	actor_waits(a);
	pthread_mutex_lock(&p->mutex);
	park();
}

static void set_empty(struct stage *s)
{
	struct actor *asks, *answers, *wants;

	set_up(s);
	asks = stage_child(s, "asks", asking_reader, plot);
	answers = stage_child(s, "answers", sleeping_writer, plot);
	leave();
	wants = stage_child(s, "wants", wants_lock, plot);
	stage_until_in(s, asks, SYS_read, NULL);
	stage_until_in(s, answers, SYS_clock_nanosleep, NULL);
	stage_until_in(s, wants, SYS_futex, &plot->mutex);
	stage_bystanders(s);
	s->expect.rule = "slow-holder";
	s->expect.note = "\"root_doing\":\"sleep\"";
	expect_role(s, wants, "waiting");
	expect_role(s, asks, "waiting|holder");
	expect_role(s, answers, "root");
	expect_hold(s, "mutex", wants, asks, "exact");
	expect_hold(s, "pipe-empty", asks, answers, "exact");
}

static void opens_fifo(struct actor *a)
{
	struct plot *p = a->prop;

	pthread_mutex_lock(&p->mutex);
	p->locked = true;
	if (open(p->path, O_WRONLY) >= 0)
		park();
}

static void set_fifo(struct stage *s)
{
	struct actor *opens, *wants;

	set_up(s);
	leave();
	stage_janitor(s);
	snprintf(s->file, sizeof(s->file), "/tmp/scene-%d.fifo", s->main_pid);
	snprintf(plot->path, sizeof(plot->path), "%s", s->file);
	if (mkfifo(plot->path, 0600) < 0)
		die("no FIFO: %s", strerror(errno));
	opens = stage_child(s, "opens", opens_fifo, plot);
	wants = stage_child(s, "wants", wants_lock, plot);
	stage_until_wchan(s, opens, "wait_for_partner");
	stage_until_in(s, wants, SYS_futex, &plot->mutex);
	stage_bystanders(s);
	s->expect.rule = "slow-holder";
	expect_role(s, wants, "waiting");
	expect_role(s, opens, "root");
	expect_hold(s, "mutex", wants, opens, "exact");
}

static void go_fifo(struct stage *s)
{
	(void)s;
	close(open(plot->path, O_RDONLY | O_NONBLOCK));
}

static void pausing_reader(struct actor *a)
{
	struct plot *p = a->prop;
	char all[16 * PAGE];

	use(p, true);
	for (;;) {
		pthread_barrier_wait(&p->round);
		sleep_ns(p->nap_ns);
		if (read(p->ends[0], all, sizeof(all)) <= 0)
			park();
	}
}

static void blocked_writer(struct actor *a)
{
	static const char page[PAGE];
	struct plot *p = a->prop;

	use(p, false);
	for (int i = 0; i < 16; i++)
		if (write(p->ends[1], page, PAGE) != PAGE)
			park();
	for (;;) {
		uint64_t start;

		pthread_barrier_wait(&p->round);
		start = now_ns();
		if (write(p->ends[1], page, PAGE) != PAGE)
			park();
		stage_log(a->stage, a->tid, a->prop, start, now_ns());
		for (int i = 0; i < 15; i++)
			if (write(p->ends[1], page, PAGE) != PAGE)
				park();
	}
}

static void set_ok(struct stage *s)
{
	pthread_barrierattr_t attr;

	set_up(s);
	plot->nap_ns = s->threshold_ns / 10 * 8;
	pthread_barrierattr_init(&attr);
	pthread_barrierattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&plot->round, &attr, 2);
	stage_child(s, "reader", pausing_reader, plot);
	stage_child(s, "writer", blocked_writer, plot);
	leave();
	stage_bystanders(s);
}

SCENE(pipe_stopped) = {
	.name = "pipe-stopped",
	.what = "a pipe is full, because its reader is stopped",
	.set = set_stopped,
	.go = go_stopped,
};

SCENE(pipe_cycle) = {
	.name = "pipe-cycle",
	.what = "a writer to a full pipe holds the lock that the reader waits for",
	.set = set_cycle,
};

SCENE(pipe_empty) = {
	.name = "pipe-empty",
	.what = "a lock is held by who waits for an answer through a pipe",
	.set = set_empty,
};

SCENE(fifo_open) = {
	.name = "fifo-open",
	.what = "a lock is held by who opens a FIFO that nobody reads",
	.set = set_fifo,
	.go = go_fifo,
};

SCENE(pipe_ok) = {
	.name = "pipe-ok",
	.what = "a pipe gets full again and again, but its reader always comes",
	.set = set_ok,
	.healthy = true,
};
