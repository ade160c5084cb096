// SPDX-License-Identifier: GPL-2.0
/*
 * The parent's half of the killable reader: one request at a time, answered
 * within a deadline or not at all. What was read comes back in memory that
 * both share; each child has its own, so that a late one spoils nothing.
 */
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "reader_child.h"

/* A read from memory or /proc takes microseconds; what takes a third of a second hangs. */
#define DEADLINE_MS 300
/* How long what hung a read is left alone, so that it hangs one look in a hundred. */
#define BAD_FOR_NS 10000000000ULL
#define BAD_MAX	   64
/* Past so many places that hang, a process as a whole is left alone: a second a look at most. */
#define BAD_PER_PID 3
#define LEFT_MAX    16

/* A place that hung a read: a range of memory, or a file. */
struct bad {
	pid_t pid;
	uint32_t op;
	uint64_t start, end;
	uint64_t until_ns;
	char name[32]; /* the beginning of it is enough: "maps", "map_files/55d0..." */
};

struct reader {
	char root[128];
	pid_t child; /* 0: none */
	int sock;
	char *shared;
	struct bad bad[BAD_MAX];
	size_t next_bad;
	pid_t left[LEFT_MAX]; /* killed, but not yet gone: reaped when they are */
	size_t n_left;
};

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

static void reap_left(struct reader *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->n_left; i++) {
		if (waitpid(r->left[i], NULL, WNOHANG) == 0)
			r->left[kept++] = r->left[i];
	}
	r->n_left = kept;
}

/* A child in an uninterruptible sleep dies later: waiting for it would hang us as well. */
static void drop_child(struct reader *r)
{
	if (!r->child)
		return;
	kill(r->child, SIGKILL);
	if (waitpid(r->child, NULL, WNOHANG) == 0 && r->n_left < LEFT_MAX)
		r->left[r->n_left++] = r->child;
	close(r->sock);
	munmap(r->shared, READER_SHARED);
	r->child = 0;
}

static int start_child(struct reader *r)
{
	int socks[2];
	char *shared = mmap(NULL, READER_SHARED, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (shared == MAP_FAILED)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) != 0) {
		int err = -errno;

		munmap(shared, READER_SHARED);
		return err;
	}
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid == 0)
		reader_child_run(socks[1], shared, r->root, parent);
	int err = pid < 0 ? -errno : 0;

	close(socks[1]);
	if (err) {
		close(socks[0]);
		munmap(shared, READER_SHARED);
		return err;
	}
	r->child = pid;
	r->sock = socks[0];
	r->shared = shared;
	return 0;
}

int reader_new(const char *proc_root, struct reader **ret)
{
	struct reader *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	if (strlen(proc_root) >= sizeof(r->root)) {
		free(r);
		return -ENAMETOOLONG;
	}
	strcpy(r->root, proc_root);
	err = start_child(r);
	if (err) {
		free(r);
		return err;
	}
	*ret = r;
	return 0;
}

void reader_free(struct reader *r)
{
	if (!r)
		return;
	drop_child(r);
	reap_left(r);
	free(r);
}

static bool same_place(const struct bad *b, const struct reader_request *q)
{
	if (b->op != q->op)
		return false;
	if (q->op == READER_MEMORY)
		return q->addr < b->end && q->addr + q->size > b->start;
	return strncmp(b->name, q->name, sizeof(b->name) - 1) == 0;
}

static bool is_bad(const struct reader *r, const struct reader_request *q)
{
	uint64_t now = now_ns();
	int places = 0;

	for (size_t i = 0; i < BAD_MAX; i++) {
		const struct bad *b = &r->bad[i];

		if (b->pid != q->pid || now >= b->until_ns)
			continue;
		if (same_place(b, q) || ++places >= BAD_PER_PID)
			return true;
	}
	return false;
}

