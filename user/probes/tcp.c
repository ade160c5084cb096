// SPDX-License-Identifier: GPL-2.0
/*
 * TCP: a writer whose buffer is full, a reader that has nothing to read, a
 * connect() that is not answered. If the other end is on this machine, which
 * the table of sockets tells, whoever has it can end that; else only its
 * address is known.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "../os/os.h"
#include "socket_end.h"
#include "state.h"
#include "tcp.h"

enum sort { NOTHING, FULL, EMPTY, CONNECT, BACKLOG };

static const struct {
	const char *kind;
	enum wait_class class;
	const char *verb;
} sorts[] = {
	[FULL] = {"tcp-full", CLASS_FULL, "writes to"},
	[EMPTY] = {"tcp-empty", CLASS_EMPTY, "reads from"},
	[CONNECT] = {"tcp-connect", CLASS_EMPTY, "connects to"},
	[BACKLOG] = {"tcp-connect", CLASS_BACKLOG, "connects to"},
};

static enum sort sort_by_stack(const struct seen *s)
{
	if (seen_in_kernel(s, "sk_stream_wait_memory"))
		return FULL;
	if (seen_in_kernel(s, "sk_wait_data") &&
	    (seen_in_kernel(s, "tcp_recvmsg_locked") || seen_in_kernel(s, "tcp_recvmsg") ||
	     seen_in_kernel(s, "tcp_splice_read")))
		return EMPTY;
	if (s->syscall == SYS_connect && (seen_in_kernel(s, "inet_stream_connect") ||
					  seen_in_kernel(s, "__inet_stream_connect")))
		return CONNECT;
	return NOTHING;
}

/* A hook saw it go to sleep on this socket: the call tells in which of the three places. */
static enum sort sort_by_call(const struct seen *s, enum socket_side side)
{
	return s->syscall == SYS_connect ? CONNECT : side == SOCKET_SENDS ? FULL : EMPTY;
}

/* Without a stack: what else it could sleep in is over in no time. */
static enum sort sort_by_socket(struct os *os, const struct seen *s, uint64_t inode,
				enum socket_side side)
{
	struct tcp_socket own;

	if (tcp_by_inode(os->tcp, os->proc_fd, s->ref.pid, inode, &own))
		return NOTHING;
	if (s->syscall == SYS_connect)
		return own.state == TCP_STATE_SYN_SENT ? CONNECT : NOTHING;
	if (own.state == TCP_STATE_LISTEN)
		return NOTHING;
	return side == SOCKET_SENDS ? FULL : EMPTY;
}

static const char *const sleepers[] = {"wait_woken",	      "sk_stream_wait_memory",
				       "sk_wait_data",	      "__inet_stream_connect",
				       "inet_stream_connect", NULL};

static int recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	enum sort sort = sort_by_stack(s);
	enum socket_side side;
	uint64_t inode;
	int fd, r;

	if (s->state != 'S' || (sort == NOTHING && !socket_stack_hidden(s, sleepers)))
		return 0;
	side = socket_call(s, sort == FULL, &fd);
	if (side == SOCKET_NONE && s->syscall != SYS_connect)
		return 0;
	r = socket_inode(os, s->ref.pid, fd, &inode);
	if (r)
		return r == -ENOTSOCK ? 0 : r;
	/* the same number may be another socket by now */
	if (sort == NOTHING && s->hook_kind == LT_KIND_TCP && s->hook_key == inode)
		sort = sort_by_call(s, side);
	if (sort == NOTHING)
		sort = sort_by_socket(os, s, inode, side);
	if (sort == NOTHING)
		return 0;
	ret->address = inode;
	if (sort == CONNECT && tcp_connect_is_backlog(os, s, inode, &ret->address2))
		sort = BACKLOG;
	ret->kind = sorts[sort].kind;
	ret->class = sorts[sort].class;
	ret->verb = sorts[sort].verb;
	ret->id = sort;
	snprintf(ret->key, WAIT_KEY, "tcp:%" PRIu64 ":%s", sort == BACKLOG ? ret->address2 : inode,
		 sort == FULL	   ? "send"
		 : sort == EMPTY   ? "receive"
		 : sort == BACKLOG ? "backlog"
				   : "connect");
	return 1;
}

