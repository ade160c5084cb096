// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "unix_list.h"

/* A machine with more unix sockets than this has another problem first. */
#define LIST_MAX 262144

#define STATE_ESTABLISHED 1 /* unix sockets use TCP's numbers */
#define STATE_LISTEN	  10
#define FLAG_ACCEPTCON	  (1 << 16) /* __SO_ACCEPTCON in the flags of /proc/net/unix */
#define PROC_CONNECTED	  3	    /* SS_CONNECTED there */

/* Room for one more, for both arrays of a list. Returns where it is now, or NULL. */
static void *grown(void *items, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 256;
	void *p;

	if (n < *room)
		return items;
	p = realloc(items, more * size);
	if (p)
		*room = more;
	return p;
}

static int append(struct unix_list *l, const struct unix_socket *item)
{
	struct unix_socket *items;

	if (l->n == LIST_MAX)
		return -E2BIG;
	items = grown(l->items, l->n, &l->room, sizeof(*items));
	if (!items)
		return -ENOMEM;
	l->items = items;
	l->items[l->n++] = *item;
	return 0;
}

static int append_pending(struct unix_list *l, uint64_t client, uint64_t listener)
{
	struct unix_pending *pending;

	if (l->n_pending == LIST_MAX)
		return -E2BIG;
	pending = grown(l->pending, l->n_pending, &l->pending_room, sizeof(*pending));
	if (!pending)
		return -ENOMEM;
	l->pending = pending;
	l->pending[l->n_pending++] = (struct unix_pending){client, listener};
	return 0;
}

void unix_list_free(struct unix_list *l)
{
	free(l->items);
	free(l->pending);
	*l = (struct unix_list){0};
}

static void take_name(struct unix_socket *s, const char *name, size_t len)
{
	/* the kernel counts the NUL that ends a path; in an abstract name each byte is meant */
	if (len && name[0])
		len = strnlen(name, len);
	if (len > sizeof(s->name))
		len = sizeof(s->name);
	memcpy(s->name, name, len);
	s->name_len = len;
}

static void take_attribute(struct unix_socket *s, struct rtattr *a)
{
	const void *data = RTA_DATA(a);
	size_t size = RTA_PAYLOAD(a);

	if (a->rta_type == UNIX_DIAG_NAME) {
		take_name(s, data, size);
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
static int take_pending(struct unix_list *l, const struct unix_socket *s, struct rtattr *a)
{
	const uint32_t *clients = RTA_DATA(a);
	int r = 0;

	for (size_t i = 0; !r && i < RTA_PAYLOAD(a) / sizeof(*clients); i++)
		r = append_pending(l, clients[i], s->inode);
	return r;
}

static int take_message(struct unix_list *l, struct nlmsghdr *h)
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
		if (a->rta_type == UNIX_DIAG_ICONS)
			r = take_pending(l, &s, a);
		else
			take_attribute(&s, a);
	}
	return r ? r : append(l, &s);
}

/* Returns 1 at the end of the dump, 0 to go on, or -errno. */
static int take_buffer(struct unix_list *l, struct nlmsghdr *h, size_t n)
{
	for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
		int r;

		if (h->nlmsg_type == NLMSG_DONE)
			return 1;
		if (h->nlmsg_type == NLMSG_ERROR) {
			const struct nlmsgerr *e = NLMSG_DATA(h);

			return h->nlmsg_len >= NLMSG_LENGTH(sizeof(*e)) && e->error ? e->error
										    : -EPROTO;
		}
		r = take_message(l, h);
		if (r)
			return r;
	}
	return 0;
}

static int dump(int fd, struct unix_list *l)
{
	struct {
		struct nlmsghdr h;
		struct unix_diag_req r;
	} request = {
		.h = {.nlmsg_len = sizeof(request),
		      .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		      .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.r = {.sdiag_family = AF_UNIX,
		      .udiag_states = -1,
		      .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_PEER |
				    UDIAG_SHOW_RQLEN | UDIAG_SHOW_ICONS},
	};
	_Alignas(struct nlmsghdr) char buf[32768];
	int r = 0;

	if (send(fd, &request, sizeof(request), 0) < 0)
		return -errno;
	while (!r) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EPROTO;
		r = take_buffer(l, (struct nlmsghdr *)buf, n);
	}
	return r < 0 ? r : 0;
}

int unix_list_diag(struct unix_list *ret)
{
	struct timeval second = {.tv_sec = 1};
	struct unix_list l = {0};
	int fd, r;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	if (fd < 0)
		return -errno;
	/* the kernel answers at once; this only keeps a fault of it from being ours */
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	r = dump(fd, &l);
	close(fd);
	if (r) {
		unix_list_free(&l);
		return r;
	}
	*ret = l;
	return 0;
}

int unix_parse_line(const char *line, struct unix_socket *ret)
{
	struct unix_socket s = {.queued = -1, .backlog = -1, .written = -1};
	unsigned int flags, type, state;
	int path = 0;
	size_t len;

	if (sscanf(line, "%*[^:]: %*x %*x %x %x %x %" SCNu64 "%n", &flags, &type, &state, &s.inode,
		   &path) != 4)
		return -EINVAL;
	s.type = (int)type;
	s.listens = flags & FLAG_ACCEPTCON;
	s.connected = state == PROC_CONNECTED;
	if (line[path] == ' ') {
		len = strcspn(line + path + 1, "\n");
		take_name(&s, line + path + 1, len);
		/* abstract names are shown with @ for each NUL: only the first is sure */
		if (s.name_len && s.name[0] == '@')
			s.name[0] = '\0';
	}
	*ret = s;
	return 0;
}

int unix_list_proc(int proc_fd, pid_t pid, struct unix_list *ret)
{
	struct unix_list l = {0};
	char path[48], line[256];
	int fd, r = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%d/net/unix", pid);
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	while (!r && fgets(line, sizeof(line), f)) {
		struct unix_socket s;

		if (!unix_parse_line(line, &s))
			r = append(&l, &s);
	}
	fclose(f);
	if (r) {
		unix_list_free(&l);
		return r;
	}
	*ret = l;
	return 0;
}
