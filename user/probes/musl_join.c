// SPDX-License-Identifier: GPL-2.0
/*
 * pthread_join of musl waits on a state within the joined thread's descriptor,
 * whose first word is its own address and which has the thread's id too.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>

#include "../os/ns.h"
#include "../os/os.h"
#include "../os/reader.h"
#include "musl.h"

#define EXITING	 1
#define JOINABLE 2

/* From the descriptor's start to the state; two words before that is the thread's id. */
#ifdef __aarch64__
#define TO_STATE 40
#else
#define TO_STATE 56
#endif
#define TO_TID (TO_STATE - 8)

static int recognise(struct os *os, const struct seen *s, const struct futex_call *c,
		     struct wait *ret)
{
	uint64_t self, start = c->addr - TO_STATE;
	uint8_t descriptor[TO_STATE + 4];
	struct thread_ref ref;
	int32_t tid;
	int r;

	if (c->cmd != FUTEX_WAIT || (c->val != JOINABLE && c->val != EXITING))
		return 0;
	r = reader_memory_all(os->reader, s->ref.pid, start, descriptor, sizeof(descriptor));
	if (r)
		return r == -ESRCH ? r : 0;
	memcpy(&self, descriptor, sizeof(self));
	memcpy(&tid, descriptor + TO_TID, sizeof(tid));
	if (self != start || tid <= 0)
		return 0;
	r = ns_find_thread(os->proc_fd, s->ref.pid, tid, true, &ref);
	if (r)
		return r == -ESRCH ? 0 : r;
	snprintf(ret->key, WAIT_KEY, "thread:%d:%d:%" PRIu64, ref.pid, ref.tid, ref.start);
	ret->id = ref.tid;
	ret->address2 = ref.start;
	return 1;
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	return futex_join.describe(env, s, w);
}

const struct futex_sort musl_join = {
	.kind = "thread",
	.class = CLASS_PARK,
	.verb = "joins",
	.follow = true,
	.recognise = recognise,
	.describe = describe,
};
