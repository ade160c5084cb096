// SPDX-License-Identifier: GPL-2.0
/*
 * Connected unix sockets: a writer whose buffer is full, a reader that has
 * nothing to read. Who can end that has the other end. Datagram sockets are
 * here too, for their receivers, and for senders whose own buffer is full of
 * datagrams that nobody has taken; those that find the receiver's queue full
 * are in unix_peer.c.
 *
 * There is no hook: these functions are entered for every message.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "../os/os.h"
#include "../os/sockets.h"
#include "socket_end.h"
#include "state.h"
#include "unix_address.h"

enum sort { NOTHING, STREAM_FULL, DGRAM_FULL, STREAM_EMPTY, DGRAM_EMPTY };

static const struct {
	const char *kind;
	enum wait_class class;
	const char *verb;
	const char *room; /* what the key ends with */
} sorts[] = {
	[STREAM_FULL] = {"unix-stream-full", CLASS_FULL, "writes to", "send"},
	[DGRAM_FULL] = {"unix-dgram-full", CLASS_FULL, "sends to", "send"},
	[STREAM_EMPTY] = {"unix-stream-empty", CLASS_EMPTY, "reads from", "receive"},
	[DGRAM_EMPTY] = {"unix-dgram-empty", CLASS_EMPTY, "receives from", "receive"},
};

/* By where it is in the kernel. Of a packet socket the frames are those of a datagram one. */
static enum sort sort_by_stack(const struct seen *s)
{
	if (seen_in_kernel(s, "sock_alloc_send_pskb")) {
		if (seen_in_kernel(s, "unix_dgram_sendmsg"))
			return DGRAM_FULL;
		return seen_in_kernel(s, "unix_stream_sendmsg") ||
				       seen_in_kernel(s, "unix_stream_sendpage")
			       ? STREAM_FULL
			       : NOTHING;
	}
	if (seen_in_kernel(s, "unix_stream_read_generic"))
		return STREAM_EMPTY;
	if (seen_in_kernel(s, "__skb_wait_for_more_packets") &&
	    (seen_in_kernel(s, "__unix_dgram_recvmsg") || seen_in_kernel(s, "unix_dgram_recvmsg")))
		return DGRAM_EMPTY;
	return NOTHING;
}

/* Without a stack: there is nothing else to sleep in for who sends or receives on such a socket. */
static enum sort sort_by_socket(const struct unix_socket *u, enum socket_side side)
{
	if (u->listens)
		return NOTHING;
	if (side == SOCKET_SENDS)
		return u->type == SOCK_DGRAM ? DGRAM_FULL : STREAM_FULL;
	return u->type == SOCK_STREAM ? STREAM_EMPTY : DGRAM_EMPTY;
}

static const char *const sleepers[] = {"sock_alloc_send_pskb", "unix_stream_read_generic",
				       "unix_stream_data_wait", "__skb_wait_for_more_packets",
				       NULL};

static int find_own(struct os *os, const struct seen *s, uint64_t inode, struct unix_socket *ret)
{
	return sockets_by_inode(os->sockets, os->proc_fd, s->ref.pid, inode, ret);
}

static int recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	enum sort sort = sort_by_stack(s);
	bool sends = sort == STREAM_FULL || sort == DGRAM_FULL;
	struct unix_socket own;
	enum socket_side side;
	uint64_t inode;
	int fd, r;

	if (s->state != 'S' || (sort == NOTHING && !socket_stack_hidden(s, sleepers)))
		return 0;
	side = socket_call(s, sends, &fd);
	if (side == SOCKET_NONE)
		return 0;
	r = socket_inode(os, s->ref.pid, fd, &inode);
	if (r)
		return r == -ENOTSOCK ? 0 : r;
	if (sort == NOTHING || sort == DGRAM_FULL) {
		r = find_own(os, s, inode, &own);
		if (!r && sort == NOTHING)
			sort = sort_by_socket(&own, side);
		else if (!r && own.type == SOCK_SEQPACKET)
			sort = STREAM_FULL;
		if (sort == NOTHING)
			return 0;
	}
	ret->kind = sorts[sort].kind;
	ret->class = sorts[sort].class;
	ret->verb = sorts[sort].verb;
	ret->id = sort;
	ret->address = inode;
	ret->address2 = (uint64_t)fd;
	snprintf(ret->key, WAIT_KEY, "unix:%" PRIu64 ":%s", inode, sorts[sort].room);
	return 1;
}

