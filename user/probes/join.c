// SPDX-License-Identifier: GPL-2.0
/*
 * pthread_join: the joined thread's id is both the word and the value waited
 * on, and the kernel clears the word when that thread has ended. Nothing else
 * of the lock family names the thread so plainly.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <stdio.h>

#include "../os/ns.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "../os/reader.h"
#include "futex.h"
#include "state.h"

static int recognise(struct os *os, const struct seen *s, const struct futex_call *c,
		     struct wait *ret)
{
	struct thread_ref ref;
	uint32_t word;
	int r;

	if ((c->cmd != FUTEX_WAIT && c->cmd != FUTEX_WAIT_BITSET) || (int32_t)c->val <= 0)
		return 0;
	r = reader_memory_all(os->reader, s->ref.pid, c->addr, &word, sizeof(word));
	if (r)
		return r;
	if (word != c->val)
		return -ESTALE; /* has ended since */
	r = ns_find_thread(os->proc_fd, s->ref.pid, c->val, true, &ref);
	if (r)
		return r == -ESRCH ? 0 : r;
	snprintf(ret->key, WAIT_KEY, "thread:%d:%d:%" PRIu64, ref.pid, ref.tid, ref.start);
	ret->id = ref.tid;
	ret->address2 = ref.start;
	return 1;
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	struct thread_ref ref = {.pid = s->ref.pid, .tid = w->id, .start = w->address2};
	struct proc_stat st;
	char name[96];
	int r;

	r = proc_stat(env->os->proc_fd, ref.pid, ref.tid, &st);
	if (r || st.start != ref.start)
		return -ESTALE;
	snprintf(name, sizeof(name), "thread %d %s", ref.tid, st.comm);
	r = state_resource(env, w, name, NULL, NULL, 0);
	return r ? r : state_hold(env, w, &ref, EVIDENCE_EXACT, "the thread that is joined");
}

const struct futex_sort futex_join = {
	.kind = "thread",
	.class = CLASS_PARK,
	.verb = "joins",
	.follow = true,
	.recognise = recognise,
	.describe = describe,
};
