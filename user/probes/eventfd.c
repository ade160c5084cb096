// SPDX-License-Identifier: GPL-2.0
/*
 * eventfd: a reader waits for the counter to leave 0, a writer for room below
 * its end. Anybody who has it open could do that, and mostly these are threads
 * of one process; who is meant to is not recorded.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "../os/fdinfo.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "open_ends.h"
#include "state.h"

static bool writes(const struct seen *s)
{
	return s->syscall == SYS_write || s->syscall == SYS_writev;
}

/* Its number since 5.2: all eventfds are one inode. Returns 1, 0 if it is none, or -errno. */
static int number_of(struct os *os, pid_t pid, int fd, uint64_t *ret)
{
	char link[32], info[512];
	int r = proc_fd_name(os->proc_fd, pid, fd, link, sizeof(link));

	if (r)
		return r == -ESRCH ? 0 : r;
	if (strcmp(link, "anon_inode:[eventfd]") != 0)
		return 0;
	if (fdinfo_read(os->proc_fd, pid, fd, info, sizeof(info)) < 0 ||
	    !fdinfo_number(info, "eventfd-id", ret))
		return -ENOENT;
	return 1;
}

static void make_key(uint64_t number, bool full, char key[WAIT_KEY])
{
	snprintf(key, WAIT_KEY, "eventfd:%" PRIu64 ":%s", number, full ? "room" : "count");
}

static int recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	bool full = writes(s);
	uint64_t number = 0;
	int r;

	if (s->state != 'S' ||
	    (s->n_kframes && !seen_in_kernel(s, full ? "eventfd_write" : "eventfd_read")))
		return 0;
	r = number_of(os, s->ref.pid, (int)s->args[0], &number);
	if (!r || (r < 0 && r != -ENOENT))
		return r;
	ret->kind = full ? "eventfd-full" : "eventfd-empty";
	ret->class = full ? CLASS_FULL : CLASS_EMPTY;
	ret->verb = full ? "writes to" : "reads from";
	ret->id = r == 1;
	ret->address = number;
	if (r == 1)
		make_key(number, full, ret->key);
	else
		snprintf(ret->key, WAIT_KEY, "eventfd:fd:%d:%" PRIu64 ":%d:%d", s->ref.pid,
			 s->ref.start, (int)s->args[0], full);
	return 1;
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	bool full = w->class == CLASS_FULL;
	char name[64], key[WAIT_KEY];
	const struct open_end end = {
		.held = held_link("eventfd", w->address),
		.use = HOLDER_READS | HOLDER_WRITES,
		.what = "it open",
		.doing = full ? "reading from it" : "writing to it",
		.thing = "the eventfd",
		.other_key = key,
		.vague = true,
	};
	int r;

	if (w->id)
		snprintf(name, sizeof(name), "eventfd %" PRIu64, w->address);
	else
		snprintf(name, sizeof(name), "eventfd %d of %d", (int)s->args[0], s->ref.pid);
	make_key(w->address, !full, key);
	r = state_resource(env, w, name, full ? "full" : "count 0", NULL, 0);
	if (r)
		return r;
	return w->id ? open_ends_state(env, s, w, &end)
		     : state_nobody(env, w, "this kernel does not tell one eventfd from another");
}

static const struct probe_kind kinds[] = {
	{"eventfd-full", CLASS_FULL, KNOWS_INFERRED, 0},
	{"eventfd-empty", CLASS_EMPTY, KNOWS_INFERRED, 0},
	{0},
};
static const int syscalls[] = {SYS_read, SYS_readv, SYS_write, SYS_writev, -1};

const struct probe probe_eventfd = {
	.kind = LT_KIND_EVENTFD,
	.name = "eventfd",
	.kinds = kinds,
	.syscalls = syscalls,
	.recognise = recognise,
	.describe = describe,
};
