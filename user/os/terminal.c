// SPDX-License-Identifier: GPL-2.0
#include "terminal.h"

#include <poll.h>
#include <string.h>
#include <sys/select.h>
#include <sys/syscall.h>

#include "os.h"
#include "proc.h"
#include "reader.h"

/* Who waits for more than this has more than terminals to wait for. */
#define FDS_MAX 16
#define BITS	64

/* Is it the prefix and then a number, or only one where none is needed? */
static bool is_numbered(const char *path, const char *prefix, bool bare)
{
	size_t len = strlen(prefix);

	if (strncmp(path, prefix, len) != 0)
		return false;
	path += len;
	return *path ? path[strspn(path, "0123456789")] == '\0' : bare;
}

bool terminal_is_name(const char *path)
{
	return strcmp(path, "/dev/console") == 0 || is_numbered(path, "/dev/tty", true) ||
	       is_numbered(path, "/dev/pts/", false) || is_numbered(path, "/dev/ttyS", false) ||
	       is_numbered(path, "/dev/hvc", false);
}

static bool fd_is_terminal(struct os *os, pid_t pid, int fd, char name[TERMINAL_NAME])
{
	return proc_fd_name(os->proc_fd, pid, fd, name, TERMINAL_NAME) == 0 &&
	       terminal_is_name(name);
}

/* poll() leaves the array alone until it returns. */
static bool polls(struct os *os, const struct seen *s, char name[TERMINAL_NAME])
{
	struct pollfd fds[FDS_MAX];
	uint64_t n = s->args[1];
	bool any = false;

	if (!n || n > FDS_MAX || !os->reader ||
	    reader_memory_all(os->reader, s->ref.pid, s->args[0], fds, n * sizeof(*fds)) != 0)
		return false;
	for (uint64_t i = 0; i < n; i++) {
		if (fds[i].fd < 0)
			continue; /* poll() passes it over */
		if (!(fds[i].events & POLLIN) || !fd_is_terminal(os, s->ref.pid, fds[i].fd, name))
			return false;
		any = true;
	}
	return any;
}

/* The lowest 64 of a set; all of them, as there are no more to be asked for. */
static bool read_set(struct os *os, const struct seen *s, int arg, uint64_t *ret)
{
	uint64_t n = s->args[0];

	*ret = 0;
	if (!s->args[arg])
		return true;
	if (reader_memory_all(os->reader, s->ref.pid, s->args[arg], ret, sizeof(*ret)) != 0)
		return false;
	if (n < BITS)
		*ret &= (1ULL << n) - 1;
	return true;
}

static bool selects(struct os *os, const struct seen *s, char name[TERMINAL_NAME])
{
	uint64_t reads, writes, excepts;

	if (!s->args[0] || s->args[0] > BITS || !os->reader || !read_set(os, s, 1, &reads) ||
	    !read_set(os, s, 2, &writes) || !read_set(os, s, 3, &excepts))
		return false;
	if (!reads || writes || (excepts & ~reads))
		return false;
	for (int fd = 0; fd < BITS; fd++)
		if (reads >> fd & 1 && !fd_is_terminal(os, s->ref.pid, fd, name))
			return false;
	return true;
}

bool terminal_awaited(struct os *os, const struct seen *s, int32_t call, char name[TERMINAL_NAME])
{
	if (s->state != 'S' || s->compat)
		return false;
	switch (call) {
	case SYS_read:
	case SYS_readv:
		return fd_is_terminal(os, s->ref.pid, (int)s->args[0], name);
#ifdef SYS_poll
	case SYS_poll:
#endif
	case SYS_ppoll:
		return polls(os, s, name);
#ifdef SYS_select
	case SYS_select:
#endif
	case SYS_pselect6:
		return selects(os, s, name);
	default:
		return false;
	}
}
