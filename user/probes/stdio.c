// SPDX-License-Identifier: GPL-2.0
/*
 * The lock of a FILE. To the kernel it looks like a mutex (same operation, same
 * value), but its owner is a pointer: to the control block of the thread that
 * has it. A control block points to itself, and has its thread's id.
 */
#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>

#include "../os/os.h"
#include "../os/proc.h"
#include "../os/reader.h"
#include "futex.h"
#include "state.h"

#define LOCKED_WITH_WAITERS 2
#define STACK_WORDS	    192 /* of the waiter's, that may point to the FILE */

static int recognise(struct os *os, const struct seen *s, const struct futex_call *c,
		     struct wait *ret)
{
	struct glibc_recursive l;
	int r;

	if (c->cmd != FUTEX_WAIT || c->val != LOCKED_WITH_WAITERS || !c->private)
		return 0;
	/* the same functions also take locks without an owner */
	r = reader_memory_all(os->reader, s->ref.pid, c->addr, &l, sizeof(l));
	if (r || l.count <= 0 || !l.owner || l.owner % 16)
		return 0;
	r = futex_key(os, s, c->addr, true, ret->key);
	return r ? r : 1;
}

static bool is_file_of(const struct probe_env *env, pid_t pid, uint64_t file, uint64_t lock)
{
	uint64_t at;

	return file && !(file % 8) &&
	       !reader_memory_all(env->os->reader, pid, file + GLIBC_FILE_LOCK, &at, sizeof(at)) &&
	       at == lock;
}

/* The FILE that has this lock: right before it (fopen), or what the waiter's stack points to. */
static uint64_t find_file(const struct probe_env *env, const struct seen *s, uint64_t lock)
{
	uint64_t words[STACK_WORDS];
	ssize_t n;

	if (is_file_of(env, s->ref.pid, lock - GLIBC_FILE_TO_LOCK, lock))
		return lock - GLIBC_FILE_TO_LOCK;
	n = reader_memory(env->os->reader, s->ref.pid, s->sp, words, sizeof(words));
	for (ssize_t i = 0; i < n / 8; i++) {
		/* low numbers and kernel addresses are no pointers */
		if (words[i] > 0x10000 && words[i] < 1ull << 56 &&
		    is_file_of(env, s->ref.pid, words[i], lock))
			return words[i];
	}
	return 0;
}

static void name_it(const struct probe_env *env, const struct seen *s, uint64_t lock,
		    char name[FUTEX_NAME])
{
	uint64_t file = find_file(env, s, lock);
	char path[FUTEX_NAME - 80];
	int32_t fd = -1;

	if (!file ||
	    reader_memory_all(env->os->reader, s->ref.pid, file + GLIBC_FILE_FD, &fd, sizeof(fd)))
		futex_name(env->os, s, "FILE lock", lock, name);
	else if (fd < 0)
		futex_name(env->os, s, "lock of FILE", file, name);
	else if (proc_fd_name(env->os->proc_fd, s->ref.pid, fd, path, sizeof(path)))
		snprintf(name, FUTEX_NAME, "lock of FILE on descriptor %d", fd);
	else
		snprintf(name, FUTEX_NAME, "lock of FILE on descriptor %d (%s)", fd, path);
}

/* Whose control block is at this address? */
static int state_owner_at(const struct probe_env *env, const struct seen *s, const struct wait *w,
			  uint64_t tcb)
{
	uint64_t self;
	int32_t tid;
	int r;

	if (!GLIBC_TCB_TID)
		return state_nobody(env, w,
				    "its owner is a pointer, which cannot be followed on this "
				    "machine");
	r = reader_memory_all(env->os->reader, s->ref.pid, tcb + GLIBC_TCB_SELF, &self,
			      sizeof(self));
	if (!r)
		r = reader_memory_all(env->os->reader, s->ref.pid, tcb + GLIBC_TCB_TID, &tid,
				      sizeof(tid));
	if (r)
		return state_nobody(env, w,
				    "its owner's control block is not in memory any more: that "
				    "thread has ended");
	if (self != tcb)
		return state_nobody(env, w, "its owner does not point to a thread");
	if (tid <= 0) /* cleared by the kernel, or -1 once it is joined */
		return state_nobody(env, w, "the thread that took it has ended");
	return owner_state(env, s, w, w->address, true, tid,
			   "owner of the lock, by its control block");
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	struct reader *reader = env->os->reader;
	struct glibc_recursive l, again;
	char name[FUTEX_NAME], detail[48];
	int r;

	r = reader_memory_all(reader, s->ref.pid, w->address, &l, sizeof(l));
	if (!r)
		r = reader_memory_all(reader, s->ref.pid, w->address, &again, sizeof(again));
	if (r || memcmp(&l, &again, sizeof(l)) != 0)
		return -ESTALE;
	name_it(env, s, w->address, name);
	snprintf(detail, sizeof(detail), "recursive, locked %d deep", l.count);
	r = state_resource(env, w, name, l.count > 1 ? detail : NULL,
			   (struct fact_number[]){{"word", l.lock}, {"count", l.count}}, 2);
	if (r)
		return r;
	if (!l.lock || !l.owner)
		return state_nobody(env, w, "nobody owns it at the moment");
	return state_owner_at(env, s, w, l.owner);
}

const struct futex_sort futex_stdio = {
	.kind = "stdio-lock",
	.class = CLASS_LOCK,
	.verb = "waits for",
	.recognise = recognise,
	.describe = describe,
};
