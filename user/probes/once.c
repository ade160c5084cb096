// SPDX-License-Identifier: GPL-2.0
/*
 * Things that are done once, while others wait until they are done:
 * pthread_once, and the static variables of C++ functions, which
 * __cxa_guard_acquire guards. Neither records who does it; but that thread has
 * the frame of pthread_once, or of the function with the variable, on its
 * stack.
 */
#include <errno.h>
#include <linux/futex.h>
#include <string.h>

#include "../os/os.h"
#include "futex.h"
#include "on_stack.h"
#include "state.h"

#define ONCE_STATE	 3 /* the rest counts forks */
#define ONCE_IN_PROGRESS 1

/* "In progress, and somebody waits", in the words of libstdc++ and of libc++abi. */
#define GUARD_GNU  0x10100
#define GUARD_LLVM 0x600

static int recognise_once(struct os *os, const struct seen *s, const struct futex_call *c,
			  struct wait *ret)
{
	int r;

	if (c->cmd != FUTEX_WAIT || (c->val & ONCE_STATE) != ONCE_IN_PROGRESS)
		return 0;
	r = futex_key(os, s, c->addr, c->private, ret->key);
	return r ? r : 1;
}

/* The frame of __cxa_guard_acquire, among the innermost. */
static int guard_frame(const struct on_stack *o)
{
	for (size_t i = 0; i < 4 && i + 1 < o->u.n; i++) {
		if (on_stack_is(o, i, "__cxa_guard_acquire"))
			return i;
	}
	return -1;
}

static int recognise_guard(struct os *os, const struct seen *s, const struct futex_call *c,
			   struct wait *ret)
{
	struct on_stack *o;
	int r;

	if (c->cmd != FUTEX_WAIT || c->private || (c->val != GUARD_GNU && c->val != GUARD_LLVM))
		return 0;
	r = on_stack_new(&o);
	if (r)
		return r;
	r = on_stack_walk(o, os, s);
	if (!r && guard_frame(o) < 0)
		r = -ENOENT;
	on_stack_free(o);
	if (r)
		return 0;
	r = futex_key(os, s, c->addr, false, ret->key);
	return r ? r : 1;
}

/* Whose function is the one to look for: of the waiter's innermost frames. */
static int function_of(const struct probe_env *env, const struct seen *s, bool guard,
		       struct function *ret, size_t *ret_frame)
{
	struct on_stack *o;
	int r = on_stack_new(&o), frame;

	if (r)
		return r;
	r = on_stack_walk(o, env->os, s);
	if (!r) {
		frame = guard ? guard_frame(o) + 1 : 0;
		*ret_frame = frame;
		r = (!guard || frame) && on_stack_function(o, frame, ret) ? 0 : -ENOENT;
	}
	on_stack_free(o);
	return r;
}

static int describe_as(const struct probe_env *env, const struct seen *s, const struct wait *w,
		       bool guard)
{
	struct thread_ref ref;
	static const char guard_of[] = "guard variable for ";
	char name[FUTEX_NAME], *what;
	size_t frame = 0;
	/* pthread_once keeps the address for the case that it is cancelled */
	struct on_stack_want want = {
		.word = guard ? 0 : w->address,
		.data = guard ? w->address : 0,
	};
	int r;

	futex_name(env->os, s, guard ? "static variable" : "pthread_once", w->address, name);
	what = strstr(name, guard_of);
	if (what)
		memmove(what, what + sizeof(guard_of) - 1, strlen(what) - sizeof(guard_of) + 2);
	r = state_resource(env, w, name, guard ? "being initialised" : "in progress", NULL, 0);
	if (r)
		return r;
	r = function_of(env, s, guard, &want.f, &frame);
	if (!r && on_stack_find(env, s, &want, &ref) == 1)
		return state_hold(env, w, &ref, EVIDENCE_INFERRED,
				  guard ? "the only other thread in a function with the variable"
					: "the only other thread in pthread_once with it");
	if (!r && on_stack_again(env, s, frame, &want))
		return state_hold(env, w, &s->ref, EVIDENCE_INFERRED,
				  guard ? "its own stack shows that it is making the variable"
					: "its own stack has pthread_once with it further out");
	return state_nobody(env, w,
			    "it does not record who does it, and no stack of a sleeping thread "
			    "shows who");
}

static int describe_once(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	return describe_as(env, s, w, false);
}

static int describe_guard(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	return describe_as(env, s, w, true);
}

const struct futex_sort futex_once = {
	.kind = "once",
	.class = CLASS_LOCK,
	.verb = "waits for",
	.recognise = recognise_once,
	.describe = describe_once,
};

const struct futex_sort futex_guard = {
	.kind = "static-init",
	.class = CLASS_LOCK,
	.verb = "waits for",
	.recognise = recognise_guard,
	.describe = describe_guard,
};
