// SPDX-License-Identifier: GPL-2.0
#include "parser_child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"
#include "fd_message.h"
#include "nothing.h"

#ifndef PARSER_PROGRAM
#define PARSER_PROGRAM "/proc/self/exe" /* unit tests are not the program */
#endif

#define ABOVE	   10	/* our ends must not be where the child's will be */
#define MOST_WANTS 8192 /* of one question */

/* Nothing of ours but two descriptors, no handlers, a process group away from Ctrl-C. */
static int spawn(int sock, int memory, int nothing, bool decodes, pid_t *ret)
{
	char name[] = "locktrace", what[] = PARSER_ARGUMENT, loads[] = PARSER_DECODES "=1";
	char *const argv[] = {name, what, NULL}, *const env[] = {decodes ? loads : NULL, NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t all, blocked;
	int err = 0;

	sigfillset(&all);
	child_signals(&blocked);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&how);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
					       POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setpgroup(&how, 0);
	posix_spawnattr_setsigdefault(&how, &all);
	posix_spawnattr_setsigmask(&how, &blocked);
	for (int fd = 0; fd < 3 && !err; fd++)
		err = posix_spawn_file_actions_adddup2(&files, nothing, fd);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&files, sock, PARSER_SOCKET);
	if (!err)
		err = posix_spawn_file_actions_adddup2(&files, memory, PARSER_SHARED_FD);
	if (!err)
		err = posix_spawn(ret, PARSER_PROGRAM, &files, &how, argv, env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&how);
	return -err;
}

static int move_up(int fd)
{
	int above = fcntl(fd, F_DUPFD_CLOEXEC, ABOVE);

	close(fd);
	return above;
}

/* Of a size that the child cannot change: else reading it could be our end. */
static int new_memory(struct parser_shared **ret)
{
	int fd = move_up(memfd_create("parser", MFD_CLOEXEC | MFD_ALLOW_SEALING));
	void *shared = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, sizeof(struct parser_shared)) == 0 &&
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
		shared = mmap(NULL, sizeof(struct parser_shared), PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (shared == MAP_FAILED) {
		close(fd);
		return -ENOMEM;
	}
	*ret = shared;
	return fd;
}

int parser_child_start(struct parser_child *c, const struct parser_owner *owner, uint64_t numbers,
		       bool decodes)
{
	int socks[2], memory, nothing, err;
	pid_t pid = 0;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) != 0)
		return -errno;
	socks[1] = move_up(socks[1]);
	memory = new_memory(&c->shared);
	nothing = move_up(nothing_open());
	err = memory < 0    ? memory
	      : nothing < 0 ? -EMFILE
			    : spawn(socks[1], memory, nothing, decodes, &pid);
	close(socks[1]);
	if (nothing >= 0)
		close(nothing);
	if (memory >= 0)
		close(memory);
	if (err) {
		close(socks[0]);
		if (memory >= 0)
			munmap(c->shared, sizeof(*c->shared));
		return err;
	}
	killable_set(&c->process, pid);
	c->sock = socks[0];
	c->owner = *owner;
	c->decodes = decodes;
	parser_source_init(&c->source);
	c->source.last_number = numbers;
	return 0;
}

void parser_child_end(struct parser_child *c, struct graveyard *g)
{
	if (!c->process.pid)
		return;
	close(c->sock);
	graveyard_bury(g, &c->process);
	munmap(c->shared, sizeof(*c->shared));
	parser_source_free(&c->source);
	c->process.pid = 0;
}

static int64_t give_maps(struct parser_child *c)
{
	char *text;
	ssize_t n = parser_source_maps(&c->source, &text);

	if (n < 0)
		return n;
	if ((size_t)n <= PARSER_BULK)
		memcpy(c->shared->bulk, text, n);
	else
		n = -E2BIG;
	free(text);
	return n;
}

