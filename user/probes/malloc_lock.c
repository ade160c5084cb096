// SPDX-License-Identifier: GPL-2.0
/*
 * The locks of malloc's arenas: held for microseconds, and without an owner. A
 * wait that lasts has one usual reason: a signal came while the thread was in
 * malloc, and the handler calls malloc. Its own stack shows that.
 */
#include <linux/futex.h>

#include "../os/os.h"
#include "futex.h"
#include "on_stack.h"
#include "state.h"

#define LOCKED_WITH_WAITERS 2

static int recognise(struct os *os, const struct seen *s, const struct futex_call *c,
		     struct wait *ret)
{
	int r;

	if (c->cmd != FUTEX_WAIT || c->val != LOCKED_WITH_WAITERS || !c->private)
		return 0;
	r = futex_key(os, s, c->addr, true, ret->key);
	return r ? r : 1;
}

static bool in_allocator(const struct parser_frame *f)
{
	return f->file && !f->guessed && f->libc == LIBC_GLIBC && f->export[0] &&
	       glibc_wait_in(f->export) == GLIBC_MALLOC;
}

/* Does a signal handler that wants the lock run on top of the allocator? */
static bool interrupted_itself(const struct probe_env *env, const struct seen *s)
{
	bool signal = false, found = false;
	struct on_stack *o;

	if (on_stack_new(&o))
		return false;
	if (!on_stack_walk(o, env->os, s)) {
		for (size_t i = 1; i < o->u.n && !found; i++) {
			const struct parser_frame *f = &o->u.frames[i];

			/* what was interrupted is not at a return address */
			signal |= f->exact_pc;
			found = signal && in_allocator(f);
		}
	}
	on_stack_free(o);
	return found;
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	char name[FUTEX_NAME];
	int r;

	futex_name(env->os, s, "malloc arena lock", w->address, name);
	r = state_resource(env, w, name, NULL, NULL, 0);
	if (r)
		return r;
	if (interrupted_itself(env, s))
		return state_hold(
			env, w, &s->ref, EVIDENCE_INFERRED,
			"a signal interrupted it in malloc, and the handler needs malloc");
	return state_nobody(env, w, "malloc does not record who has its locks");
}

const struct futex_sort futex_malloc = {
	.kind = "malloc-lock",
	.class = CLASS_LOCK,
	.verb = "waits for",
	.recognise = recognise,
	.describe = describe,
};