/* An end without an inode is nobody's: not yet, or not any more. */
static bool is_unaccepted(const struct tcp_socket *end)
{
	return !end->inode &&
	       (end->state == TCP_STATE_ESTABLISHED || end->state == TCP_STATE_SYN_RECV ||
		end->state == TCP_STATE_CLOSE_WAIT);
}

/* The other end: in our own network namespace, or in another one. */
struct other {
	struct tcp_socket socket;
	bool found;
	pid_t pid; /* a process of its network namespace */
};

static void find_other(struct os *os, pid_t pid, const struct tcp_socket *own, struct other *ret)
{
	*ret = (struct other){.pid = pid, .found = true};
	if (!tcp_other_end(os->tcp, os->proc_fd, pid, own, &ret->socket))
		return;
	ret->found = !tcp_other_end_elsewhere(os->tcp, os->proc_fd, pid, own, &ret->socket,
					      &ret->pid);
}

static int state_other(const struct probe_env *env, const struct seen *s, const struct wait *w,
		       const struct tcp_socket *own, const struct other *other)
{
	const struct socket_end end = {
		.inode = other->socket.inode,
		.what = "the other end",
		.sure = other->pid == s->ref.pid,
		.doubt = ", by its address, in another network namespace",
	};

	if (!other->found)
		return tcp_state_away(env, w, own);
	if (is_unaccepted(&other->socket))
		return tcp_state_listener(env, s, w, own, other->pid);
	return end.inode ? socket_end_state(env, s, w, &end)
			 : state_nobody(env, w, "its other end has been closed");
}

/* Nothing is known of it, not even whether its other end is on this machine. */
static int state_unlisted(const struct probe_env *env, struct wait *w)
{
	char name[48];
	int r;

	w->class = CLASS_EMPTY;
	snprintf(name, sizeof(name), "TCP socket %" PRIu64, w->address);
	r = state_resource(env, w, name, NULL, NULL, 0);
	return r ? r
		 : state_nobody(env, w, "the socket is not among those of its network namespace");
}

static int describe_data(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	char detail[128], from[INET_END_TEXT];
	struct fact_number state[2];
	struct wait whole = *w;
	struct tcp_socket own;
	struct other other;
	size_t n = 0;
	int r;

	if (tcp_by_inode(env->os->tcp, env->os->proc_fd, s->ref.pid, w->address, &own))
		return state_unlisted(env, &whole);
	find_other(env->os, s->ref.pid, &own, &other);
	/* what another machine does not read is the network's affair, and happens every day */
	if (!other.found)
		whole.class = CLASS_EMPTY;
	inet_end_text(&own.local, from);
	snprintf(detail, sizeof(detail), "%s, from %s%s",
		 w->id == FULL ? "buffer full" : "nothing to read", from,
		 other.found && is_unaccepted(&other.socket) ? ", not accepted yet" : "");
	if (w->id == FULL) {
		state[n++] = (struct fact_number){"unsent_bytes", own.unsent};
		if (other.found)
			state[n++] = (struct fact_number){"unread_bytes", other.socket.unread};
	}
	r = tcp_state_end(env, &whole, &own.remote, detail, state, n);
	return r ? r : state_other(env, s, &whole, &own, &other);
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	return w->id == CONNECT || w->id == BACKLOG ? tcp_connect_describe(env, s, w)
						    : describe_data(env, s, w);
}

static const struct probe_kind kinds[] = {
	{"tcp-full", CLASS_FULL, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{"tcp-full", CLASS_EMPTY, KNOWS_NOBODY, 0},
	{"tcp-empty", CLASS_EMPTY, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{"tcp-connect", CLASS_BACKLOG, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{"tcp-connect", CLASS_EMPTY, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{0},
};
static const int syscalls[] = {
	SYS_connect, SYS_write, SYS_writev, SYS_sendto,	  SYS_sendmsg, SYS_sendmmsg, SYS_sendfile,
	SYS_splice,  SYS_read,	SYS_readv,  SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg, -1,
};

const struct probe probe_tcp = {
	.kind = LT_KIND_TCP,
	.name = "tcp",
	.kinds = kinds,
	.syscalls = syscalls,
	.unseen = "when waits on TCP sockets began",
	.recognise = recognise,
	.describe = describe,
};