static int64_t give_debug(struct parser_child *c, struct parser_want *w)
{
	struct source_debug wanted = {.file = w->file, .nth = w->nth};

	w->name[sizeof(w->name) - 1] = '\0';
	if (w->by_build_id)
		wanted.build_id = w->name;
	else
		wanted.link = w->name;
	return parser_source_debug(&c->source, &wanted);
}

/* Returns 0, or -errno if the child has gone or makes no sense. */
static int serve(struct parser_child *c, struct parser_want *w)
{
	struct parser_given given = {0};
	int fd = -1, err;

	switch (w->what) {
	case WANT_MAPS:
		given.result = give_maps(c);
		break;
	case WANT_MEMORY:
		given.result = w->size && w->size <= PARSER_BULK
				       ? parser_source_memory(&c->source, w->address,
							      c->shared->bulk, w->size)
				       : -EINVAL;
		break;
	case WANT_FILE:
		fd = parser_source_file(&c->source, w->address, &given.file);
		given.result = fd < 0 ? fd : 0;
		break;
	case WANT_PERF_MAP:
		fd = parser_source_perf_map(&c->source);
		given.result = fd < 0 ? fd : 0;
		break;
	case WANT_DEBUG:
		fd = give_debug(c, w);
		given.result = fd < 0 ? fd : 0;
		break;
	default:
		return -EPROTO;
	}
	err = fd_message_send(c->sock, &given, sizeof(given), fd);
	if (fd >= 0)
		close(fd);
	return err;
}

/* Whatever else a broken conversation is called. */
static int unwell(int err)
{
	return err == -ETIMEDOUT || err == -EPROTO ? err : -EPIPE;
}

/* The next want, until a deadline. It is not to send descriptors. */
static int hear(struct parser_child *c, uint64_t deadline_ns, struct parser_want *ret)
{
	struct pollfd p = {.fd = c->sock, .events = POLLIN};
	int ready, fd, err;

	do {
		uint64_t now = os_now_ns();

		ready = poll(&p, 1, now < deadline_ns ? (deadline_ns - now) / 1000000 + 1 : 0);
	} while (ready < 0 && errno == EINTR);
	if (ready <= 0)
		return -ETIMEDOUT;
	err = fd_message_receive(c->sock, ret, sizeof(*ret), &fd);
	if (!err && fd >= 0) {
		close(fd);
		return -EPROTO;
	}
	return err ? unwell(err) : 0;
}

static void put_question(struct parser_shared *shared, const struct parser_question *q)
{
	const size_t head = offsetof(struct parser_question, at);

	memcpy(&shared->question, q, head);
	memcpy(shared->question.at, q->at, q->n_at * sizeof(q->at[0]));
	memcpy(shared->question.top, q->top, q->n_top);
	/* what is there of an answer counts from now on, if it dies before its first word */
	memset(&shared->answer, 0, offsetof(struct parser_answer, walk.frames));
}

int parser_child_go_on(struct parser_child *c, uint64_t until_ns)
{
	int err = 0;

	while (!err) {
		struct parser_want want;
		uint64_t before;

		err = c->wants++ < MOST_WANTS ? hear(c, until_ns, &want) : -EPROTO;
		if (err)
			break;
		if (want.what == WANT_ANSWERED)
			return 0;
		if (want.what == WANT_REFUSED)
			return -ENOSYS;
		/* what we take to answer is not its fault */
		before = os_now_ns();
		err = serve(c, &want);
		if (err)
			err = unwell(err);
		until_ns += os_now_ns() - before;
	}
	return err;
}

int parser_child_ask(struct parser_child *c, const struct parser_question *q, int fd,
		     uint64_t until_ns)
{
	const struct parser_given there = {0};

	put_question(c->shared, q);
	c->wants = 0;
	if (fd_message_send(c->sock, &there, sizeof(there), fd))
		return -ENOTCONN;
	return parser_child_go_on(c, until_ns);
}
