// SPDX-License-Identifier: GPL-2.0
/*
 * Who logs hangs because the logger does: a datagram socket with a name, as
 * /dev/log, whose queue is full (or the buffer of a sender of big messages is,
 * which comes first with those). One of them has a lock that others need. In
 * the twin the logger is slow, but it reads.
 */
#include "scene.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#define SMALL 64
#define BIG   32768

struct log {
	struct sockaddr_un address;
	pthread_mutex_t lock;
	_Atomic bool bound;
	uint64_t nap_ns;
};

static struct log *log_new(struct stage *s)
{
	struct log *l = stage_shared_prop(s, sizeof(*l));

	stage_janitor(s);
	snprintf(s->dir, sizeof(s->dir), "/tmp/locktrace-scene-XXXXXX");
	if (!mkdtemp(s->dir))
		die("no directory in /tmp");
	snprintf(s->file, sizeof(s->file), "%s/log", s->dir);
	l->address.sun_family = AF_UNIX;
	snprintf(l->address.sun_path, sizeof(l->address.sun_path), "%s", s->file);
	init_mutex(&l->lock, PTHREAD_MUTEX_NORMAL, false);
	return l;
}

static int log_bind(struct log *l)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&l->address, sizeof(l->address)) < 0)
		die("the logger has no socket: %s", strerror(errno));
	l->bound = true;
	return fd;
}

static int log_connect(const struct log *l)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&l->address, sizeof(l->address)) < 0)
		die("no connection to the logger: %s", strerror(errno));
	return fd;
}

static void say(struct actor *a, int fd, size_t size)
{
	static const char text[BIG];
	uint64_t start = now_ns();

	actor_waits(a);
	while (send(fd, text, size, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			park(); /* the logger is gone: the scene ends */
	stage_log(a->stage, a->tid, a->prop, start, now_ns());
}

static void say_for_ever(struct actor *a, size_t size)
{
	int fd = log_connect(a->prop);

	for (;;)
		say(a, fd, size); /* the last one is the one that blocks */
}

static void big_talker(struct actor *a)
{
	say_for_ever(a, BIG);
}

static void talker_with_lock(struct actor *a)
{
	struct log *l = a->prop;

	pthread_mutex_lock(&l->lock);
	say_for_ever(a, SMALL);
}

static void want(struct actor *a)
{
	struct log *l = a->prop;

	actor_waits(a);
	pthread_mutex_lock(&l->lock);
	park();
}

static void logger_stopped(struct actor *a)
{
	log_bind(a->prop);
	raise(SIGSTOP);
	park();
}

static struct actor *stopped_logger(struct stage *s, struct log *l)
{
	struct actor *logger = stage_child(s, "logger", logger_stopped, l);

	while (!l->bound)
		sched_yield();
	stage_until_state(s, logger, 'T');
	s->expect.rule = "socket-full";
	s->expect.certainty = "certain|likely";
	s->expect.note = "\"root_doing\":\"stopped\"";
	expect_role(s, logger, "root");
	return logger;
}

static void set(struct stage *s)
{
	struct log *l = log_new(s);
	struct actor *logger = stopped_logger(s, l), *small, *waiter;

	small = stage_thread(s, "small", talker_with_lock, l);
	stage_until_in(s, small, SYS_sendto, NULL);
	stage_until_wchan(s, small, "unix_wait_for_peer");
	waiter = stage_thread(s, "waiter", want, l);
	stage_until_in(s, waiter, SYS_futex, &l->lock);
	stage_bystanders(s);
	expect_role(s, small, "waiting|holder");
	expect_role(s, waiter, "waiting");
	expect_hold(s, "unix-dgram-full", small, logger, "exact");
	expect_hold(s, "mutex", waiter, small, "exact");
}

/* Its own buffer takes six of them, the queue more than ten. */
static void set_big(struct stage *s)
{
	struct log *l = log_new(s);
	struct actor *logger = stopped_logger(s, l);
	struct actor *big = stage_thread(s, "big", big_talker, l);

	stage_until_in(s, big, SYS_sendto, NULL);
	stage_until_wchan(s, big, "sock_alloc_send_pskb");
	stage_bystanders(s);
	expect_role(s, big, "waiting");
	expect_hold(s, "unix-dgram-full", big, logger, "exact");
}

/* Takes all that is there, rests, and so on. */
static void logger_slow(struct actor *a)
{
	struct log *l = a->prop;
	int fd = log_bind(l);
	char text[BIG];

	for (;;) {
		sleep_ns(l->nap_ns);
		while (recv(fd, text, sizeof(text), MSG_DONTWAIT) > 0)
			continue;
	}
}

static void small_talker(struct actor *a)
{
	struct log *l = a->prop;
	int fd = log_connect(l);

	for (;;) {
		pthread_mutex_lock(&l->lock);
		say(a, fd, SMALL);
		pthread_mutex_unlock(&l->lock);
		sleep_ns(l->nap_ns / 1000);
	}
}

static void want_often(struct actor *a)
{
	struct log *l = a->prop;

	for (;;) {
		uint64_t start = now_ns();

		pthread_mutex_lock(&l->lock);
		stage_log(a->stage, a->tid, l, start, now_ns());
		pthread_mutex_unlock(&l->lock);
		sleep_ns(l->nap_ns / 50);
	}
}

static void set_ok(struct stage *s)
{
	struct log *l = log_new(s);

	l->nap_ns = s->threshold_ns / 10 * 8;
	stage_child(s, "logger", logger_slow, l);
	while (!l->bound)
		sched_yield();
	stage_thread(s, "small", small_talker, l);
	stage_thread(s, "waiter", want_often, l);
	stage_bystanders(s);
}

SCENE(devlog) = {
	.name = "devlog",
	.what = "the logger is stopped, who logs hangs, one with a lock that others need",
	.set = set,
};

SCENE(devlog_big) = {
	.name = "devlog-big",
	.what = "the logger is stopped, a sender's own buffer is full of big messages",
	.set = set_big,
};

SCENE(devlog_ok) = {
	.name = "devlog-ok",
	.what = "the logger is slow, and reads",
	.set = set_ok,
	.healthy = true,
};
