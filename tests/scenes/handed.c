// SPDX-License-Identifier: GPL-2.0
/*
 * A listening socket that was handed on: who called listen() forks a worker and
 * closes it. The worker does not accept, and it is the one to be named, by a
 * name that is in no file system. In the twin it accepts, slowly.
 */
#include "scene.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 3

struct server {
	struct sockaddr_un address;
	socklen_t len;
	int fd;
	uint64_t nap_ns;
};

static struct server *server_new(struct stage *s)
{
	struct server *v = stage_shared_prop(s, sizeof(*v));

	v->address.sun_family = AF_UNIX;
	v->len = offsetof(struct sockaddr_un, sun_path) + 1 +
		 (socklen_t)snprintf(v->address.sun_path + 1, sizeof(v->address.sun_path) - 1,
				     "locktrace-scene/%d", s->main_pid);
	v->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (v->fd < 0 || bind(v->fd, (struct sockaddr *)&v->address, v->len) < 0 ||
	    listen(v->fd, BACKLOG) < 0)
		die("no listener: %s", strerror(errno));
	return v;
}

static int connect_new(const struct server *v, int flags)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	if (fd < 0)
		die("no socket: %s", strerror(errno));
	if (connect(fd, (const struct sockaddr *)&v->address, v->len) == 0)
		return fd;
	close(fd);
	return -1;
}

static void worker_asleep(struct actor *a)
{
	(void)a;
	park();
}

static void client(struct actor *a)
{
	actor_waits(a);
	connect_new(a->prop, 0);
	park();
}

static void set(struct stage *s)
{
	struct server *v = server_new(s);
	struct actor *worker = stage_child(s, "worker", worker_asleep, v);
	struct actor *hangs;

	close(v->fd);
	while (connect_new(v, SOCK_NONBLOCK) >= 0)
		continue;
	hangs = stage_thread(s, "client", client, v);
	stage_bystanders(s);
	stage_until_in(s, hangs, SYS_connect, NULL);
	stage_until_wchan(s, hangs, "unix_wait_for_peer");
	stage_until_in(s, worker, SYS_clock_nanosleep, NULL);
	s->expect.rule = "backlog-full";
	s->expect.certainty = "certain|likely";
	s->expect.note = "\"root_doing\":\"sleep\",\"backlog\":[4,3]";
	expect_role(s, worker, "root");
	expect_role(s, hangs, "waiting");
	expect_hold(s, "unix-backlog-full", hangs, worker, "exact");
}

static void worker_slow(struct actor *a)
{
	struct server *v = a->prop;

	for (;;) {
		sleep_ns(v->nap_ns);
		for (int i = 0; i <= BACKLOG; i++)
			close(accept(v->fd, NULL, NULL));
	}
}

static void connect_for_ever(struct actor *a)
{
	for (;;) {
		uint64_t start = now_ns();
		int fd = connect_new(a->prop, 0);

		if (fd < 0)
			park();
		stage_log(a->stage, a->tid, a->prop, start, now_ns());
		close(fd);
	}
}

static void set_ok(struct stage *s)
{
	struct server *v = server_new(s);

	v->nap_ns = s->threshold_ns / 10 * 8;
	stage_child(s, "worker", worker_slow, v);
	close(v->fd);
	stage_thread(s, "client", connect_for_ever, v);
	stage_bystanders(s);
}

SCENE(handed) = {
	.name = "handed",
	.what = "a listening socket was handed to a worker, which does not accept",
	.set = set,
};

SCENE(handed_ok) = {
	.name = "handed-ok",
	.what = "a listening socket was handed to a worker, which is slow to accept",
	.set = set_ok,
	.healthy = true,
};
