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
#include "state.h"

struct glibc_sem {
	uint32_t value; /* futex */
	uint32_t waiters;
};

struct glibc_barrier {
	uint32_t in;	/* have come, since it was made */
	uint32_t round; /* futex; of these, belong to rounds that are over */
	uint32_t count;
};

static int describe_semaphore(const struct probe_env *env, const struct seen *s,
			      const struct wait *w)
{
	struct fact_number state[2];
	char name[FUTEX_NAME];
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
	futex_name(env->os, s, "semaphore", w->address, name);
	r = state_resource(env, w, name, n && !sem.value ? "value 0" : NULL, state, n);
	return r ? r : state_nobody(env, w, "a semaphore does not record who took from it");
}

static int describe_barrier(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	uint64_t at = w->address - offsetof(struct glibc_barrier, round);
	char name[FUTEX_NAME], detail[64];
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
	return r ? r : state_nobody(env, w, "a barrier does not record who has not come yet");
}

const struct futex_sort futex_semaphore = {
	.kind = "semaphore",
	.class = CLASS_PARK,
	.verb = "waits for",
	.describe = describe_semaphore,
};

const struct futex_sort futex_barrier = {
	.kind = "barrier",
	.class = CLASS_PARK,
	.verb = "waits at",
	.describe = describe_barrier,
};
