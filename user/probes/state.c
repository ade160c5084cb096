// SPDX-License-Identifier: GPL-2.0
#include "../os/os.h"
#include "../os/proc.h"
#include "state.h"

int state_resource(const struct probe_env *env, const struct wait *w, const char *name,
		   const char *detail, const struct fact_number *state, size_t n_state)
{
	struct fact f = {
		.type = FACT_RESOURCE,
		.resource =
			{
				.key = w->key,
				.kind = w->kind,
				.class = w->class,
				.name = name,
				.detail = detail,
				.state = state,
				.n_state = n_state,
			},
	};

	return fact_put(env->out, &f);
}

static int put_hold(const struct probe_env *env, const struct wait *w, const struct thread_ref *ref,
		    enum evidence evidence, const char *why, bool gone, bool copied)
{
	struct fact f = {
		.type = FACT_HOLD,
		.hold =
			{
				.resource = w->key,
				.ref = *ref,
				.evidence = evidence,
				.why = why,
				.gone = gone,
				.copied = copied,
			},
	};

	return fact_put(env->out, &f);
}

int state_hold(const struct probe_env *env, const struct wait *w, const struct thread_ref *ref,
	       enum evidence evidence, const char *why)
{
	return put_hold(env, w, ref, evidence, why, false, false);
}

int state_process(const struct probe_env *env, const struct wait *w, pid_t pid,
		  enum evidence evidence, const char *why)
{
	struct thread_ref ref = {.pid = pid};
	struct proc_stat st;

	if (proc_stat(env->os->proc_fd, pid, pid, &st))
		return 0;
	ref.start = st.start;
	if (st.n_threads == 1)
		ref.tid = pid;
	return state_hold(env, w, &ref, evidence, why);
}

int state_gone(const struct probe_env *env, const struct wait *w, const struct thread_ref *ref,
	       enum evidence evidence, const char *why)
{
	return put_hold(env, w, ref, evidence, why, true, false);
}

int state_copied(const struct probe_env *env, const struct wait *w, const struct thread_ref *ref,
		 enum evidence evidence, const char *why, bool gone)
{
	return put_hold(env, w, ref, evidence, why, gone, true);
}

int state_nobody(const struct probe_env *env, const struct wait *w, const char *why)
{
	struct thread_ref nobody = {0};

	return put_hold(env, w, &nobody, EVIDENCE_UNKNOWN, why, false, false);
}
