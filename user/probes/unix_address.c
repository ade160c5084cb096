// SPDX-License-Identifier: GPL-2.0
#include "unix_address.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "../os/os.h"
#include "../os/reader.h"
#include "socket_end.h"

int unix_address_read(struct os *os, pid_t pid, uint64_t at, uint64_t len, struct unix_address *ret)
{
	struct sockaddr_un un;
	struct unix_address a;
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

/* The address that the call names; -EDESTADDRREQ: it names none. */
static int named_in_call(struct os *os, const struct seen *s, struct unix_address *ret)
{
	uint64_t at = 0, len = 0;
	struct msghdr msg;
	int r;

	if (s->syscall == SYS_sendto) {
		at = s->args[4];
		len = s->args[5];
	} else if (s->syscall == SYS_sendmsg || (s->syscall == SYS_sendmmsg && s->args[2] == 1)) {
		r = reader_memory_all(os->reader, s->ref.pid, s->args[1], &msg, sizeof(msg));
		if (r)
			return r;
		at = (uint64_t)(uintptr_t)msg.msg_name;
		len = msg.msg_namelen;
	}
	return at ? unix_address_read(os, s->ref.pid, at, len, ret) : -EDESTADDRREQ;
}

int unix_receiver(struct os *os, const struct seen *s, int fd, struct unix_socket *ret)
{
	struct unix_socket own;
	struct unix_address a;
	uint64_t inode;
	int r = named_in_call(os, s, &a);

	if (r != -EDESTADDRREQ)
		return r ? r
			 : sockets_by_name(os->sockets, os->proc_fd, s->ref.pid, a.path, a.len,
					   ret);
	r = socket_inode(os, s->ref.pid, fd, &inode);
	if (!r)
		r = sockets_by_inode(os->sockets, os->proc_fd, s->ref.pid, inode, &own);
	if (r)
		return r;
	return own.peer ? sockets_by_inode(os->sockets, os->proc_fd, s->ref.pid, own.peer, ret)
			: -ENOENT;
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

void unix_name(const char *name, size_t len, uint64_t inode, char buf[UNIX_NAME])
{
	int n = snprintf(buf, UNIX_NAME, "unix socket ");

	if (len)
		printable(name, len, buf + n, UNIX_NAME - n);
	else
		snprintf(buf + n, UNIX_NAME - n, "%" PRIu64 " (without a name)", inode);
}
