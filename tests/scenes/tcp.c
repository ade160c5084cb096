// SPDX-License-Identifier: GPL-2.0
/*
 * Two processes joined by TCP over loopback: one writes and the other does not
 * read; one waits for an answer with the lock that the other needs for it; a
 * server that does not accept. In the twin everything is slow, but goes on.
 */
#include "scene.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CHUNK	16384
#define BACKLOG 1
#define BUFFER	32768

struct talk {
	int listener, server, client;
	struct sockaddr_in6 address;
	pthread_mutex_t lock;
	uint64_t nap_ns;
};

/* The server listens on an IPv6 socket that takes IPv4 as well, as most do. */
static struct talk *listen_new(struct stage *s, int backlog)
{
	struct talk *t = stage_shared_prop(s, sizeof(*t));
	struct sockaddr_in6 any = {.sin6_family = AF_INET6};
	socklen_t len = sizeof(t->address);
	int buffer = BUFFER;

	t->listener = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(t->listener, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	if (t->listener < 0 || bind(t->listener, (struct sockaddr *)&any, sizeof(any)) < 0 ||
	    listen(t->listener, backlog) < 0 ||
	    getsockname(t->listener, (struct sockaddr *)&t->address, &len) < 0)
		die("no listener: %s", strerror(errno));
	init_mutex(&t->lock, PTHREAD_MUTEX_NORMAL, true);
	return t;
}

static int connect_new(const struct talk *t, int flags)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = t->address.sin6_port,
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
	struct talk *t = listen_new(s, BACKLOG);

	t->client = connect_new(t, 0);
	t->server = accept(t->listener, NULL, NULL);
	if (t->server < 0)
		die("cannot accept: %s", strerror(errno));
	close(t->listener);
	return t;
}

static int server_end(struct actor *a)
{
	struct talk *t = a->prop;

	close(t->client);
	return t->server;
}

static int client_end(struct actor *a)
{
	struct talk *t = a->prop;

	close(t->server);
	return t->client;
}

static void write_on(struct actor *a)
{
	int fd = client_end(a);
	char chunk[CHUNK] = "";

	for (;;) {
		uint64_t start = now_ns();

		actor_waits(a);
		if (send(fd, chunk, sizeof(chunk), 0) < 0)
			park();
		stage_log(a->stage, a->tid, a->prop, start, now_ns());
	}
}

static void reader_stopped(struct actor *a)
{
	server_end(a);
	raise(SIGSTOP);
	park();
}

static void set_full(struct stage *s)
{
	struct talk *t = talk_new(s);
	struct actor *reader = stage_child(s, "reader", reader_stopped, t);
	struct actor *writer = stage_thread(s, "writer", write_on, t);

	stage_bystanders(s);
	stage_until_in(s, writer, SYS_sendto, NULL);
	stage_until_state(s, reader, 'T');
	/* the kernel moves on from buffer to buffer for a while */
	sleep_ns(500000000);
	s->expect.rule = "socket-full";
	s->expect.certainty = "certain|likely";
	s->expect.note = "\"root_doing\":\"stopped\"";
	expect_role(s, reader, "root");
	expect_role(s, writer, "waiting");
	expect_hold(s, "tcp-full", writer, reader, "exact");
}

static void ask_holding(struct actor *a)
{
	struct talk *t = a->prop;
	int fd = client_end(a);
	char c = '?';

	pthread_mutex_lock(&t->lock);
	if (write(fd, &c, 1) != 1)
		die("nothing to ask");
	actor_waits(a);
	while (read(fd, &c, 1) < 0 && errno == EINTR)
		continue;
	park();
}

static void answer_with_lock(struct actor *a)
{
	struct talk *t = a->prop;
	int fd = server_end(a);
	char c;

	if (read(fd, &c, 1) != 1)
		die("nothing is asked");
	actor_waits(a);
	pthread_mutex_lock(&t->lock);
	park();
}

static void set_chain(struct stage *s)
{
	struct talk *t = talk_new(s);
	struct actor *client = stage_child(s, "client", ask_holding, t);
	struct actor *server;

	server = stage_thread(s, "server", answer_with_lock, t);
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
	struct talk *t = a->prop;

	actor_waits(a);
	connect_new(t, 0);
	park();
}

static void set_backlog(struct stage *s)
{
	struct talk *t = listen_new(s, BACKLOG);
	struct actor *server = stage_child(s, "server", server_that_sleeps, t);
	struct actor *client;
	struct pollfd p = {.events = POLLOUT};

	close(t->listener);
	do
		p.fd = connect_new(t, SOCK_NONBLOCK);
	while (poll(&p, 1, 200) == 1);
	client = stage_thread(s, "client", connect_late, t);
	stage_until_in(s, client, SYS_connect, NULL);
	stage_until_in(s, server, SYS_clock_nanosleep, NULL);
	s->expect.rule = "backlog-full";
	s->expect.certainty = "certain|likely";
	expect_role(s, server, "root");
	expect_role(s, client, "waiting");
	expect_hold(s, "tcp-connect", client, server, "exact");
}

/* Empties the socket, rests, and so on. */
static void reader_slow(struct actor *a)
{
	struct talk *t = a->prop;
	int fd = server_end(a);
	char chunk[CHUNK];

	for (;;) {
		sleep_ns(t->nap_ns);
		while (recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT) > 0)
			continue;
	}
}

static void answer_at_last(struct actor *a)
{
	struct talk *t = a->prop;
	int fd = server_end(a);
	char c;

	while (read(fd, &c, 1) == 1) {
		sleep_ns(t->nap_ns);
		if (write(fd, &c, 1) != 1)
			break;
	}
	park();
}

static void ask_for_ever(struct actor *a)
{
	struct talk *t = a->prop;
	int fd = client_end(a);
	char c = '?';

	for (;;) {
		pthread_mutex_lock(&t->lock);
		if (write(fd, &c, 1) != 1 || read(fd, &c, 1) != 1)
			park();
		pthread_mutex_unlock(&t->lock);
		sleep_ns(t->nap_ns / 20);
	}
}

static void want_lock(struct actor *a)
{
	struct talk *t = a->prop;

	for (;;) {
		uint64_t start = now_ns();

		pthread_mutex_lock(&t->lock);
		stage_log(a->stage, a->tid, t, start, now_ns());
		pthread_mutex_unlock(&t->lock);
		sleep_ns(t->nap_ns / 10);
	}
}

static void accept_for_ever(struct actor *a)
{
	struct talk *t = a->prop;

	for (;;)
		close(accept(t->listener, NULL, NULL));
}

static void set_ok(struct stage *s)
{
	struct talk *full = talk_new(s), *empty = talk_new(s), *idle = talk_new(s);
	struct talk *server = listen_new(s, BACKLOG);

	full->nap_ns = empty->nap_ns = idle->nap_ns = s->threshold_ns / 10 * 8;
	stage_child(s, "slow-reader", reader_slow, full);
	stage_child(s, "slow-server", answer_at_last, empty);
	stage_child(s, "idle-server", answer_at_last, idle);
	stage_child(s, "acceptor", accept_for_ever, server);
	stage_thread(s, "writer", write_on, full);
	stage_thread(s, "client", ask_for_ever, empty);
	stage_thread(s, "contender", want_lock, empty);
	stage_bystanders(s);
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
