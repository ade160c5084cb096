// SPDX-License-Identifier: GPL-2.0
/*
 * Mutexes of musl. Those that are recursive, error checking or robust have
 * their owner in the word, and are in a list of the owner's locks: what stands
 * before the lock in it points back to it, which nothing else does. Normal ones
 * say that they are taken, and not by whom.
 */
#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>

#include "../os/ns.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "../os/reader.h"
#include "../os/syscalls.h"
#include "hands.h"
#include "musl.h"
#include "state.h"

#define WORD offsetof(struct musl_mutex, lock)

static bool has_owner(const struct musl_mutex *m)
{
	return m->type & MUSL_TYPE_OWNED;
}

/* Could these bytes be a mutex that somebody waits for? */
static bool plausible(const struct musl_mutex *m)
{
	const uint32_t types = MUSL_TYPE_RECURSIVE | MUSL_TYPE_ERRORCHECK | MUSL_TYPE_ROBUST |
			       MUSL_TYPE_SHARED;

	return !(m->type & ~types) && m->waiters && (int32_t)m->waiters > 0;
}

/* The owner's pointers are good for the owner's process alone. */
static bool is_in_list(struct reader *reader, pid_t pid, uint64_t addr, const struct musl_mutex *m)
{
	uint64_t word;

	return has_owner(m) && m->prev && !(m->prev & 7) &&
	       !reader_memory_all(reader, pid, m->prev, &word, sizeof(word)) &&
	       word == addr + offsetof(struct musl_mutex, next);
}

/*
 * Does it wait in a function that takes a mutex? Not if it could as well be in
 * one that takes an rwlock, or in a wait of the program's own making.
 */
static bool waits_for_mutex(struct os *os, const struct seen *s)
{
	char functions[SITE_SCAN][SITE_NAME];
	int n = site_scan(os, s, functions);
	bool found = false;

	for (int i = 0; i < n; i++) {
		enum glibc_wait in = glibc_wait_in(functions[i]);

		found |= in == GLIBC_MUTEX;
		if (in == GLIBC_RDLOCK || in == GLIBC_WRLOCK || !strcmp(functions[i], "syscall"))
			return false;
	}
	return found;
}

#define LOOPS_MAX 64

struct loops {
	struct os *os;
	pid_t pid;
	int n;
};

static int in_event_loop(void *ctx, pid_t tid)
{
	struct loops *l = ctx;
	const struct syscall_info *info;
	struct proc_syscall call;

	if (l->n++ == LOOPS_MAX)
		return -ENOSPC;
	if (proc_syscall(l->os->proc_fd, l->pid, tid, &call))
		return 0;
	if (call.running) /* perhaps on its way round */
		return 1;
	info = syscall_info(call.nr);
	return info && info->activity == ACT_EVENT_WAIT;
}

/*
 * Idle workers wait for hours on a mutex that the main thread keeps while it
 * lives its event loop (Redis has its I/O threads do so). If the owner is
 * known, the core sees that; a normal mutex could be any thread's, so one such
 * thread is enough to be silent.
 */
static bool may_be_kept_by_an_event_loop(struct os *os, const struct seen *s)
{
	struct loops l = {.os = os, .pid = s->ref.pid};

	return proc_each_tid(os->proc_fd, s->ref.pid, in_event_loop, &l) != 0;
}

static int recognise(struct os *os, const struct seen *s, const struct futex_call *c,
		     struct wait *ret)
{
	uint64_t addr = c->addr - WORD;
	struct musl_mutex m;
	int r;

	if (c->cmd != FUTEX_WAIT || !(c->val & MUSL_WAITERS))
		return 0;
	r = reader_memory_all(os->reader, s->ref.pid, addr, &m, sizeof(m));
	if (r)
		return r;
	if (!plausible(&m) || (!has_owner(&m) && c->val != (MUSL_BUSY | MUSL_WAITERS)))
		return 0;
	if (!is_in_list(os->reader, s->ref.pid, addr, &m) && !waits_for_mutex(os, s))
		return 0;
	r = futex_key(os, s, c->addr, c->private, ret->key);
	if (!r && !has_owner(&m) && may_be_kept_by_an_event_loop(os, s))
		ret->class = CLASS_PARK;
	return r ? r : 1;
}

static void detail_of(const struct musl_mutex *m, char *buf, size_t size)
{
	const struct {
		bool on;
		const char *word;
	} words[] = {
		{m->type & MUSL_TYPE_RECURSIVE, ", recursive"},
		{m->type & MUSL_TYPE_ERRORCHECK, ", error-checking"},
		{m->type & MUSL_TYPE_SHARED, ", process-shared"},
		{m->type & MUSL_TYPE_ROBUST, ", robust"},
	};
	size_t used = snprintf(buf, size, "of musl");

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (words[i].on)
			used += snprintf(buf + used, size - used, "%s", words[i].word);
	if (m->type & MUSL_TYPE_RECURSIVE && m->count)
		snprintf(buf + used, size - used, ", locked %u deep", m->count + 1);
}

/* The word is read, and read again: between the two the lock may have changed hands. */
static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	struct reader *reader = env->os->reader;
	uint64_t addr = w->address - WORD;
	char name[FUTEX_NAME], detail[96], why[HANDS_WHY];
	struct musl_mutex m, again;
	struct thread_ref owner;
	struct futex_call c;
	int r;

	if (!futex_call_of(s, &c))
		return -ESTALE;
	r = reader_memory_all(reader, s->ref.pid, addr, &m, sizeof(m));
	if (!r)
		r = reader_memory_all(reader, s->ref.pid, addr, &again, sizeof(again));
	if (r)
		return r == -ESRCH ? -ESTALE : r;
	if (m.lock != again.lock || m.type != again.type || !plausible(&m))
		return -ESTALE;
	struct fact_number state[] = {{"word", m.lock}, {"type", m.type}, {"waiters", m.waiters}};

	futex_name(env->os, s, "mutex", addr, name);
	detail_of(&m, detail, sizeof(detail));
	r = state_resource(env, w, name, detail, state, 3);
	if (r)
		return r;
	if (!(m.lock & ~MUSL_WAITERS))
		return state_nobody(env, w, "nobody owns it at the moment");
	if (!has_owner(&m)) {
		r = hands_state_taker(env, s, w, addr, why);
		if (r)
			return r < 0 ? r : 0;
		return state_nobody(env, w, "a normal mutex of musl does not record its owner");
	}
	/* what a thread still has when it ends, musl takes from it */
	if (!(m.lock & MUSL_TID) || (m.lock & MUSL_TID) == MUSL_TID)
		return state_nobody(env, w,
				    "its owner has exited without releasing it, and its id is "
				    "not kept");
	if (c.private && !is_in_list(reader, s->ref.pid, addr, &m) &&
	    !ns_find_thread(env->os->proc_fd, s->ref.pid, m.lock & MUSL_TID, true, &owner))
		return state_nobody(env, w, "its memory does not look like a mutex of musl");
	return owner_state(env, s, w, addr, c.private, m.lock & MUSL_TID,
			   "owner in the word of the lock");
}

const struct futex_sort musl_mutex = {
	.kind = "mutex",
	.class = CLASS_LOCK,
	.verb = "waits for",
	.recognise = recognise,
	.describe = describe,
};
