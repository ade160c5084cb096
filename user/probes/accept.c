// SPDX-License-Identifier: GPL-2.0
/*
 * A server that waits for a connection, or for a datagram by UDP. That is what
 * servers do all day; who will come is not known. It is a wait of its own so
 * that a report about who hangs on such a thread names the socket.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "../os/os.h"
#include "../os/sockets.h"
#include "../os/tcp_list.h"
#include "socket_end.h"
#include "state.h"
#include "unix_address.h"

/* wait.id */
enum { ACCEPT = 1, UDP };

static bool is_udp(const struct seen *s)
{
	return seen_in_kernel(s, "udp_recvmsg") || seen_in_kernel(s, "udpv6_recvmsg");
}

static int recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	bool accepts = s->syscall == SYS_accept || s->syscall == SYS_accept4;
	uint64_t inode;
	int r;

	if (s->state != 'S' || (!accepts && !is_udp(s)))
		return 0;
	r = socket_inode(os, s->ref.pid, (int)s->args[0], &inode);
	if (r)
		return r == -ENOTSOCK ? 0 : r;
	ret->kind = accepts ? "accept" : "udp-empty";
	ret->class = CLASS_PARK;
	ret->verb = accepts ? "waits for a connection to" : "receives from";
	ret->id = accepts ? ACCEPT : UDP;
	ret->address = inode;
	snprintf(ret->key, WAIT_KEY, "%s:%" PRIu64, ret->kind, inode);
	return 1;
}

static void name_socket(struct os *os, pid_t pid, uint64_t inode, char buf[UNIX_NAME])
{
	struct unix_socket u;
	struct tcp_socket t;
	char text[INET_END_TEXT];

	if (!sockets_by_inode(os->sockets, os->proc_fd, pid, inode, &u)) {
		unix_name(u.name, u.name_len, inode, buf);
	} else if (!tcp_by_inode(os->tcp, os->proc_fd, pid, inode, &t)) {
		inet_end_text(&t.local, text);
		snprintf(buf, UNIX_NAME, "TCP %s", text);
	} else if (!udp_by_inode(os->proc_fd, pid, inode, &t)) {
		inet_end_text(&t.local, text);
		snprintf(buf, UNIX_NAME, "UDP %s", text);
	} else {
		snprintf(buf, UNIX_NAME, "socket %" PRIu64, inode);
	}
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	char name[UNIX_NAME];
	int r;

	name_socket(env->os, s->ref.pid, w->address, name);
	r = state_resource(env, w, name, NULL, NULL, 0);
	return r ? r
		 : state_nobody(env, w,
				w->id == ACCEPT ? "who will connect is not known"
						: "anybody may send to it");
}

static const struct probe_kind kinds[] = {
	{"accept", CLASS_PARK, KNOWS_NOBODY, 0},
	{"udp-empty", CLASS_PARK, KNOWS_NOBODY, 0},
	{0},
};
static const int syscalls[] = {
	SYS_accept, SYS_accept4, SYS_read, SYS_readv, SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg, -1,
};

const struct probe probe_accept = {
	.kind = LT_KIND_ACCEPT,
	.name = "accept",
	.kinds = kinds,
	.syscalls = syscalls,
	.recognise = recognise,
	.describe = describe,
};
