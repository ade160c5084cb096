// SPDX-License-Identifier: GPL-2.0
#include "io_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fuse.h"
#include "holders.h"
#include "mounts.h"
#include "os.h"
#include "proc.h"
#include "sockets.h"
#include "tcp_list.h"

/* ---- sockets ---- */

static void tcp_words(struct os *os, pid_t pid, uint64_t inode, char *buf, size_t size)
{
	struct tcp_socket tcp;
	char end[INET_END_TEXT];

	if (!os->tcp || tcp_by_inode(os->tcp, os->proc_fd, pid, inode, &tcp) != 0 ||
	    tcp.state == TCP_STATE_LISTEN || !tcp.remote.port)
		return;
	inet_end_text(&tcp.remote, end);
	snprintf(buf, size, "to %s", end);
}

/* One alone can be named: of several any may be the one, of none it is closed or on its way. */
static void unix_words(struct os *os, pid_t pid, uint64_t inode, char *buf, size_t size)
{
	struct unix_socket u;
	struct holder_list list;
	struct proc_stat st;
	struct held peer;

	if (!os->sockets || !os->holders ||
	    sockets_by_inode(os->sockets, os->proc_fd, pid, inode, &u) != 0 || !u.peer)
		return;
	peer = held_link("socket", u.peer);
	if (holders_of(os->holders, os->proc_fd, &peer, &list) != 0 || list.n != 1 || list.more ||
	    list.unseen || proc_stat(os->proc_fd, list.pids[0], list.pids[0], &st) != 0)
		return;
	snprintf(buf, size, "whose other end is %d %s", list.pids[0], st.comm);
}

/* ---- files ---- */

/* The kernel's name of it; what it was mounted as may be "/dev/root". */
static void device_words(const struct mount *m, char *buf, size_t size)
{
	char path[48], link[256];
	const char *name;
	ssize_t n;

	if (!m->major) {
		/* several devices, or none: what it was mounted from is all there is */
		if (!strncmp(m->source, "/dev/", 5))
			snprintf(buf, size, "on %s", m->source);
		return;
	}
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", m->major, m->minor);
	n = readlink(path, link, sizeof(link) - 1);
	link[n > 0 ? n : 0] = '\0';
	name = strrchr(link, '/');
	snprintf(buf, size, "on device %u:%u (%s)", m->major, m->minor,
		 name ? name + 1 : m->source);
}

static void fuse_words(const char *type, const char *at, char *buf, size_t size)
{
	if (!strncmp(type, "fuse.", 5))
		snprintf(buf, size, "on the FUSE file system at %s (%s)", at, type + 5);
	else
		snprintf(buf, size, "on the FUSE file system at %s", at);
}

static void file_words(struct os *os, const struct seen *s, int fd, char *buf, size_t size)
{
	struct mount m;

	if (mount_of_fd(os, s->ref.pid, fd, &m) != 0)
		return;
	if (mount_is_fuse(&m))
		fuse_words(m.type, m.at, buf, size);
	else if (mount_is_network(&m))
		snprintf(buf, size, "on %s, %s at %s", !strncmp(m.type, "nfs", 3) ? "NFS" : m.type,
			 m.source, m.at);
	else if (s->state == 'D')
		device_words(&m, buf, size);
}

void io_words(struct os *os, const struct seen *s, int fd, char *buf, size_t size)
{
	char name[192];
	uint64_t inode;

	buf[0] = '\0';
	if (proc_fd_name(os->proc_fd, s->ref.pid, fd, name, sizeof(name)) != 0)
		return;
	if (name[0] == '/') {
		file_words(os, s, fd, buf, size);
	} else if (sscanf(name, "socket:[%" SCNu64 "]", &inode) == 1) {
		tcp_words(os, s->ref.pid, inode, buf, size);
		if (!buf[0])
			unix_words(os, s->ref.pid, inode, buf, size);
	}
}

void io_fuse_words(struct os *os, const struct seen *s, char *buf, size_t size)
{
	struct fuse_mount m;

	buf[0] = '\0';
	if (os->reader && fuse_awaits(s) && fuse_mount_of(os, s, &m) == 0)
		fuse_words(m.type, m.at, buf, size);
}
