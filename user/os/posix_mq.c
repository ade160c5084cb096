// SPDX-License-Identifier: GPL-2.0
#include "posix_mq.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <mqueue.h>
#include <stdio.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "child.h"

#define MQUEUE_MAGIC 0x19800202

/*
 * None of this sleeps on a queue, and a second is for a machine under load. But
 * by now the descriptor may lead to a file on a dead mount.
 */
#define ASK_NS 1000000000ull

struct question {
	int proc_fd;
	pid_t pid;
	int fd;
};

/* The file's own text has the size of its contents: "QSIZE:3  NOTIFY:0 ...". */
static int64_t read_bytes(int fd)
{
	char text[128];
	int64_t bytes;
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return -1;
	text[n] = '\0';
	return sscanf(text, "QSIZE:%" SCNd64, &bytes) == 1 ? bytes : -1;
}

/* A descriptor of our own is had by opening the other's link, wherever the queue is mounted. */
static int look(const void *question, void *answer)
{
	const struct question *q = question;
	struct posix_mq *ret = answer;
	struct mq_attr attr;
	struct statfs fs;
	char path[48];
	int place, fd;

	snprintf(path, sizeof(path), "%d/fd/%d", q->pid, q->fd);
	place = openat(q->proc_fd, path, O_PATH | O_CLOEXEC);
	if (place < 0)
		return -errno;
	/* opening what is not a queue could do something */
	if (fstatfs(place, &fs))
		return -errno;
	if (fs.f_type != MQUEUE_MAGIC)
		return -ENOTSUP;
	snprintf(path, sizeof(path), "self/fd/%d", place);
	fd = openat(q->proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || mq_getattr(fd, &attr))
		return -errno;
	*ret = (struct posix_mq){
		.messages = attr.mq_curmsgs,
		.max_messages = attr.mq_maxmsg,
		.bytes = read_bytes(fd),
		.max_message = attr.mq_msgsize,
	};
	return 0;
}

int posix_mq_state(int proc_fd, pid_t pid, int fd, struct posix_mq *ret)
{
	const struct question q = {proc_fd, pid, fd};

	return child_ask(look, &q, ret, sizeof(*ret), ASK_NS);
}
