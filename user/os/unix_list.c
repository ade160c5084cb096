// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

int unix_list_add(struct unix_list *l, const struct unix_socket *item)
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

int unix_list_add_pending(struct unix_list *l, uint64_t client, uint64_t listener)
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

void unix_take_name(struct unix_socket *s, const char *name, size_t len)
{
	/* the kernel counts the NUL that ends a path; in an abstract name each byte is meant */
	if (len && name[0])
		len = strnlen(name, len);
	if (len > sizeof(s->name))
		len = sizeof(s->name);
	memcpy(s->name, name, len);
	s->name_len = len;
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
		unix_take_name(&s, line + path + 1, len);
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
			r = unix_list_add(&l, &s);
	}
	fclose(f);
	if (r) {
		unix_list_free(&l);
		return r;
	}
	*ret = l;
	return 0;
}