static void remember_bad(struct reader *r, const struct reader_request *q)
{
	struct bad *b = &r->bad[r->next_bad];

	r->next_bad = (r->next_bad + 1) % BAD_MAX;
	*b = (struct bad){.pid = q->pid, .op = q->op, .until_ns = now_ns() + BAD_FOR_NS};
	b->start = q->addr;
	b->end = q->addr + q->size;
	snprintf(b->name, sizeof(b->name), "%.31s", q->name);
}

/* Receives the answer, and the descriptor that may come with it. */
static int receive(const struct reader *r, struct reader_answer *ret, int *ret_fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = {.iov_base = ret, .iov_len = sizeof(*ret)};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct pollfd pfd = {.fd = r->sock, .events = POLLIN};
	uint64_t deadline = now_ns() + DEADLINE_MS * 1000000ULL;
	int ready;

	do {
		uint64_t now = now_ns();

		ready = now < deadline ? poll(&pfd, 1, (int)((deadline - now) / 1000000) + 1) : 0;
	} while (ready < 0 && errno == EINTR);
	if (ready <= 0)
		return -ETIMEDOUT;
	if (recvmsg(r->sock, &msg, MSG_CMSG_CLOEXEC) != sizeof(*ret))
		return -EPIPE;
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	*ret_fd = -1;
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(c), sizeof(int));
	return 0;
}

static ssize_t ask(struct reader *r, const struct reader_request *q, int *ret_fd)
{
	struct reader_answer answer;
	int fd = -1, err = 0;

	reap_left(r);
	if (is_bad(r, q))
		return -ETIMEDOUT;
	if (!r->child)
		err = start_child(r);
	if (err)
		return err;
	if (send(r->sock, q, sizeof(*q), MSG_NOSIGNAL) != sizeof(*q))
		err = -EPIPE;
	else
		err = receive(r, &answer, &fd);
	if (err) {
		drop_child(r);
		if (err == -ETIMEDOUT)
			remember_bad(r, q);
		return err;
	}
	if (ret_fd)
		*ret_fd = fd;
	else if (fd >= 0)
		close(fd);
	return answer.result;
}

ssize_t reader_memory(struct reader *r, pid_t pid, uint64_t addr, void *buf, size_t size)
{
	struct reader_request q = {.op = READER_MEMORY, .pid = pid, .addr = addr};

	q.size = size < READER_SHARED ? size : READER_SHARED;
	ssize_t n = ask(r, &q, NULL);

	if (n == 0)
		return -EIO;
	if (n > 0)
		memcpy(buf, r->shared, (size_t)n);
	return n;
}

int reader_memory_all(struct reader *r, pid_t pid, uint64_t addr, void *buf, size_t size)
{
	ssize_t n = reader_memory(r, pid, addr, buf, size);

	if (n < 0)
		return (int)n;
	return (size_t)n == size ? 0 : -EIO;
}

static int set_name(struct reader_request *q, const char *name)
{
	if (strlen(name) >= sizeof(q->name))
		return -ENAMETOOLONG;
	strcpy(q->name, name);
	return 0;
}

ssize_t reader_proc_file(struct reader *r, pid_t pid, const char *name, char **ret)
{
	struct reader_request q = {.op = READER_FILE, .pid = pid};
	ssize_t n = set_name(&q, name);

	if (n == 0)
		n = ask(r, &q, NULL);
	if (n < 0)
		return n;
	char *text = malloc((size_t)n + 1);

	if (!text)
		return -ENOMEM;
	memcpy(text, r->shared, (size_t)n);
	text[n] = '\0';
	*ret = text;
	return n;
}

int reader_proc_open(struct reader *r, pid_t pid, const char *name)
{
	struct reader_request q = {.op = READER_OPEN, .pid = pid};
	int fd = -1;
	ssize_t n = set_name(&q, name);

	if (n == 0)
		n = ask(r, &q, &fd);
	if (n < 0)
		return (int)n;
	return fd >= 0 ? fd : -EIO;
}
