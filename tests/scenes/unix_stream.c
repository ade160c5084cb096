// SPDX-License-Identifier: GPL-2.0
/*
 * Two processes joined by a unix stream: one writes and the other does not
 * read; one holds a lock and waits for an answer, the other needs that lock to
 * answer. In the twin the reader is slow, but it reads.
 */
#include "scene.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CHUNK 4096

struct talk {
	int fds[2];
	pthread_mutex_t lock;
	uint64_t nap_ns;
};

static struct talk *talk_new(struct stage *s, int type)
{
	struct talk *t = stage_shared_prop(s, sizeof(*t));

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, t->fds) < 0)
		die("no socket pair: %s", strerror(errno));
	init_mutex(&t->lock, PTHREAD_MUTEX_NORMAL, true);
	return t;
}

/* The far end: whoever plays it has not the near one. */
static int far(struct actor *a)
{
	struct talk *t = a->prop;

	close(t->fds[0]);
	return t->fds[1];
}

static void write_on(struct actor *a)
{
	struct talk *t = a->prop;
	char chunk[CHUNK] = "";

	close(t->fds[1]);
	for (;;) {
		uint64_t start = now_ns();

		actor_waits(a);
		if (write(t->fds[0], chunk, sizeof(chunk)) < 0)
			park();
		stage_log(a->stage, a->tid, t, start, now_ns());
	}
}

static void reader_stopped(struct actor *a)
{
	far(a);
	raise(SIGSTOP);
	park();
}

static void reader_wants_lock(struct actor *a)
{
	struct talk *t = a->prop;

	far(a);
	actor_waits(a);
	pthread_mutex_lock(&t->lock);
	park();
}

/* Empties the socket, rests, and so on: the writer is blocked for all that time. */
static void reader_slow(struct actor *a)
{
	struct talk *t = a->prop;
	char chunk[CHUNK];
	int fd = far(a);

	for (;;) {
		sleep_ns(t->nap_ns);
		while (recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT) > 0)
			continue;
	}
}

static void set_full(struct stage *s)
{
	struct talk *t = talk_new(s, SOCK_STREAM);
	struct actor *reader = stage_child(s, "reader", reader_stopped, t);
	struct actor *writer = stage_thread(s, "writer", write_on, t);

	stage_bystanders(s);
	stage_until_in(s, writer, SYS_write, NULL);
	stage_until_wchan(s, writer, "sock_alloc_send_pskb");
	stage_until_state(s, reader, 'T');
	s->expect.rule = "socket-full";
	s->expect.certainty = "certain|likely";
	s->expect.note = "\"root_doing\":\"stopped\"";
	expect_role(s, reader, "root");
	expect_role(s, writer, "waiting");
	expect_hold(s, "unix-stream-full", writer, reader, "exact");
}

/* The writer has the lock that the reader needs before it reads on. */
static void write_holding(struct actor *a)
{
	struct talk *t = a->prop;

	pthread_mutex_lock(&t->lock);
	write_on(a);
}

static void set_full_chain(struct stage *s)
{
	struct talk *t = talk_new(s, SOCK_SEQPACKET);
	struct actor *writer, *reader;

	writer = stage_child(s, "writer", write_holding, t);
	stage_until_in(s, writer, SYS_write, NULL);
	reader = stage_thread(s, "reader", reader_wants_lock, t);
	stage_until_in(s, reader, SYS_futex, &t->lock);
	s->expect.rule = "deadlock";
	s->expect.certainty = "certain|likely";
	expect_role(s, writer, "cycle");
	expect_role(s, reader, "cycle");
	expect_hold(s, "unix-stream-full", writer, reader, "exact|inferred");
	expect_hold(s, "mutex", reader, writer, "exact");
}

static void ask_holding(struct actor *a)
{
	struct talk *t = a->prop;
	char c = '?';

	close(t->fds[1]);
	pthread_mutex_lock(&t->lock);
	if (write(t->fds[0], &c, 1) != 1)
		die("nothing to ask");
	actor_waits(a);
	while (recv(t->fds[0], &c, 1, 0) < 0 && errno == EINTR)
		continue;
	park();
}

static void answer_with_lock(struct actor *a)
{
	struct talk *t = a->prop;
	int fd = far(a);
	char c;

	if (read(fd, &c, 1) != 1)
		die("nothing is asked");
	actor_waits(a);
	pthread_mutex_lock(&t->lock);
	park();
}

static void set_empty_chain(struct stage *s)
{
	struct talk *t = talk_new(s, SOCK_STREAM);
	struct actor *server = stage_child(s, "server", answer_with_lock, t);
	struct actor *client = stage_thread(s, "client", ask_holding, t);

	stage_bystanders(s);
	stage_until_in(s, client, SYS_recvfrom, NULL);
	stage_until_in(s, server, SYS_futex, &t->lock);
	s->expect.rule = "deadlock";
	s->expect.certainty = "certain|likely";
	expect_role(s, client, "cycle");
	expect_role(s, server, "cycle");
	expect_hold(s, "unix-stream-empty", client, server, "exact");
	expect_hold(s, "mutex", server, client, "exact");
}

static void answer_at_last(struct actor *a)
{
	struct talk *t = a->prop;
	int fd = far(a);
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
	char c = '?';

	close(t->fds[1]);
	for (;;) {
		pthread_mutex_lock(&t->lock);
		if (write(t->fds[0], &c, 1) != 1 || read(t->fds[0], &c, 1) != 1)
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

/* A full buffer that drains, answers that take their time, and a server that nobody asks. */
static void set_ok(struct stage *s)
{
	struct talk *full = talk_new(s, SOCK_STREAM), *empty = talk_new(s, SOCK_STREAM);
	struct talk *idle = talk_new(s, SOCK_STREAM);

	full->nap_ns = empty->nap_ns = s->threshold_ns / 10 * 8;
	idle->nap_ns = full->nap_ns;
	stage_child(s, "slow-reader", reader_slow, full);
	stage_child(s, "slow-server", answer_at_last, empty);
	stage_child(s, "idle-server", answer_at_last, idle);
	stage_thread(s, "writer", write_on, full);
	stage_thread(s, "client", ask_for_ever, empty);
	stage_thread(s, "contender", want_lock, empty);
	stage_bystanders(s);
}

SCENE(unix_full) = {
	.name = "unix-full",
	.what = "a unix stream is full, its reader is stopped",
	.set = set_full,
};

SCENE(unix_full_chain) = {
	.name = "unix-full-chain",
	.what = "who writes to a full packet socket has the lock that its reader wants",
	.set = set_full_chain,
};

SCENE(unix_empty_chain) = {
	.name = "unix-empty-chain",
	.what = "who waits for an answer has the lock that the server needs for it",
	.set = set_empty_chain,
};

SCENE(unix_stream_ok) = {
	.name = "unix-stream-ok",
	.what = "a slow reader, a slow server and an idle one at the ends of unix streams",
	.set = set_ok,
	.healthy = true,
};
