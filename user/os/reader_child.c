// SPDX-License-Identifier: GPL-2.0
#include "reader_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096UL

/* process_vm_readv reads nothing of an area that is partly unmapped: up to the border then. */
static int64_t read_memory(const struct reader_request *q, char *shared)
{
	size_t have = 0;

	while (have < q->size) {
		uint64_t from = q->addr + have;
		size_t want = q->size - have, to_border = PAGE - from % PAGE;
		struct iovec local = {.iov_base = shared + have, .iov_len = want};
		struct iovec remote = {.iov_base = (void *)(uintptr_t)from, .iov_len = want};
		ssize_t n = process_vm_readv(q->pid, &local, 1, &remote, 1, 0);

		if (n < 0 && errno == EFAULT && want > to_border) {
			local.iov_len = remote.iov_len = to_border;
			n = process_vm_readv(q->pid, &local, 1, &remote, 1, 0);
		}
		if (n <= 0)
			return have ? (int64_t)have : n < 0 ? -errno : -EIO;
		have += (size_t)n;
	}
	return (int64_t)have;
}

static int open_name(const struct reader_request *q, int root, int flags)
{
	char path[sizeof(q->name) + 16];

	snprintf(path, sizeof(path), "%d/%s", q->pid, q->name);
	int fd = openat(root, path, O_RDONLY | O_CLOEXEC | flags);

	return fd < 0 ? -errno : fd;
}

static int64_t read_file(const struct reader_request *q, int root, char *shared)
{
	int fd = open_name(q, root, 0);
	size_t have = 0;
	ssize_t n = 1;

	if (fd < 0)
		return fd;
	while (have < READER_SHARED && n > 0) {
		n = read(fd, shared + have, READER_SHARED - have);
		if (n > 0)
			have += (size_t)n;
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	int64_t result = n < 0 ? -errno : have == READER_SHARED ? -E2BIG : (int64_t)have;

	close(fd);
	return result;
}

/* Regular files only: a device or a FIFO under a target's root is a trap. */
static int open_regular(const struct reader_request *q, int root)
{
	struct stat st;
	int fd = open_name(q, root, O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return -EINVAL;
	}
	return fd;
}

static int answer(int sock, int64_t result, int fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {{0}};
	struct reader_answer a = {.result = result};
	struct iovec iov = {.iov_base = &a, .iov_len = sizeof(a)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fd >= 0) {
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	return sendmsg(sock, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int serve(const struct reader_request *q, int sock, int root, char *shared)
{
	int fd, err;

	switch (q->op) {
	case READER_MEMORY:
		return answer(sock, read_memory(q, shared), -1);
	case READER_FILE:
		return answer(sock, read_file(q, root, shared), -1);
	case READER_OPEN:
		fd = open_regular(q, root);
		err = answer(sock, fd < 0 ? fd : 0, fd);
		if (fd >= 0)
			close(fd);
		return err;
	default:
		return answer(sock, -EINVAL, -1);
	}
}

_Noreturn void reader_child_run(int sock, char *shared, const char *root, pid_t parent)
{
	static struct reader_request q; /* in the child alone; too large for a small stack */
	int root_fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	prctl(PR_SET_NAME, "locktrace-read");
	/* Ctrl-C is the parent's to handle */
	setpgid(0, 0);
	dup2(sock, 3);
	syscall(SYS_close_range, 4U, ~0U, 0U);
	root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		_exit(1);
	while (recv(3, &q, sizeof(q), 0) == sizeof(q)) {
		q.name[sizeof(q.name) - 1] = '\0';
		if (serve(&q, 3, root_fd, shared) != 0)
			break;
	}
	_exit(0);
}