/* A connection is called by its server's name, from either end. */
static int state_socket(const struct probe_env *env, const struct wait *w,
			const struct unix_socket *own, const struct unix_socket *other)
{
	bool full = w->class == CLASS_FULL;
	const struct unix_socket *named = other && (other->name_len || w->id == DGRAM_FULL) ? other
											    : own;
	struct fact_number state[1];
	char name[UNIX_NAME], detail[96];
	size_t n = 0;

	unix_name(named->name, named->name_len, named->inode, name);
	snprintf(detail, sizeof(detail), "%s",
		 !full		       ? "nothing to read"
		 : w->id == DGRAM_FULL ? "the sender's buffer is full"
				       : "buffer full");
	if (full && own->written >= 0) {
		state[n++] = (struct fact_number){"unread_bytes", own->written};
		snprintf(detail, sizeof(detail), "%s, %" PRId64 " bytes not read",
			 w->id == DGRAM_FULL ? "the sender's buffer is full" : "buffer full",
			 own->written);
	}
	if (own->unaccepted)
		snprintf(detail, sizeof(detail), "the connection is not accepted yet");
	return state_resource(env, w, name, detail, state, n);
}

/* The socket at the other side, and how sure that is. Returns 0, or -ENOENT with the reason. */
static int find_other(const struct probe_env *env, const struct seen *s, const struct wait *w,
		      const struct unix_socket *own, struct unix_socket *ret,
		      struct socket_end *end, const char **ret_why)
{
	struct sockets *sockets = env->os->sockets;
	int proc_fd = env->os->proc_fd;

	*end = (struct socket_end){.what = "the other end", .sure = true};
	*ret_why = own->queued < 0 ? "the kernel tells the other end only by its module unix_diag, "
				     "and not of another network namespace"
				   : "its other end was not found";
	if (w->id == DGRAM_FULL) {
		end->what = "the receiving socket";
		end->sure = own->peer;
		end->doubt = "; datagrams to others may fill the buffer too";
		*ret_why = "the receiver was not found";
		if (unix_receiver(env->os, s, (int)w->address2, ret))
			return -ENOENT;
	} else if (own->unaccepted) {
		end->what = "the listening socket";
		if (sockets_unaccepted(sockets, proc_fd, s->ref.pid, own->inode, ret))
			return -ENOENT;
	} else if (!own->peer) {
		if (own->type == SOCK_DGRAM)
			*ret_why = "anybody may send to it";
		return -ENOENT;
	} else if (sockets_by_inode(sockets, proc_fd, s->ref.pid, own->peer, ret)) {
		*ret = (struct unix_socket){.inode = own->peer};
	}
	end->inode = ret->inode;
	return 0;
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	struct unix_socket own, other;
	struct wait whole = *w;
	struct socket_end end;
	const char *why;
	int r, found;

	if (find_own(env->os, s, w->address, &own)) {
		own = (struct unix_socket){.inode = w->address, .queued = -1, .written = -1};
		r = state_socket(env, w, &own, NULL);
		return r ? r
			 : state_nobody(env, w,
					"the socket is not among those of its network namespace");
	}
	sockets_complete(env->os->sockets, env->os->proc_fd, s->ref.pid, &own);
	if (w->id == DGRAM_EMPTY && own.type == SOCK_SEQPACKET)
		whole.kind = sorts[STREAM_EMPTY].kind;
	found = find_other(env, s, w, &own, &other, &end, &why);
	r = state_socket(env, &whole, &own, found ? NULL : &other);
	if (r)
		return r;
	return found ? state_nobody(env, w, why) : socket_end_state(env, s, w, &end);
}

static const struct probe_kind kinds[] = {
	{"unix-stream-full", CLASS_FULL, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{"unix-stream-empty", CLASS_EMPTY, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{"unix-dgram-full", CLASS_FULL, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{"unix-dgram-empty", CLASS_EMPTY, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{0},
};
static const int syscalls[] = {
	SYS_write, SYS_writev, SYS_sendto,   SYS_sendmsg, SYS_sendmmsg, SYS_sendfile, SYS_splice,
	SYS_read,  SYS_readv,  SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg, -1,
};

const struct probe probe_unix_stream = {
	.kind = LT_KIND_UNIX_STREAM,
	.name = "unix_stream",
	.kinds = kinds,
	.syscalls = syscalls,
	.recognise = recognise,
	.describe = describe,
};
