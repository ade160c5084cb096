// SPDX-License-Identifier: GPL-2.0
/*
 * Unix sockets whose other side has no room: a connect() to a listener whose
 * backlog is full, a datagram to a socket whose queue is full. Both sleep in
 * unix_wait_for_peer() until that side takes something.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "../os/ns.h"
#include "../os/os.h"
#include "../os/sockets.h"
#include "socket_end.h"
#include "state.h"
#include "unix_address.h"

/* wait.id */
enum { SURE = 1, GUESSED, UNRESOLVED };

/* Where a blocked datagram goes. */
static int find_receiver(struct os *os, const struct seen *s, struct unix_socket *ret)
{
	if (s->hook_kind == LT_KIND_UNIX_PEER && s->hook_key)
		return sockets_by_inode(os->sockets, os->proc_fd, s->ref.pid, s->hook_key, ret);
	return unix_receiver(os, s, (int)s->args[0], ret);
}

static int find_listener(struct os *os, const struct seen *s, struct unix_socket *ret,
			 bool *ret_sure)
{
	struct unix_address a;
	int r;

	if (s->hook_kind == LT_KIND_UNIX_PEER && s->hook_key &&
	    !sockets_by_inode(os->sockets, os->proc_fd, s->ref.pid, s->hook_key, ret)) {
		*ret_sure = true;
		return 0;
	}
	r = unix_address_read(os, s->ref.pid, s->args[1], s->args[2], &a);
	return r ? r
		 : sockets_listener(os->sockets, os->proc_fd, s->ref.pid, a.path, a.len, ret,
				    ret_sure);
}

/* The resource is not found: threads of one process that use one descriptor still share it. */
static void key_by_descriptor(const struct seen *s, struct wait *w)
{
	w->id = UNRESOLVED;
	snprintf(w->key, WAIT_KEY, "unix:fd:%d:%d", s->ref.pid, (int)s->args[0]);
}

static int recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	bool connects = s->syscall == SYS_connect;
	bool hooked = s->hook_kind == LT_KIND_UNIX_PEER;
	struct unix_socket peer;
	bool sure = true;
	uint64_t ns = 0;
	struct unix_address a;
	int r;

	if (s->state == 'R')
		return 0;
	if (!hooked && !seen_in_kernel(s, "unix_wait_for_peer")) {
		/* without a kernel stack only connect() tells: there is nothing else to sleep in */
		if (s->n_kframes || !connects || s->state != 'S')
			return 0;
		r = unix_address_read(os, s->ref.pid, s->args[1], s->args[2], &a);
		if (r)
			return r == -EAFNOSUPPORT ? 0 : r;
	}
	ret->kind = connects ? "unix-backlog-full" : "unix-dgram-full";
	ret->class = connects ? CLASS_BACKLOG : CLASS_FULL;
	ret->verb = connects ? "connects to" : "sends to";
	r = connects ? find_listener(os, s, &peer, &sure) : find_receiver(os, s, &peer);
	if (r) {
		key_by_descriptor(s, ret);
		return 1;
	}
	if (ns_inode(os->proc_fd, s->ref.pid, "net", &ns))
		ns = 0;
	ret->id = sure ? SURE : GUESSED;
	ret->address = peer.inode;
	snprintf(ret->key, WAIT_KEY, "unix:%" PRIu64 ":%" PRIu64, ns, peer.inode);
	return 1;
}

static int state_socket(const struct probe_env *env, const struct wait *w,
			const struct unix_socket *u)
{
	struct fact_number state[2];
	char name[UNIX_NAME], detail[96] = "";
	size_t n = 0;

	unix_name(u->name, u->name_len, u->inode, name);
	if (u->listens && u->queued >= 0 && u->backlog >= 0)
		snprintf(detail, sizeof(detail), "backlog full: %" PRId64 " queued, limit %" PRId64,
			 u->queued, u->backlog);
	else
		snprintf(detail, sizeof(detail), u->listens ? "backlog full" : "queue full");
	if (u->queued >= 0)
		state[n++] = (struct fact_number){"queued", u->queued};
	if (u->backlog >= 0)
		state[n++] = (struct fact_number){"limit", u->backlog};
	return state_resource(env, w, name, detail, state, n);
}

static int state_unresolved(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	char name[UNIX_NAME];
	struct unix_address a;
	int r;

	if (w->class == CLASS_BACKLOG &&
	    !unix_address_read(env->os, s->ref.pid, s->args[1], s->args[2], &a))
		unix_name(a.path, a.len, 0, name);
	else
		snprintf(name, sizeof(name), "the peer of unix socket %d of %d", (int)s->args[0],
			 s->ref.pid);
	r = state_resource(env, w, name, NULL, NULL, 0);
	return r ? r : state_nobody(env, w, "the socket at the other side was not found");
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	struct socket_end end;
	struct unix_socket u;
	int r;

	if (w->id == UNRESOLVED)
		return state_unresolved(env, s, w);
	r = sockets_by_inode(env->os->sockets, env->os->proc_fd, s->ref.pid, w->address, &u);
	if (r)
		return -ESTALE;
	sockets_complete(env->os->sockets, env->os->proc_fd, s->ref.pid, &u);
	end = (struct socket_end){
		.inode = u.inode,
		.what = u.listens ? "the listening socket" : "the socket",
		.sure = w->id == SURE,
		.doubt = " of that name, and there are more",
	};
	r = state_socket(env, w, &u);
	return r ? r : socket_end_state(env, s, w, &end);
}

static const struct probe_kind kinds[] = {
	{"unix-backlog-full", CLASS_BACKLOG, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{"unix-dgram-full", CLASS_FULL, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{0},
};
static const int syscalls[] = {
	SYS_connect, SYS_sendto, SYS_sendmsg, SYS_sendmmsg, SYS_write, SYS_writev, -1,
};

const struct probe probe_unix_peer = {
	.kind = LT_KIND_UNIX_PEER,
	.name = "unix_peer",
	.kinds = kinds,
	.syscalls = syscalls,
	.unseen = "when waits on unix sockets began",
	.recognise = recognise,
	.describe = describe,
};
