// SPDX-License-Identifier: GPL-2.0
#include "polled.h"

#include <errno.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/syscall.h>

#include "os.h"
#include "reader.h"
#include "syscalls.h"

/* Entries with a negative descriptor are ignored by poll(): more than this nobody leaves out. */
#define POLL_MAX 16
#define TO_READ	 (POLLIN | POLLRDNORM | POLLPRI | POLLRDBAND | POLLRDHUP)

/* Told of in any case: to ask for it means nothing, and libpq does. */
#define ANYWAY (POLLERR | POLLHUP | POLLNVAL)

static int in_poll(struct os *os, const struct seen *s)
{
	struct pollfd fds[POLL_MAX];
	int fd = -ENOENT, err;

	if (!s->args[1] || s->args[1] > POLL_MAX)
		return -ENOENT;
	err = reader_memory_all(os->reader, s->ref.pid, s->args[0], fds, s->args[1] * sizeof(*fds));
	if (err)
		return err;
	for (uint64_t i = 0; i < s->args[1]; i++) {
		if (fds[i].fd < 0)
			continue;
		if (fd >= 0 || !(fds[i].events & (POLLIN | POLLRDNORM)) ||
		    (fds[i].events & ~(TO_READ | ANYWAY)))
			return -ENOENT;
		fd = fds[i].fd;
	}
	return fd;
}

/* How many are in the set, and one of them. */
static int count_set(struct os *os, const struct seen *s, uint64_t address, int *ret_fd)
{
	unsigned char set[FD_SETSIZE / 8] = {0};
	int n = 0, err;

	if (!address)
		return 0;
	err = reader_memory_all(os->reader, s->ref.pid, address, set, (s->args[0] + 7) / 8);
	if (err)
		return err;
	for (uint64_t fd = 0; fd < s->args[0]; fd++) {
		if (set[fd / 8] & 1u << fd % 8) {
			*ret_fd = (int)fd;
			n++;
		}
	}
	return n;
}

static int in_select(struct os *os, const struct seen *s)
{
	int fd = -1, none = -1, n;

	if (!s->args[0] || s->args[0] > FD_SETSIZE)
		return -ENOENT;
	n = count_set(os, s, s->args[2], &none);
	if (!n)
		n = count_set(os, s, s->args[1], &fd);
	else if (n > 0)
		return -ENOENT;
	if (n < 0)
		return n;
	return n == 1 ? fd : -ENOENT;
}

int polled_fd(struct os *os, const struct seen *s)
{
	if (s->state != 'S' || s->compat || s->kthread)
		return -ENOENT;
	/* after a signal it goes on by another name */
	switch (syscall_of(s)) {
#ifdef SYS_poll
	case SYS_poll:
		return in_poll(os, s);
	case SYS_select:
		return in_select(os, s);
#endif
	case SYS_ppoll:
		return in_poll(os, s);
	case SYS_pselect6:
		return in_select(os, s);
	default:
		return -ENOENT;
	}
}

/* Without the kernel's frames: these show poll(), and call and descriptor tell enough. */
struct seen polled_as_read(const struct seen *s, int fd)
{
	struct seen as_read = *s;

	as_read.syscall = SYS_read;
	as_read.args[0] = (uint64_t)fd;
	as_read.n_kframes = 0;
	as_read.hook_kind = LT_KIND_NONE;
	return as_read;
}
