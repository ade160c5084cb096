// SPDX-License-Identifier: GPL-2.0
/*
 * Pipes and FIFOs: a writer waits for room, a reader for data, and whoever
 * opens a FIFO for somebody at its other end. There is no hook: the kernel's
 * functions are entered at every read and write, and block at few of them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "../os/os.h"
#include "../os/proc.h"
#include "open_ends.h"
#include "pipe_call.h"
#include "state.h"

/* Does the thread sleep in the pipe itself? -1: it sleeps elsewhere; 0: not known. */
static int side_by_stack(const struct seen *s)
{
	static const char *const writing[] = {"pipe_write", "anon_pipe_write", "fifo_pipe_write",
					      "pipe_wait_writable"};
	static const char *const reading[] = {"pipe_read", "anon_pipe_read", "fifo_pipe_read",
					      "pipe_wait_readable"};

	if (!s->n_kframes)
		return 0;
	for (size_t i = 0; i < sizeof(writing) / sizeof(writing[0]); i++) {
		if (seen_in_kernel(s, writing[i]))
			return PIPE_WRITES;
		if (seen_in_kernel(s, reading[i]))
			return PIPE_READS;
	}
	return -1;
}

/* What the descriptor leads to, if that is a pipe. Returns 1, 0, or -errno. */
static int pipe_of(struct os *os, pid_t pid, int fd, struct held *ret)
{
	char link[HELD_NAME];
	uint64_t inode;
	int r;

	r = proc_fd_name(os->proc_fd, pid, fd, link, sizeof(link));
	if (r)
		return r;
	if (sscanf(link, "pipe:[%" SCNu64 "]", &inode) == 1) {
		*ret = held_link("pipe", inode);
		return 1;
	}
	if (link[0] != '/' || !held_is_fifo(os->proc_fd, pid, fd))
		return 0;
	r = held_by_fd(os->proc_fd, pid, fd, ret);
	return r ? r : 1;
}

static void make_key(const struct held *held, bool writes, char key[WAIT_KEY])
{
	snprintf(key, WAIT_KEY, "%s:%" PRIu64 ":%" PRIu64 ":%s", held->name[0] ? "pipe" : "fifo",
		 held->dev, held->inode, writes ? "space" : "data");
}

static void fill(const struct held *held, int fd, bool writes, struct wait *ret)
{
	ret->kind = writes ? "pipe-full" : "pipe-empty";
	ret->class = writes ? CLASS_FULL : CLASS_EMPTY;
	ret->verb = writes ? "writes to" : "reads from";
	ret->id = fd;
	ret->address = held->inode;
	ret->address2 = held->dev;
	make_key(held, writes, ret->key);
}

static int recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	int by_stack, fd, r;
	struct pipe_call call;
	struct held held = {0};
	bool writes;

	if (s->state != 'S' || !pipe_call_of(s, &call))
		return 0;
	if (call.opens)
		return pipe_open_recognise(os, s, ret);
	by_stack = side_by_stack(s);
	if (by_stack < 0)
		return 0;
	/* splice() sleeps at either of its ends, and just the stack knows at which */
	if (!by_stack && call.writes_to >= 0 && call.reads_from >= 0)
		return 0;
	writes = by_stack ? by_stack == PIPE_WRITES : call.writes_to >= 0;
	fd = writes ? call.writes_to : call.reads_from;
	if (fd < 0)
		return 0;
	r = pipe_of(os, s->ref.pid, fd, &held);
	if (r <= 0)
		return r == -ESRCH ? 0 : r;
	fill(&held, fd, writes, ret);
	return 1;
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	bool full = w->class == CLASS_FULL;
	char link[256], name[sizeof(link) + 16], key[WAIT_KEY];
	struct open_end end = {
		.held = held_file(w->address2, w->address),
		.use = full ? HOLDER_READS : HOLDER_WRITES,
		.what = full ? "the read end open" : "the write end open",
		.doing = full ? "reading from it" : "writing to it",
		.thing = "the pipe",
		.other_key = key,
	};
	int r;

	if (!strcmp(w->kind, "fifo-open"))
		return pipe_open_describe(env, s, w);
	r = proc_fd_name(env->os->proc_fd, s->ref.pid, (int)w->id, link, sizeof(link));
	if (r)
		return -ESTALE;
	if (link[0] != '/')
		end.held = held_link("pipe", w->address);
	make_key(&end.held, !full, key);
	snprintf(name, sizeof(name), "%s%s", link[0] == '/' ? "FIFO " : "", link);
	r = state_resource(env, w, name, full ? "full" : "empty", NULL, 0);
	return r ? r : open_ends_state(env, s, w, &end);
}

static const struct probe_kind kinds[] = {
	{"pipe-full", CLASS_FULL, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{"pipe-empty", CLASS_EMPTY, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{"fifo-open", CLASS_EMPTY, KNOWS_NOBODY, 0},
	{0},
};

const struct probe probe_pipe = {
	.kind = LT_KIND_PIPE,
	.name = "pipe",
	.kinds = kinds,
	.syscalls = pipe_syscalls,
	.recognise = recognise,
	.describe = describe,
};
