// SPDX-License-Identifier: GPL-2.0
/*
 * Two processes joined by TCP over loopback: one writes and the other does not
 * read; one waits for an answer with the lock that the other needs for it; a
 * server that does not accept. In the twin everything is slow, but goes on.
 */
#include "talk.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BACKLOG 1
#define BUFFER	32768

struct listener {
	int fd;
	in_port_t port;
};

/* On an IPv6 socket that takes IPv4 as well, as most servers do. */
static struct listener *listener_new(struct stage *s)
{
	struct listener *l = stage_shared_prop(s, sizeof(*l));
	struct sockaddr_in6 any = {.sin6_family = AF_INET6};
	socklen_t len = sizeof(any);
	int buffer = BUFFER;

	l->fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(l->fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	if (l->fd < 0 || bind(l->fd, (struct sockaddr *)&any, len) < 0 ||
	    listen(l->fd, BACKLOG) < 0 || getsockname(l->fd, (struct sockaddr *)&any, &len) < 0)
		die("no listener: %s", strerror(errno));
	l->port = any.sin6_port;
	return l;
}

static int connect_new(const struct listener *l, int flags)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = l->port,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), buffer = BUFFER;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	if (fd < 0 || (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS))
		die("cannot connect: %s", strerror(errno));
	return fd;
}

static struct talk *talk_new(struct stage *s)
{
	struct talk *t = stage_shared_prop(s, sizeof(*t));
	struct listener *l = listener_new(s);

	t->fds[0] = connect_new(l, 0);
	t->fds[1] = accept(l->fd, NULL, NULL);
	if (t->fds[1] < 0)
		die("cannot accept: %s", strerror(errno));
	close(l->fd);
	init_mutex(&t->lock, PTHREAD_MUTEX_NORMAL, true);
	return t;
}

static void set_full(struct stage *s)
{
	struct talk *t = talk_new(s);
	struct actor *reader = stage_child(s, "reader", talk_read_stopped, t);
	struct actor *writer = stage_child(s, "writer", talk_write_on, t);
	uint64_t since;

	talk_close(t);
	stage_bystanders(s);
	stage_until_state(s, reader, 'T');
	/* buffers grow for a while: until it has begun nothing new */
	do {
		stage_until_in(s, writer, SYS_write, NULL);
		since = writer->since_ns;
		sleep_ns(500000000);
	} while (since != writer->since_ns);
	s->expect.rule = "socket-full";
	s->expect.certainty = "certain|likely";
	s->expect.note = "\"root_doing\":\"stopped\"";
	expect_role(s, reader, "root");
	expect_role(s, writer, "waiting");
	expect_hold(s, "tcp-full", writer, reader, "exact");
}

static void set_chain(struct stage *s)
{
	struct talk *t = talk_new(s);
	struct actor *client = stage_child(s, "client", talk_ask_holding, t);
	struct actor *server = stage_thread(s, "server", talk_answer_with_lock, t);

	stage_bystanders(s);
	stage_until_in(s, client, SYS_read, NULL);
	stage_until_in(s, server, SYS_futex, &t->lock);
	s->expect.rule = "deadlock";
	s->expect.certainty = "certain|likely";
	expect_role(s, client, "cycle");
	expect_role(s, server, "cycle");
	expect_hold(s, "tcp-empty", client, server, "exact|inferred");
	expect_hold(s, "mutex", server, client, "exact");
}

static void server_that_sleeps(struct actor *a)
{
	(void)a;
	park();
}

static void connect_late(struct actor *a)
{
	actor_waits(a);
	connect_new(a->prop, 0);
	park();
}

static void set_backlog(struct stage *s)
{
	struct listener *l = listener_new(s);
	struct actor *server = stage_child(s, "server", server_that_sleeps, l);
	struct actor *client;
	struct pollfd p = {.events = POLLOUT};

	close(l->fd);
	do
		p.fd = connect_new(l, SOCK_NONBLOCK);
	while (poll(&p, 1, 200) == 1);
	client = stage_thread(s, "client", connect_late, l);
	stage_until_in(s, client, SYS_connect, NULL);
	stage_until_in(s, server, SYS_clock_nanosleep, NULL);
	s->expect.rule = "backlog-full";
	s->expect.certainty = "certain|likely";
	expect_role(s, server, "root");
	expect_role(s, client, "waiting");
	expect_hold(s, "tcp-connect", client, server, "exact");
}

static void accept_for_ever(struct actor *a)
{
	struct listener *l = a->prop;

	for (;;)
		close(accept(l->fd, NULL, NULL));
}

static void set_ok(struct stage *s)
{
	stage_child(s, "acceptor", accept_for_ever, listener_new(s));
	talk_set_ok(s, talk_new);
}

SCENE(tcp_full) = {
	.name = "tcp-full",
	.what = "a TCP connection on this machine is full, its reader is stopped",
	.set = set_full,
};

SCENE(tcp_chain) = {
	.name = "tcp-chain",
	.what = "who waits for an answer by TCP has the lock that the server needs for it",
	.set = set_chain,
};

SCENE(tcp_backlog) = {
	.name = "tcp-backlog",
	.what = "a TCP server on this machine does not accept, and its backlog is full",
	.set = set_backlog,
};

SCENE(tcp_ok) = {
	.name = "tcp-ok",
	.what = "slow readers, slow servers and idle ones at the ends of TCP",
	.set = set_ok,
	.healthy = true,
};
