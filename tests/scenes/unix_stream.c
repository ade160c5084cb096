// SPDX-License-Identifier: GPL-2.0
/*
 * Two processes joined by a unix stream: one writes and the other does not
 * read; one holds a lock and waits for an answer, the other needs that lock to
 * answer. In the twin the reader is slow, but it reads.
 */
#include "talk.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

static struct talk *pair_new(struct stage *s, int type)
{
	struct talk *t = stage_shared_prop(s, sizeof(*t));

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, t->fds) < 0)
		die("no socket pair: %s", strerror(errno));
	init_mutex(&t->lock, PTHREAD_MUTEX_NORMAL, true);
	return t;
}

static struct talk *stream_new(struct stage *s)
{
	return pair_new(s, SOCK_STREAM);
}

static void set_full(struct stage *s)
{
	struct talk *t = stream_new(s);
	struct actor *reader = stage_child(s, "reader", talk_read_stopped, t);
	struct actor *writer = stage_child(s, "writer", talk_write_on, t);

	talk_close(t);
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
static void set_full_chain(struct stage *s)
{
	struct talk *t = pair_new(s, SOCK_SEQPACKET);
	struct actor *writer = stage_child(s, "writer", talk_write_holding, t), *reader;

	stage_until_in(s, writer, SYS_write, NULL);
	reader = stage_thread(s, "reader", talk_want_lock_first, t);
	stage_until_in(s, reader, SYS_futex, &t->lock);
	s->expect.rule = "deadlock";
	s->expect.certainty = "certain|likely";
	expect_role(s, writer, "cycle");
	expect_role(s, reader, "cycle");
	expect_hold(s, "unix-stream-full", writer, reader, "exact|inferred");
	expect_hold(s, "mutex", reader, writer, "exact");
}

static void set_empty_chain(struct stage *s)
{
	struct talk *t = stream_new(s);
	struct actor *server = stage_child(s, "server", talk_answer_with_lock, t);
	struct actor *client = stage_child(s, "client", talk_ask_holding, t);

	talk_close(t);
	stage_bystanders(s);
	stage_until_in(s, client, SYS_read, NULL);
	stage_until_in(s, server, SYS_futex, &t->lock);
	s->expect.rule = "deadlock";
	s->expect.certainty = "certain|likely";
	expect_role(s, client, "cycle");
	expect_role(s, server, "cycle");
	expect_hold(s, "unix-stream-empty", client, server, "exact");
	expect_hold(s, "mutex", server, client, "exact");
}

static void set_ok(struct stage *s)
{
	talk_set_ok(s, stream_new);
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
