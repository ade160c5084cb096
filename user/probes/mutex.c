// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>

#include "../os/os.h"
#include "../os/reader.h"
#include "futex.h"
#include "state.h"

#define LOCKED_WITH_WAITERS 2

static bool is_word(const struct glibc_mutex *m, uint32_t word)
{
	if (m->kind & GLIBC_KIND_ROBUST)
		return word & FUTEX_TID_MASK;
	if (m->kind & GLIBC_KIND_PP)
		word &= ~GLIBC_PP_CEILING_MASK;
	return word == 1 || word == LOCKED_WITH_WAITERS;
}

/* Could these bytes be a glibc mutex at all? */
static bool plausible(const struct glibc_mutex *m)
{
	return !(m->kind & ~GLIBC_KIND_VALID) && !(m->kind & GLIBC_KIND_PI);
}

/* The value that the thread expected in the word: only these are written by pthread_mutex_lock. */
static bool is_wait_value(uint32_t val)
{
	return val == LOCKED_WITH_WAITERS || ((val & FUTEX_WAITERS) && (val & FUTEX_TID_MASK)) ||
	       ((val & GLIBC_PP_CEILING_MASK) &&
		(val & ~GLIBC_PP_CEILING_MASK) == LOCKED_WITH_WAITERS);
}

static int recognise(struct os *os, const struct seen *s, const struct futex_call *c,
		     struct wait *ret)
{
	struct glibc_mutex m;
	int r;

	if ((c->cmd != FUTEX_WAIT && c->cmd != FUTEX_WAIT_BITSET) || !is_wait_value(c->val))
		return 0;
	if (c->in == GLIBC_CONDVAR) {
		/*
		 * Waiting for the signal is WAIT_BITSET; WAIT is for the mutex,
		 * or for the short lock inside of the condition variable, which
		 * may have the same value.
		 */
		if (c->cmd != FUTEX_WAIT)
			return 0;
		r = reader_memory_all(os->reader, s->ref.pid, c->addr, &m, sizeof(m));
		if (r || !plausible(&m) || !m.nusers || !is_word(&m, m.lock))
			return 0;
	}
	r = futex_key(os, s, c->addr, c->private, ret->key);
	return r ? r : 1;
}

static void detail_of(const struct glibc_mutex *m, char *buf, size_t size)
{
	static const char *const types[] = {"", "recursive", "error-checking", "adaptive"};
	const struct {
		bool on;
		const char *word;
	} words[] = {
		{m->kind & GLIBC_KIND_TYPE, types[m->kind & GLIBC_KIND_TYPE]},
		{m->kind & GLIBC_KIND_SHARED, "process-shared"},
		{m->kind & GLIBC_KIND_ROBUST, "robust"},
		{m->kind & GLIBC_KIND_PP, "priority-protected"},
	};
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (words[i].on)
			used += snprintf(buf + used, size - used, "%s%s", used ? ", " : "",
					 words[i].word);
	}
	if ((m->kind & GLIBC_KIND_TYPE) == GLIBC_KIND_RECURSIVE && m->count > 1)
		snprintf(buf + used, size - used, ", locked %u deep", m->count);
}

static int state_mutex(const struct probe_env *env, const struct seen *s, const struct wait *w,
		       const struct glibc_mutex *m)
{
	struct fact_number state[] = {
		{"word", m->lock},
		{"owner", m->owner},
		{"kind", m->kind},
	};
	char name[FUTEX_NAME], detail[96];

	futex_name(env->os, s, "mutex", w->address, name);
	detail_of(m, detail, sizeof(detail));
	return state_resource(env, w, name, detail[0] ? detail : NULL, state, 3);
}

static int state_unreadable(const struct probe_env *env, const struct seen *s, const struct wait *w,
			    int error)
{
	char name[FUTEX_NAME], why[128];
	int r;

	futex_name(env->os, s, "mutex", w->address, name);
	r = state_resource(env, w, name, NULL, NULL, 0);
	if (r)
		return r;
	snprintf(why, sizeof(why), "its memory cannot be read: %s", strerror(-error));
	return state_nobody(env, w, why);
}

/*
 * The lock is read, and read again: between the word and the owner it may have
 * changed hands. That the waiter still waits is for the caller to check.
 */
static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	struct reader *reader = env->os->reader;
	struct glibc_mutex m, again;
	struct futex_call c;
	uint32_t owner;
	int r;

	if (!futex_call_of(s, &c))
		return -ESTALE;
	r = reader_memory_all(reader, s->ref.pid, w->address, &m, sizeof(m));
	if (!r)
		r = reader_memory_all(reader, s->ref.pid, w->address, &again, sizeof(again));
	if (r == -ESRCH)
		return -ESTALE;
	if (r)
		return state_unreadable(env, s, w, r);
	if (m.lock != again.lock || m.owner != again.owner || m.kind != again.kind)
		return -ESTALE;
	r = state_mutex(env, s, w, &m);
	if (r)
		return r;
	if (!plausible(&m))
		return state_nobody(env, w,
				    "its memory does not look like a mutex of this C library");
	owner = m.kind & GLIBC_KIND_ROBUST ? m.lock & FUTEX_TID_MASK : (uint32_t)m.owner;
	if (!m.lock || !owner)
		return state_nobody(env, w, "nobody owns it at the moment");
	if (!is_word(&m, m.lock) || owner > FUTEX_TID_MASK)
		return state_nobody(env, w,
				    "its memory does not look like a mutex of this C library");
	return owner_state(env, s, w, w->address, c.private, owner,
			   m.kind & GLIBC_KIND_ROBUST ? "owner in the word of the robust lock"
						      : "owner field of the lock");
}

const struct futex_sort futex_mutex = {
	.kind = "mutex",
	.class = CLASS_LOCK,
	.verb = "waits for",
	.recognise = recognise,
	.describe = describe,
};

static int recognise_pi(struct os *os, const struct seen *s, const struct futex_call *c,
			struct wait *ret)
{
	int r = futex_key(os, s, c->addr, c->private, ret->key);

	return r ? r : 1;
}

/* The kernel lends the waiter's priority to the owner in the word, so the word is right. */
static int describe_pi(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	char name[FUTEX_NAME];
	struct futex_call c;
	uint32_t word;
	int r;

	if (!futex_call_of(s, &c))
		return -ESTALE;
	r = reader_memory_all(env->os->reader, s->ref.pid, w->address, &word, sizeof(word));
	if (r == -ESRCH)
		return -ESTALE;
	if (r)
		return state_unreadable(env, s, w, r);
	futex_name(env->os, s, "mutex", w->address, name);
	r = state_resource(env, w, name, "priority-inheriting", &(struct fact_number){"word", word},
			   1);
	if (r)
		return r;
	if (!(word & FUTEX_TID_MASK))
		return state_nobody(env, w, "nobody owns it at the moment");
	return owner_state(env, s, w, w->address, c.private, word & FUTEX_TID_MASK,
			   "owner in the word of the priority-inheriting lock");
}

const struct futex_sort futex_pi_mutex = {
	.kind = "mutex",
	.class = CLASS_LOCK,
	.verb = "waits for",
	.recognise = recognise_pi,
	.describe = describe_pi,
};
