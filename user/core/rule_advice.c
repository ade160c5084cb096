// SPDX-License-Identifier: GPL-2.0
#include "rule_advice.h"

#define RESTART_ALL "None of these threads can go on by itself: restart their processes. "

const char *advice_of_deadlock(const struct diagnosis *d, const struct finding *f)
{
	const struct model *m = d->model;
	bool locks = true, idle = true, one = true;

	for (uint32_t i = 0; i < f->n_roots; i++) {
		const struct model_wait *w = model_wait_by(m, f->roots[i]);

		locks &= w && class_is_lock(m->resources[w->resource].fact.class);
		idle &= w && class_is_idle(m->resources[w->resource].fact.class);
		one &= m->threads[f->roots[i]].fact.ref.pid == m->threads[f->roots[0]].fact.ref.pid;
	}
	if (locks && one)
		return NULL;
	if (locks)
		return RESTART_ALL "In the code, take these locks in the same order everywhere; "
				   "the stacks show where it is broken.";
	if (idle)
		return "None of these can go on by itself: restart them. In the code, do not wait "
		       "without a time limit for who may be waiting for you; the stacks show where "
		       "that is done.";
	if (one)
		return "None of these threads can go on by itself: restart the process. In the "
		       "code, do not wait for another thread while holding what it needs; the "
		       "stacks show where that is done.";
	return RESTART_ALL "In the code, do not wait for another process while holding what it "
			   "needs; the stacks show where that is done.";
}

/* Who is stopped does nothing, and of who runs there is no stack. */
const char *advice_of_holder(const struct diagnosis *d, const struct finding *f)
{
	uint32_t end = finding_end(f);

	switch (end == NONE ? ACT_UNKNOWN : d->model->threads[end].fact.activity) {
	case ACT_STOPPED:
		return "Let the root blocker go on: send SIGCONT, detach the debugger or thaw the "
		       "control group, whichever it takes. What it holds is held until then.";
	case ACT_RUNNING:
		return "See with a profiler (perf record -g -t and its thread id) what the root "
		       "blocker does while others wait for it. In the code, do less while "
		       "holding the lock.";
	default:
		return NULL;
	}
}
