// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "child.h"
#include "ns.h"
#include "sockets.h"
#include "unix_list.h"

/* A path that cannot be looked up in this time is on a mount that hangs. */
#define STAT_NS 200000000ull

/* Network namespaces whose lists are kept during one look; more are read anew. */
#define NAMESPACES 8

struct ns_list {
	uint64_t ns;
	struct unix_list list;
};

struct sockets {
	struct ns_list lists[NAMESPACES];
	size_t n_lists;
	bool stat_hung;	    /* one did in this look: don't wait for another */
	bool inside_failed; /* no entering other namespaces in this look */
};

int sockets_new(struct sockets **ret)
{
	struct sockets *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	*ret = s;
	return 0;
}

void sockets_forget(struct sockets *s)
{
	while (s->n_lists)
		unix_list_free(&s->lists[--s->n_lists].list);
	s->stat_hung = false;
	s->inside_failed = false;
}

void sockets_free(struct sockets *s)
{
	if (!s)
		return;
	sockets_forget(s);
	free(s);
}

/* The list of pid's network namespace, read now or earlier in this look. */
static int list_of(struct sockets *s, int proc_fd, pid_t pid, const struct unix_list **ret)
{
	uint64_t ns = 0, ours = 0;
	struct ns_list *l;
	int r = -EXDEV;

	/* unreadable (not our process, no rights) most likely means ours */
	ns_inode(proc_fd, 0, "net", &ours);
	if (ns_inode(proc_fd, pid, "net", &ns))
		ns = ours;
	for (size_t i = 0; i < s->n_lists; i++) {
		if (s->lists[i].ns == ns) {
			*ret = &s->lists[i].list;
			return 0;
		}
	}
	if (s->n_lists == NAMESPACES)
		unix_list_free(&s->lists[--s->n_lists].list);
	l = &s->lists[s->n_lists];
	l->ns = ns;
	if (ns == ours)
		r = unix_list_diag(&l->list);
	if (r)
		r = unix_list_proc(proc_fd, pid, &l->list);
	if (r)
		return r;
	s->n_lists++;
	*ret = &l->list;
	return 0;
}

int sockets_by_inode(struct sockets *s, int proc_fd, pid_t pid, uint64_t inode,
		     struct unix_socket *ret)
{
	const struct unix_list *l;
	int r = list_of(s, proc_fd, pid, &l);

	if (r)
		return r;
	for (size_t i = 0; i < l->n; i++) {
		if (l->items[i].inode == inode) {
			*ret = l->items[i];
			return 0;
		}
	}
	return -ENOENT;
}

void sockets_complete(struct sockets *s, int proc_fd, pid_t pid, struct unix_socket *u)
{
	struct unix_socket whole;
	uint64_t ours, theirs;
	int r;

	/* of our own namespace the list had it all, or the kernel has no such module */
	if (u->queued >= 0 || s->inside_failed || ns_inode(proc_fd, 0, "net", &ours) ||
	    ns_inode(proc_fd, pid, "net", &theirs) || ours == theirs)
		return;
	r = unix_ask_inside(proc_fd, pid, u->inode, &whole);
	if (!r)
		*u = whole;
	else if (r != -ENOENT)
		s->inside_failed = true;
}

int sockets_unaccepted(struct sockets *s, int proc_fd, pid_t pid, uint64_t client,
		       struct unix_socket *ret)
{
	const struct unix_list *l;
	int r = list_of(s, proc_fd, pid, &l);

	if (r)
		return r;
	for (size_t i = 0; i < l->n_pending; i++) {
		if (l->pending[i].client == client)
			return sockets_by_inode(s, proc_fd, pid, l->pending[i].listener, ret);
	}
	return -ENOENT;
}

static bool has_name(const struct unix_socket *u, const char *name, size_t len)
{
	return u->name_len == len && !memcmp(u->name, name, len);
}

int sockets_by_name(struct sockets *s, int proc_fd, pid_t pid, const char *name, size_t len,
		    struct unix_socket *ret)
{
	const struct unix_list *l;
	int r = list_of(s, proc_fd, pid, &l);

	if (r)
		return r;
	for (size_t i = 0; i < l->n; i++) {
		if (!l->items[i].listens && has_name(&l->items[i], name, len)) {
			*ret = l->items[i];
			return 0;
		}
	}
	return -ENOENT;
}

struct place {
	int proc_fd;
	char path[48 + UNIX_NAME_MAX];
};

struct place_found {
	uint32_t inode;
	uint64_t dev;
};

static int ask_stat(const void *question, void *answer)
{
	const struct place *p = question;
	struct place_found *found = answer;
	struct stat st;

	if (fstatat(p->proc_fd, p->path, &st, 0))
		return -errno;
	found->inode = st.st_ino;
	found->dev = ((uint64_t)major(st.st_dev) << 20) | minor(st.st_dev);
	return 0;
}

/* What the name leads to in the file system as pid sees it. */
static int look_up(struct sockets *s, int proc_fd, pid_t pid, const char *name, size_t len,
		   struct place_found *ret)
{
	struct place p = {.proc_fd = proc_fd};
	int r;

	if (!len || !name[0])
		return -EINVAL; /* an abstract name is not in the file system */
	if (s->stat_hung)
		return -ETIMEDOUT;
	snprintf(p.path, sizeof(p.path), "%d/%s/%.*s", pid, name[0] == '/' ? "root" : "cwd",
		 (int)len, name);
	r = child_ask(ask_stat, &p, ret, sizeof(*ret), STAT_NS);
	if (r == -ETIMEDOUT)
		s->stat_hung = true;
	return r;
}

static bool is_full(const struct unix_socket *u)
{
	return u->queued >= 0 && u->backlog >= 0 && u->queued > u->backlog;
}

/*
 * The name may have been unlinked and bound again, so that two listeners have
 * it, or be bound in another mount namespace, or lead there by a symbolic link
 * or from another directory: what the file system says decides. Asking it
 * takes a child, so it is not asked if the only listener of that name is full,
 * which is what a blocked connect needs.
 */
int sockets_listener(struct sockets *s, int proc_fd, pid_t pid, const char *name, size_t len,
		     struct unix_socket *ret, bool *ret_sure)
{
	const struct unix_socket *named = NULL, *full = NULL;
	size_t n_named = 0, n_full = 0;
	struct place_found found;
	const struct unix_list *l;
	bool absolute = len && (name[0] == '/' || !name[0]);
	int r = list_of(s, proc_fd, pid, &l);

	if (r)
		return r;
	for (size_t i = 0; i < l->n; i++) {
		const struct unix_socket *u = &l->items[i];

		if (!u->listens || !has_name(u, name, len))
			continue;
		named = u;
		n_named++;
		if (is_full(u)) {
			full = u;
			n_full++;
		}
	}
	if (absolute && n_named == 1 && (n_full == 1 || !name[0])) {
		*ret = *named;
		*ret_sure = true;
		return 0;
	}
	if (!look_up(s, proc_fd, pid, name, len, &found)) {
		for (size_t i = 0; i < l->n; i++) {
			const struct unix_socket *u = &l->items[i];

			if (u->listens && u->name_inode && u->name_inode == found.inode &&
			    u->name_dev == found.dev) {
				*ret = *u;
				*ret_sure = true;
				return 0;
			}
		}
	}
	if (!n_named)
		return -ENOENT;
	*ret = n_full == 1 ? *full : *named;
	*ret_sure = false;
	return 0;
}
