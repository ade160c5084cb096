// SPDX-License-Identifier: GPL-2.0
#include "tcp_diag.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "child.h"
#include "ns.h"

/* The kernel answers at once, unless it loads the module first. */
#define ASK_NS 1000000000ull

struct question {
	int ns_fd; /* -1: our own */
	struct tcp_socket listener;
};

static void fill(const struct tcp_socket *l, struct inet_diag_req_v2 *ret)
{
	*ret = (struct inet_diag_req_v2){
		.sdiag_family = l->v6 ? AF_INET6 : AF_INET,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = 1 << TCP_STATE_LISTEN,
		.id = {.idiag_sport = htons(l->local.port),
		       .idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}},
	};
	if (l->v6)
		memcpy(ret->id.idiag_src, &l->local.address, sizeof(ret->id.idiag_src));
	else
		memcpy(ret->id.idiag_src, &l->local.address.s6_addr[12], 4);
}

static int take_answer(const struct nlmsghdr *h, size_t n, uint64_t inode, struct tcp_backlog *ret)
{
	const struct inet_diag_msg *m = NLMSG_DATA(h);
	const struct nlmsgerr *e = NLMSG_DATA(h);

	if (!NLMSG_OK(h, n))
		return -EPROTO;
	if (h->nlmsg_type == NLMSG_ERROR)
		return h->nlmsg_len >= NLMSG_LENGTH(sizeof(*e)) && e->error ? e->error : -EPROTO;
	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*m)))
		return -EPROTO;
	if (m->idiag_state != TCP_STATE_LISTEN || m->idiag_inode != (uint32_t)inode)
		return -ENOENT;
	ret->queued = m->idiag_rqueue;
	ret->limit = m->idiag_wqueue;
	return 0;
}

static int ask(const struct tcp_socket *listener, struct tcp_backlog *ret)
{
	struct {
		struct nlmsghdr h;
		struct inet_diag_req_v2 r;
	} request = {
		.h = {.nlmsg_len = sizeof(request),
		      .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		      .nlmsg_flags = NLM_F_REQUEST},
	};
	const struct timeval second = {.tv_sec = 1};
	_Alignas(struct nlmsghdr) char buf[4096] = {0};
	ssize_t n;
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	fill(listener, &request.r);
	n = send(fd, &request, sizeof(request), 0);
	if (n >= 0)
		n = recv(fd, buf, sizeof(buf), 0);
	if (n < 0)
		n = -errno;
	close(fd);
	return n < 0 ? (int)n : take_answer((const struct nlmsghdr *)buf, n, listener->inode, ret);
}

static int ask_inside(const void *question, void *answer)
{
	const struct question *q = question;

	if (setns(q->ns_fd, CLONE_NEWNET))
		return -errno;
	return ask(&q->listener, answer);
}

int tcp_backlog(int proc_fd, pid_t pid, const struct tcp_socket *listener, struct tcp_backlog *ret)
{
	struct question q = {.ns_fd = -1, .listener = *listener};
	struct tcp_backlog backlog;
	uint64_t ours = 0, theirs;
	char path[32];
	int r;

	r = ns_inode(proc_fd, 0, "net", &ours);
	if (r || ns_inode(proc_fd, pid, "net", &theirs) || ours == theirs)
		return ask(listener, ret);
	snprintf(path, sizeof(path), "%d/ns/net", pid);
	q.ns_fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (q.ns_fd < 0)
		return -errno;
	r = child_ask(ask_inside, &q, &backlog, sizeof(backlog), ASK_NS);
	close(q.ns_fd);
	if (!r)
		*ret = backlog;
	return r;
}
