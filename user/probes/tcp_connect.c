// SPDX-License-Identifier: GPL-2.0
/*
 * connect() by TCP, and connections that are not accepted: which listener of
 * this machine they lead to.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "../os/os.h"
#include "../os/reader.h"
#include "../os/tcp_diag.h"
#include "socket_end.h"
#include "state.h"
#include "tcp.h"

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

bool tcp_connect_is_backlog(struct os *os, const struct seen *s, uint64_t inode,
			    uint64_t *ret_listener)
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

int tcp_state_end(const struct probe_env *env, const struct wait *w, const struct inet_end *end,
		  const char *detail, const struct fact_number *state, size_t n)
{
	char text[INET_END_TEXT], name[INET_END_TEXT + 8];

	inet_end_text(end, text);
	snprintf(name, sizeof(name), "TCP %s", text);
	return state_resource(env, w, name, detail, state, n);
}

/* What is not on this machine, as far as can be seen. */
int tcp_state_away(const struct probe_env *env, const struct wait *w, const struct tcp_socket *own)
{
	char text[INET_END_TEXT], why[192];

	inet_end_text(&own->remote, text);
	snprintf(why, sizeof(why), "%s %s", text,
		 inet_end_is_loopback(&own->remote)
			 ? "was not found on this machine"
			 : "was not found on this machine; it may be another one");
	return state_nobody(env, w, why);
}

int tcp_state_listener(const struct probe_env *env, const struct seen *s, const struct wait *w,
		       const struct tcp_socket *own, pid_t pid)
{
	struct socket_end end = {
		.what = "the listening socket",
		.doubt = " with that port, and there are more",
	};
	struct tcp_socket listener;

	if (pid == s->ref.pid ? find_listener(env->os, pid, own, &listener, &end.sure)
			      : tcp_listener(env->os->tcp, env->os->proc_fd, pid, &own->remote,
					     &listener, &end.sure))
		return tcp_state_away(env, w, own);
	end.inode = listener.inode;
	return socket_end_state(env, s, w, &end);
}

int tcp_connect_describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
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
		if (w->class == CLASS_BACKLOG && b.queued <= b.limit)
			return -ESTALE;
		snprintf(detail, sizeof(detail), "%s%u queued, limit %u",
			 b.queued > b.limit ? "backlog full: " : "", b.queued, b.limit);
	}
	r = tcp_state_end(env, w, &own.remote, detail, state, n);
	return r ? r : tcp_state_listener(env, s, w, &own, s->ref.pid);
}
