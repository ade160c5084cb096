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
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bad_places.h"
#include "clock.h"
#include "fd_message.h"
#include "killable.h"
#include "lost.h"
#include "reader_child.h"

#define MS 1000000ULL

/* A read from memory or /proc takes microseconds; what takes half a second hangs. */
#define DEADLINE_MS 500
/* The next one of the same process is given less: it is known for that. */
#define DEADLINE_AGAIN_MS 200
/* One that has no processor does not hang: we may be limited (CPUQuota), on a slow device. */
#define DEADLINE_STARVED_MS 3000
/* A look reads hundreds of things: all that are waited for so may not take it for ever. */
#define STARVED_EVERY_MS 30000

struct reader {
	char root[128];
	int proc_fd;	       /* of that root */
	struct killable child; /* pid 0: none */
	int sock;
	char *shared;
	struct lost *lost;
	struct bad_places bad;
	struct graveyard left;
	uint64_t starved_since_ns, starved_ns; /* waited for it past its time, since then */
};

static void drop_child(struct reader *r)
{
	if (!r->child.pid)
		return;
	graveyard_bury(&r->left, &r->child);
	close(r->sock);
	munmap(r->shared, READER_SHARED);
	r->child.pid = 0;
}

static int fork_child(struct reader *r, int socks[2])
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		reader_child_run(socks[1], r->shared, r->root, parent);
	killable_set(&r->child, pid);
	r->sock = socks[0];
	return 0;
}

static int start_child(struct reader *r)
{
	int socks[2], err;

	if (graveyard_full(&r->left))
		return -ETIMEDOUT;
	r->shared = mmap(NULL, READER_SHARED, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (r->shared == MAP_FAILED)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) != 0) {
		err = -errno;
		goto fail;
	}
	err = fork_child(r, socks);
	close(socks[1]);
	if (!err)
		return 0;
	close(socks[0]);
fail:
	munmap(r->shared, READER_SHARED);
	return err;
}

int reader_new(const char *proc_root, struct reader **ret)
{
	struct reader *r = calloc(1, sizeof(*r));
	int err;

	if (!r)
		return -ENOMEM;
	if (snprintf(r->root, sizeof(r->root), "%s", proc_root) >= (int)sizeof(r->root)) {
		free(r);
		return -ENAMETOOLONG;
	}
	r->proc_fd = open(r->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	err = start_child(r);
	if (err) {
		reader_free(r);
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
	graveyard_leave(&r->left);
	if (r->proc_fd >= 0)
		close(r->proc_fd);
	free(r);
}

void reader_count_lost(struct reader *r, struct lost *lost)
{
	r->lost = lost;
}

/* May it be given more time, as one that only has no processor? */
static bool may_starve(struct reader *r, uint64_t now)
{
	if (now > r->starved_since_ns + STARVED_EVERY_MS * MS) {
		r->starved_since_ns = now;
		r->starved_ns = 0;
	}
	if (r->starved_ns >= DEADLINE_STARVED_MS * MS ||
	    killable_state(&r->child, r->proc_fd) != 'R')
		return false;
	r->starved_ns += DEADLINE_AGAIN_MS * MS;
	return true;
}

/* Until there is something to receive. Returns 0 or -ETIMEDOUT. */
static int wait_for_answer(struct reader *r, int deadline_ms)
{
	struct pollfd pfd = {.fd = r->sock, .events = POLLIN};
	uint64_t deadline = os_now_ns() + deadline_ms * MS;

	for (;;) {
		uint64_t now = os_now_ns();
		int ready = poll(&pfd, 1, now < deadline ? (int)((deadline - now) / MS) + 1 : 0);

		if (ready > 0)
			return 0;
		now = os_now_ns();
		if (now < deadline) /* a signal */
			continue;
		if (!may_starve(r, now))
			return -ETIMEDOUT;
		deadline = now + DEADLINE_AGAIN_MS * MS;
	}
}

/* One request to one child. -EPIPE: it has died. */
static int ask_once(struct reader *r, const struct reader_request *q, int deadline_ms,
		    struct reader_answer *ret, int *ret_fd)
{
	int err = r->child.pid ? 0 : start_child(r);

	if (err)
		return err;
	if (fd_message_send(r->sock, q, sizeof(*q), -1))
		err = -EPIPE;
	else
		err = wait_for_answer(r, deadline_ms);
	if (!err && fd_message_receive(r->sock, ret, sizeof(*ret), ret_fd))
		err = -EPIPE;
	if (err)
		drop_child(r);
	return err;
}

static ssize_t ask(struct reader *r, const struct reader_request *q, int *ret_fd)
{
	struct place place = q->op == READER_MEMORY ? place_of_memory(q->pid, q->addr, q->size)
						    : place_of_file(q->pid, q->name);
	struct reader_answer answer;
	int fd = -1, err, bad = bad_places_near(&r->bad, &place, os_now_ns());

	graveyard_reap(&r->left);
	if (bad >= BAD_PLACES)
		return -ETIMEDOUT;
	err = ask_once(r, q, bad ? DEADLINE_AGAIN_MS : DEADLINE_MS, &answer, &fd);
	/* whoever killed it (the OOM killer likes idle children) may not mean the next one */
	if (err == -EPIPE) {
		lost_count(r->lost, "reader-died");
		err = ask_once(r, q, DEADLINE_MS, &answer, &fd);
	}
	if (err == -ETIMEDOUT) {
		bad_places_add(&r->bad, &place, os_now_ns());
		lost_count(r->lost, "read-timeout");
	}
	if (err)
		return err;
	if (ret_fd)
		*ret_fd = fd;
	else if (fd >= 0)
		close(fd);
	return answer.result;
}

/*
 * The memory of a large answer (16 MB of maps) is given back once it was
 * copied: reads like that are rare, and the reader lives for months.
 */
#define KEEP_TOUCHED (256UL << 10)

static void copy_answer(struct reader *r, void *to, size_t n)
{
	memcpy(to, r->shared, n);
	if (n > KEEP_TOUCHED)
		madvise(r->shared, READER_SHARED, MADV_REMOVE);
}

ssize_t reader_memory(struct reader *r, pid_t pid, uint64_t addr, void *buf, size_t size)
{
	struct reader_request q = {.op = READER_MEMORY, .pid = pid, .addr = addr};

	if (size == 0)
		return -EINVAL;
	q.size = size < READER_SHARED ? size : READER_SHARED;
	ssize_t n = ask(r, &q, NULL);

	if (n == 0)
		return -EIO;
	if (n > 0)
		copy_answer(r, buf, (size_t)n);
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
	int n = snprintf(q->name, sizeof(q->name), "%s", name);

	return n >= (int)sizeof(q->name) ? -ENAMETOOLONG : 0;
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
	copy_answer(r, text, (size_t)n);
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
