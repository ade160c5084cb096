// SPDX-License-Identifier: GPL-2.0
/*
 * Unix sockets by sock_diag: with the peer, the fill level and the inode of the
 * name, which /proc/net/unix has not.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "child.h"
#include "unix_list.h"

#define STATE_ESTABLISHED 1 /* unix sockets use TCP's numbers */
#define STATE_LISTEN	  10

/* The kernel answers at once, unless it loads the module first. */
#define ASK_NS 1000000000ull

static void take_attribute(struct unix_socket *s, struct rtattr *a)
{
	const void *data = RTA_DATA(a);
	size_t size = RTA_PAYLOAD(a);

	if (a->rta_type == UNIX_DIAG_NAME) {
		unix_take_name(s, data, size);
	} else if (a->rta_type == UNIX_DIAG_VFS && size >= sizeof(struct unix_diag_vfs)) {
		const struct unix_diag_vfs *v = data;

		s->name_inode = v->udiag_vfs_ino;
		s->name_dev = v->udiag_vfs_dev;
	} else if (a->rta_type == UNIX_DIAG_PEER && size >= sizeof(uint32_t)) {
		s->peer = *(const uint32_t *)data;
		/* it has no inode before accept() */
		s->unaccepted = !s->peer;
	} else if (a->rta_type == UNIX_DIAG_RQLEN && size >= sizeof(struct unix_diag_rqlen)) {
		const struct unix_diag_rqlen *q = data;

		/* bytes for a connected stream, connections for a listener */
		s->queued = q->udiag_rqueue;
		if (s->listens)
			s->backlog = q->udiag_wqueue;
		else
			s->written = q->udiag_wqueue;
	}
}

/* Inodes of those whose connections wait in a listener. */
static int take_pending(struct unix_list *l, uint64_t listener, const struct rtattr *a)
{
	const uint32_t *clients = RTA_DATA(a);
	int r = 0;

	for (size_t i = 0; !r && i < RTA_PAYLOAD(a) / sizeof(*clients); i++)
		r = unix_list_add_pending(l, clients[i], listener);
	return r;
}

/* One socket; who waits to be accepted goes to l, if there is one. */
static int take_socket(const struct nlmsghdr *h, struct unix_list *l, struct unix_socket *ret)
{
	struct unix_diag_msg *m = NLMSG_DATA(h);
	struct unix_socket s = {.queued = -1, .backlog = -1, .written = -1};
	int left, r = 0;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*m)))
		return -EPROTO;
	s.inode = m->udiag_ino;
	s.type = m->udiag_type;
	s.listens = m->udiag_state == STATE_LISTEN;
	s.connected = m->udiag_state == STATE_ESTABLISHED;
	left = h->nlmsg_len - NLMSG_LENGTH(sizeof(*m));
	for (struct rtattr *a = (struct rtattr *)(m + 1); !r && RTA_OK(a, left);
	     a = RTA_NEXT(a, left)) {
		if (a->rta_type != UNIX_DIAG_ICONS)
			take_attribute(&s, a);
		else if (l)
			r = take_pending(l, s.inode, a);
	}
	*ret = s;
	return r;
}

static int error_of(const struct nlmsghdr *h)
{
	const struct nlmsgerr *e = NLMSG_DATA(h);

	return h->nlmsg_len >= NLMSG_LENGTH(sizeof(*e)) && e->error ? e->error : -EPROTO;
}

/* Returns 1 at the end of the dump, 0 to go on, or -errno. */
static int take_buffer(struct unix_list *l, struct nlmsghdr *h, size_t n)
{
	for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
		struct unix_socket s;
		int r;

		if (h->nlmsg_type == NLMSG_DONE)
			return 1;
		r = h->nlmsg_type == NLMSG_ERROR ? error_of(h) : take_socket(h, l, &s);
		if (!r)
			r = unix_list_add(l, &s);
		if (r)
			return r;
	}
	return 0;
}

/* inode 0: all of them. Returns a descriptor to read the answer from, or -errno. */
static int ask(uint64_t inode)
{
	struct {
		struct nlmsghdr h;
		struct unix_diag_req r;
	} request = {
		.h = {.nlmsg_len = sizeof(request),
		      .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		      .nlmsg_flags = NLM_F_REQUEST | (inode ? 0 : NLM_F_DUMP)},
		.r = {.sdiag_family = AF_UNIX,
		      .udiag_states = -1,
		      .udiag_ino = (uint32_t)inode,
		      .udiag_cookie = {-1, -1},
		      .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_PEER |
				    UDIAG_SHOW_RQLEN | UDIAG_SHOW_ICONS},
	};
	const struct timeval second = {.tv_sec = 1};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG), err;

	if (fd < 0)
		return -errno;
	/* the kernel answers at once; this only keeps a fault of it from being ours */
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	if (send(fd, &request, sizeof(request), 0) >= 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* Returns the size of the next part, or -errno. */
static ssize_t receive(int fd, char *buf, size_t size)
{
	ssize_t n;

	do
		n = recv(fd, buf, size, 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n ? n : -EPROTO;
}

int unix_list_diag(struct unix_list *ret)
{
	_Alignas(struct nlmsghdr) char buf[32768];
	struct unix_list l = {0};
	int fd = ask(0), r = 0;

	if (fd < 0)
		return fd;
	while (!r) {
		ssize_t n = receive(fd, buf, sizeof(buf));

		r = n < 0 ? (int)n : take_buffer(&l, (struct nlmsghdr *)buf, n);
	}
	close(fd);
	if (r < 0) {
		unix_list_free(&l);
		return r;
	}
	*ret = l;
	return 0;
}

struct question {
	int ns_fd;
	uint64_t inode;
};

static int ask_inside(const void *question, void *answer)
{
	_Alignas(struct nlmsghdr) char buf[4096];
	const struct question *q = question;
	struct nlmsghdr *h = (struct nlmsghdr *)buf;
	ssize_t n;
	int fd;

	if (setns(q->ns_fd, CLONE_NEWNET))
		return -errno;
	fd = ask(q->inode);
	if (fd < 0)
		return fd;
	n = receive(fd, buf, sizeof(buf));
	close(fd);
	if (n < 0)
		return (int)n;
	if (!NLMSG_OK(h, (size_t)n))
		return -EPROTO;
	return h->nlmsg_type == NLMSG_ERROR ? error_of(h) : take_socket(h, NULL, answer);
}

int unix_ask_inside(int proc_fd, pid_t pid, uint64_t inode, struct unix_socket *ret)
{
	struct question q = {.inode = inode};
	struct unix_socket s;
	char path[32];
	int r;

	snprintf(path, sizeof(path), "%d/ns/net", pid);
	q.ns_fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (q.ns_fd < 0)
		return -errno;
	r = child_ask(ask_inside, &q, &s, sizeof(s), ASK_NS);
	close(q.ns_fd);
	if (!r)
		*ret = s;
	return r;
}
