// SPDX-License-Identifier: GPL-2.0
/*
 * Unix sockets whose other side has no room: a connect() to a listener whose
 * backlog is full, a datagram to a socket whose queue is full. Both sleep in
 * unix_wait_for_peer() until that side takes something.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "../os/holders.h"
#include "../os/ns.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "../os/reader.h"
#include "../os/sockets.h"
#include "state.h"

/* wait.id */
enum { SURE = 1, GUESSED, UNRESOLVED };

#define NAME 256

struct address {
	size_t len;
	char path[UNIX_NAME_MAX]; /* abstract names begin with NUL */
};

/* Returns 0, -EAFNOSUPPORT if it is not a unix address, or -errno. */
static int read_address(struct os *os, pid_t pid, uint64_t at, uint64_t len, struct address *ret)
{
	struct sockaddr_un un;
	struct address a;
	int r;

	if (!at || len <= offsetof(struct sockaddr_un, sun_path) || len > sizeof(un))
		return -EAFNOSUPPORT;
	r = reader_memory_all(os->reader, pid, at, &un, len);
	if (r)
		return r;
	if (un.sun_family != AF_UNIX)
		return -EAFNOSUPPORT;
	a.len = len - offsetof(struct sockaddr_un, sun_path);
	if (un.sun_path[0])
		a.len = strnlen(un.sun_path, a.len);
	memcpy(a.path, un.sun_path, a.len);
	*ret = a;
	return 0;
}

static int own_inode(struct os *os, const struct seen *s, uint64_t *ret)
{
	char link[64];
	int r = proc_fd_name(os->proc_fd, s->ref.pid, (int)s->args[0], link, sizeof(link));

	if (r < 0)
		return r;
	return sscanf(link, "socket:[%" SCNu64 "]", ret) == 1 ? 0 : -ENOTSOCK;
}

/* Where a blocked datagram goes: to the address of sendto(), else to the connected peer. */
static int find_receiver(struct os *os, const struct seen *s, struct unix_socket *ret)
{
	struct unix_socket own;
	struct address a;
	uint64_t inode;
	int r;

	if (s->hook_kind == LT_KIND_UNIX_PEER && s->hook_key)
		return sockets_by_inode(os->sockets, os->proc_fd, s->ref.pid, s->hook_key, ret);
	if (s->syscall == SYS_sendto && s->args[4]) {
		r = read_address(os, s->ref.pid, s->args[4], s->args[5], &a);
		return r ? r
			 : sockets_by_name(os->sockets, os->proc_fd, s->ref.pid, a.path, a.len,
					   ret);
	}
	r = own_inode(os, s, &inode);
	if (!r)
		r = sockets_by_inode(os->sockets, os->proc_fd, s->ref.pid, inode, &own);
	if (r)
		return r;
	return own.peer ? sockets_by_inode(os->sockets, os->proc_fd, s->ref.pid, own.peer, ret)
			: -ENOENT;
}

static int find_listener(struct os *os, const struct seen *s, struct unix_socket *ret,
			 bool *ret_sure)
{
	struct address a;
	int r;

	if (s->hook_kind == LT_KIND_UNIX_PEER && s->hook_key &&
	    !sockets_by_inode(os->sockets, os->proc_fd, s->ref.pid, s->hook_key, ret)) {
		*ret_sure = true;
		return 0;
	}
	r = read_address(os, s->ref.pid, s->args[1], s->args[2], &a);
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
	struct address a;
	int r;

	if (s->state == 'R')
		return 0;
	if (!hooked && !seen_in_kernel(s, "unix_wait_for_peer")) {
		/* without a kernel stack only connect() tells: there is nothing else to sleep in */
		if (s->n_kframes || !connects)
			return 0;
		r = read_address(os, s->ref.pid, s->args[1], s->args[2], &a);
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

/* Names come from the target: what is not printable is shown as such. */
static void printable(const char *name, size_t len, char *buf, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < len && used + 5 < size; i++) {
		unsigned char c = name[i];

		if (!i && !c)
			buf[used++] = '@';
		else if (isprint(c) && c != '\\')
			buf[used++] = c;
		else
			used += snprintf(buf + used, size - used, "\\x%02x", c);
	}
	buf[used] = '\0';
}

static int state_socket(const struct probe_env *env, const struct wait *w,
			const struct unix_socket *u)
{
	struct fact_number state[2];
	char path[NAME], name[NAME + 32], detail[96] = "";
	size_t n = 0;

	if (u->name_len) {
		printable(u->name, u->name_len, path, sizeof(path));
		snprintf(name, sizeof(name), "unix socket %s", path);
	} else {
		snprintf(name, sizeof(name), "unix socket %" PRIu64 " (without a name)", u->inode);
	}
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
	char path[NAME], name[NAME + 32];
	struct address a;
	int r;

	if (w->class == CLASS_BACKLOG &&
	    !read_address(env->os, s->ref.pid, s->args[1], s->args[2], &a)) {
		printable(a.path, a.len, path, sizeof(path));
		snprintf(name, sizeof(name), "unix socket %s", path);
	} else {
		snprintf(name, sizeof(name), "the peer of unix socket %d of %d", (int)s->args[0],
			 s->ref.pid);
	}
	r = state_resource(env, w, name, NULL, NULL, 0);
	return r ? r : state_nobody(env, w, "the socket at the other side was not found");
}

/*
 * The pid that the kernel keeps for a listener is that of listen(), which may
 * have handed the socket on (socket activation); so whoever has it is asked.
 */
static int state_holders(const struct probe_env *env, const struct wait *w,
			 const struct unix_socket *u)
{
	const char *what = u->listens ? "the listening socket" : "the socket";
	struct held held = held_link("socket", u->inode);
	struct holder_list l;
	char why[128];
	int r;

	r = holders_of(env->os->holders, env->os->proc_fd, &held, &l);
	if (r)
		return state_nobody(env, w, "the descriptors of other processes cannot be read");
	if (!l.n) {
		snprintf(why, sizeof(why), "no process %swas found to have %s",
			 l.unseen ? "that may be looked at " : "", what);
		return state_nobody(env, w, why);
	}
	if (l.n == 1 && !l.unseen && w->id == SURE) {
		snprintf(why, sizeof(why), "the only process with %s", what);
		return state_process(env, w, l.pids[0], EVIDENCE_EXACT, why);
	}
	if (w->id != SURE)
		snprintf(why, sizeof(why),
			 "has a listening socket of that name, and there are more");
	else if (l.n == 1)
		snprintf(why, sizeof(why), "has %s; %zu other processes could not be looked at",
			 what, l.unseen);
	else
		snprintf(why, sizeof(why), "one of %zu processes with %s", l.n, what);
	for (size_t i = 0; i < l.n; i++) {
		r = state_process(env, w, l.pids[i], EVIDENCE_INFERRED, why);
		if (r)
			return r;
	}
	return 0;
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	struct unix_socket u;
	int r;

	if (w->id == UNRESOLVED)
		return state_unresolved(env, s, w);
	r = sockets_by_inode(env->os->sockets, env->os->proc_fd, s->ref.pid, w->address, &u);
	if (r)
		return -ESTALE;
	r = state_socket(env, w, &u);
	return r ? r : state_holders(env, w, &u);
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
