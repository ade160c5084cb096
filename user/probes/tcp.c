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
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "../os/os.h"
#include "../os/reader.h"
#include "../os/tcp_diag.h"
#include "../os/tcp_list.h"
#include "socket_end.h"
#include "state.h"

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

/* The address of a connect(), IPv4 mapped. Returns 0, -EAFNOSUPPORT or -errno. */
static int read_address(struct os *os, const struct seen *s, struct inet_end *ret)
{
	struct inet_end e = {0};
	union {
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} a = {0};
	size_t len = s->args[2] < sizeof(a) ? s->args[2] : sizeof(a);
	int r;

	if (!s->args[1] || len < sizeof(a.in))
		return -EAFNOSUPPORT;
	r = reader_memory_all(os->reader, s->ref.pid, s->args[1], &a, len);
	if (r)
		return r;
	if (a.in.sin_family == AF_INET) {
		e.address.s6_addr[10] = e.address.s6_addr[11] = 0xff;
		memcpy(&e.address.s6_addr[12], &a.in.sin_addr, 4);
		e.port = ntohs(a.in.sin_port);
	} else if (a.in.sin_family == AF_INET6 && len == sizeof(a.in6)) {
		e.address = a.in6.sin6_addr;
		e.port = ntohs(a.in6.sin6_port);
	} else {
		return -EAFNOSUPPORT;
	}
	*ret = e;
	return 0;
}

/* Where a connect() goes, and from where as far as that is known. */
static int find_connect(struct os *os, const struct seen *s, uint64_t inode, struct tcp_socket *ret)
{
	int r = tcp_by_inode(os->tcp, os->proc_fd, s->ref.pid, inode, ret);

	if (r && r != -ESRCH) {
		*ret = (struct tcp_socket){.inode = inode};
		r = read_address(os, s, &ret->remote);
	}
	return r;
}

/*
 * The listener on this machine that a connect() goes to. From one address to
 * the same, or on loopback, it stays here; a listener that takes any address
 * would else be found for other machines' too.
 */
static int find_listener(struct os *os, pid_t pid, const struct tcp_socket *own,
			 struct tcp_socket *ret, bool *ret_only)
{
	if (!inet_end_is_loopback(&own->remote) &&
	    memcmp(&own->remote.address, &own->local.address, sizeof(own->local.address)) != 0)
		return -ENOENT;
	return tcp_listener(os->tcp, os->proc_fd, pid, &own->remote, ret, ret_only);
}

static bool is_backlog(struct os *os, const struct seen *s, uint64_t inode, uint64_t *ret_listener)
{
	struct tcp_socket own, listener;
	struct tcp_backlog b;
	bool only;

	if (find_connect(os, s, inode, &own) ||
	    find_listener(os, s->ref.pid, &own, &listener, &only) || !only ||
	    tcp_backlog(os->proc_fd, s->ref.pid, &listener, &b))
		return false;
	*ret_listener = listener.inode;
	return b.queued > b.limit;
}

static int recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	enum sort sort = sort_by_stack(s);
	enum socket_side side;
	uint64_t inode;
	int fd, r;

	if (s->state != 'S' || (s->n_kframes && sort == NOTHING))
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
	if (sort == CONNECT && is_backlog(os, s, inode, &ret->address2))
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

static int state_end(const struct probe_env *env, const struct wait *w, const struct inet_end *end,
		     const char *detail, const struct fact_number *state, size_t n)
{
	char text[INET_END_TEXT], name[INET_END_TEXT + 8];

	inet_end_text(end, text);
	snprintf(name, sizeof(name), "TCP %s", text);
	return state_resource(env, w, name, detail, state, n);
}

/* What is not on this machine, as far as can be seen. */
static int state_away(const struct probe_env *env, const struct wait *w,
		      const struct tcp_socket *own)
{
	char text[INET_END_TEXT], why[192];

	inet_end_text(&own->remote, text);
	snprintf(why, sizeof(why), "%s %s", text,
		 inet_end_is_loopback(&own->remote)
			 ? "was not found on this machine"
			 : "is on another machine, or in another network namespace");
	return state_nobody(env, w, why);
}

