// SPDX-License-Identifier: GPL-2.0
/*
 * Semaphores and barriers of glibc: nobody who could end the wait is recorded,
 * but how far it is.
 */
#include <errno.h>
#include <stdio.h>

#include "../os/os.h"
#include "../os/reader.h"
#include "futex.h"
#include "hands.h"
#include "state.h"
#include "wait_sites.h"

struct glibc_sem {
	uint32_t value; /* futex */
	uint32_t waiters;
};

struct glibc_barrier {
	uint32_t in;	/* have come, since it was made */
	uint32_t round; /* futex; of these, belong to rounds that are over */
	uint32_t count;
};

/* Interpreters and virtual machines have locks of their own that are made of one. */
static void name_semaphore(const struct probe_env *env, const struct seen *s, const struct wait *w,
			   char name[FUTEX_NAME])
{
	const struct wait_site *known = wait_site_of(env->os, s);
	char of[WAIT_SITE_NAME];

	if (!known) {
		futex_name(env->os, s, "semaphore", w->address, name);
		return;
	}
	wait_site_name(known, of);
	snprintf(name, FUTEX_NAME, "semaphore of %s", of);
}

static int describe_semaphore(const struct probe_env *env, const struct seen *s,
			      const struct wait *w)
{
	struct fact_number state[2];
	char name[FUTEX_NAME], why[HANDS_WHY];
	struct glibc_sem sem;
	size_t n = 0;
	int r;

	r = reader_memory_all(env->os->reader, s->ref.pid, w->address, &sem, sizeof(sem));
	if (r == -ESRCH)
		return -ESTALE;
	if (!r) {
		state[n++] = (struct fact_number){"value", sem.value};
		state[n++] = (struct fact_number){"waiters", sem.waiters};
	}
	name_semaphore(env, s, w, name);
	r = state_resource(env, w, name, n && !sem.value ? "value 0" : NULL, state, n);
	if (!r)
		r = hands_state_units(env, s, w, why);
	if (r)
		return r < 0 ? r : 0;
	hands_add_waker(env, s, w, why);
	return state_nobody(env, w, why);
}

static int describe_barrier(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	uint64_t at = w->address - offsetof(struct glibc_barrier, round);
	char name[FUTEX_NAME], detail[64], why[HANDS_WHY];
	struct fact_number state[2];
	struct glibc_barrier b;
	bool known;
	int r;

	r = reader_memory_all(env->os->reader, s->ref.pid, at, &b, sizeof(b));
	if (r == -ESRCH)
		return -ESTALE;
	/* the wait for the last round's threads to leave is on another word */
	known = !r && b.in - b.round <= b.count;
	if (known) {
		snprintf(detail, sizeof(detail), "%u of %u have come", b.in - b.round, b.count);
		state[0] = (struct fact_number){"came", b.in - b.round};
		state[1] = (struct fact_number){"needed", b.count};
	}
	futex_name(env->os, s, "barrier", known ? at : w->address, name);
	r = state_resource(env, w, name, known ? detail : NULL, state, known ? 2 : 0);
	if (r)
		return r;
	snprintf(why, sizeof(why), "a barrier does not record who has not come yet");
	hands_add_waker(env, s, w, why);
	return state_nobody(env, w, why);
}

/* Most are events or counts of work; it may be a lock only if somebody was seen to keep it. */
static int recognise_semaphore(struct os *os, const struct seen *s, const struct futex_call *c,
			       struct wait *ret)
{
	int r = futex_key(os, s, c->addr, c->private, ret->key);

	if (s->word_taken)
		ret->class = CLASS_TOKEN;
	return r ? r : 1;
}

const struct futex_sort futex_semaphore = {
	.kind = "semaphore",
	.class = CLASS_PARK,
	.verb = "waits for",
	.recognise = recognise_semaphore,
	.describe = describe_semaphore,
};

const struct futex_sort futex_barrier = {
	.kind = "barrier",
	.class = CLASS_PARK,
	.verb = "waits at",
	.describe = describe_barrier,
};
