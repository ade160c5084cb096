// SPDX-License-Identifier: GPL-2.0
#include "fd_words.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "os.h"
#include "proc.h"
#include "sockets.h"

/* The kernel's tables of sockets, in the process's own network namespace. */
static const struct {
	const char *file;
	const char *words;
	int column; /* of the inode */
} tables[] = {
	{"net/unix", "unix", 6},     {"net/tcp", "TCP", 9},  {"net/tcp6", "TCP", 9},
	{"net/udp", "UDP", 9},	     {"net/udp6", "UDP", 9}, {"net/netlink", "netlink", 9},
	{"net/packet", "packet", 8}, {"net/raw", "raw", 9},
};

/* A server has a hundred thousand of them; past this it is just a socket. */
#define TABLE_MAX (8UL << 20)

static bool line_has(const char *line, const char *inode, int column)
{
	size_t len = strlen(inode);

	for (int i = 0; *line; i++) {
		line += strspn(line, " ");
		size_t word = strcspn(line, " \n");

		if (i == column)
			return word == len && strncmp(line, inode, len) == 0;
		line += word;
		if (*line == '\n')
			break;
	}
	return false;
}

/* Is a socket with this inode in the table? Line by line, whatever its length. */
static bool table_has(int proc_fd, const char *path, const char *inode, int column)
{
	char buf[16384];
	size_t have = 0, total = 0;
	bool found = false;
	int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	while (!found && total < TABLE_MAX) {
		ssize_t n = read(fd, buf + have, sizeof(buf) - 1 - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		total += (size_t)n;
		have += (size_t)n;
		buf[have] = '\0';
		char *line = buf, *end;

		for (; !found && (end = strchr(line, '\n')); line = end + 1)
			found = line_has(line, inode, column);
		have -= (size_t)(line - buf);
		/* a line longer than the buffer is none of these tables' */
		if (have == sizeof(buf) - 1)
			break;
		memmove(buf, line, have);
	}
	close(fd);
	return found;
}

static int unix_words(struct os *os, pid_t pid, uint64_t inode, char *buf, size_t size)
{
	struct unix_socket s;

	if (!os->sockets || sockets_by_inode(os->sockets, os->proc_fd, pid, inode, &s) != 0)
		return -ENOENT;
	if (s.name_len == 0)
		snprintf(buf, size, "unix socket:[%" PRIu64 "]", inode);
	else if (s.name[0] == '\0')
		snprintf(buf, size, "unix socket @%.*s", (int)s.name_len - 1, s.name + 1);
	else
		snprintf(buf, size, "unix socket %.*s", (int)s.name_len, s.name);
	return 0;
}

int fd_words(struct os *os, pid_t pid, int fd, char *buf, size_t size)
{
	char name[192], inode[24], path[48];
	uint64_t number;
	int err = proc_fd_name(os->proc_fd, pid, fd, name, sizeof(name));

	if (err)
		return err;
	if (sscanf(name, "socket:[%" SCNu64 "]", &number) != 1) {
		snprintf(buf, size, "%s", name);
		return 0;
	}
	if (unix_words(os, pid, number, buf, size) == 0)
		return 0;
	snprintf(inode, sizeof(inode), "%" PRIu64, number);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		snprintf(path, sizeof(path), "%d/%s", pid, tables[i].file);
		if (table_has(os->proc_fd, path, inode, tables[i].column)) {
			snprintf(buf, size, "%s %s", tables[i].words, name);
			return 0;
		}
	}
	snprintf(buf, size, "%s", name);
	return 0;
}