static int state_listener(const struct probe_env *env, const struct seen *s, const struct wait *w,
			  const struct tcp_socket *own)
{
	struct socket_end end = {
		.waiter = own->inode,
		.what = "the listening socket",
		.doubt = " with that port, and there are more",
	};
	struct tcp_socket listener;

	if (find_listener(env->os, s->ref.pid, own, &listener, &end.sure))
		return state_away(env, w, own);
	end.inode = listener.inode;
	return socket_end_state(env, s, w, &end);
}

static int describe_connect(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	struct tcp_socket own, listener;
	struct fact_number state[2];
	struct tcp_backlog b;
	char detail[96] = "the connection is not answered";
	size_t n = 0;
	bool only;
	int r;

	r = find_connect(env->os, s, w->address, &own);
	if (r)
		return r;
	if (!find_listener(env->os, s->ref.pid, &own, &listener, &only) &&
	    !tcp_backlog(env->os->proc_fd, s->ref.pid, &listener, &b)) {
		state[n++] = (struct fact_number){"queued", b.queued};
		state[n++] = (struct fact_number){"limit", b.limit};
		if (w->id == BACKLOG && b.queued <= b.limit)
			return -ESTALE;
		snprintf(detail, sizeof(detail), "%s%u queued, limit %u",
			 b.queued > b.limit ? "backlog full: " : "", b.queued, b.limit);
	}
	r = state_end(env, w, &own.remote, detail, state, n);
	return r ? r : state_listener(env, s, w, &own);
}

/* An end without an inode is nobody's: not yet, or not any more. */
static int state_nobodys(const struct probe_env *env, const struct seen *s, const struct wait *w,
			 const struct tcp_socket *own, const struct tcp_socket *other)
{
	switch (other->state) {
	case TCP_STATE_ESTABLISHED:
	case TCP_STATE_SYN_RECV:
	case TCP_STATE_CLOSE_WAIT:
		return state_listener(env, s, w, own);
	default:
		return state_nobody(env, w, "its other end has been closed");
	}
}

static int describe_data(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	struct socket_end end = {.waiter = w->address, .what = "the other end", .sure = true};
	bool full = w->id == FULL;
	struct tcp_socket own, other = {0};
	struct fact_number state[2];
	char detail[128], from[INET_END_TEXT];
	int r, away;
	size_t n = 0;

	r = tcp_by_inode(env->os->tcp, env->os->proc_fd, s->ref.pid, w->address, &own);
	if (r) {
		snprintf(detail, sizeof(detail), "TCP socket %" PRIu64, w->address);
		r = state_resource(env, w, detail, NULL, NULL, 0);
		return r ? r
			 : state_nobody(env, w,
					"the socket is not among those of its network namespace");
	}
	away = tcp_other_end(env->os->tcp, env->os->proc_fd, s->ref.pid, &own, &other);
	inet_end_text(&own.local, from);
	n = snprintf(detail, sizeof(detail), "%s, from %s",
		     full ? "buffer full" : "nothing to read", from);
	if (!away && !other.inode && other.state != TCP_STATE_SYN_SENT)
		snprintf(detail + n, sizeof(detail) - n, ", not accepted yet");
	n = 0;
	if (full) {
		state[n++] = (struct fact_number){"unsent_bytes", own.unsent};
		if (!away)
			state[n++] = (struct fact_number){"unread_bytes", other.unread};
	}
	r = state_end(env, w, &own.remote, detail, state, n);
	if (r)
		return r;
	if (away)
		return state_away(env, w, &own);
	end.inode = other.inode;
	return other.inode ? socket_end_state(env, s, w, &end)
			   : state_nobodys(env, s, w, &own, &other);
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	return w->id == CONNECT || w->id == BACKLOG ? describe_connect(env, s, w)
						    : describe_data(env, s, w);
}

static const struct probe_kind kinds[] = {
	{"tcp-full", CLASS_FULL, KNOWS_EXACT | KNOWS_INFERRED, 0},
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
