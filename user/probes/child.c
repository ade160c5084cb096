// SPDX-License-Identifier: GPL-2.0
/* Waits for a child process: one line of the list, two sorts. */
#include <string.h>
#include <sys/syscall.h>

#include "child.h"

static int recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	int32_t nr = s->syscall;

	if (s->state == 'R')
		return 0;
	if (nr == SYS_wait4 || nr == SYS_waitid)
		return child_wait_recognise(os, s, ret);
	return vfork_recognise(os, s, ret);
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	if (strcmp(w->kind, "vfork") == 0)
		return vfork_describe(env, s, w);
	return child_wait_describe(env, s, w);
}

static const struct probe_kind kinds[] = {
	{"child", CLASS_EMPTY, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{"vfork", CLASS_EMPTY, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{0},
};
static const int syscalls[] = {
	SYS_wait4,  SYS_waitid, SYS_clone,
#ifdef SYS_clone3
	SYS_clone3,
#endif
#ifdef SYS_vfork
	SYS_vfork,
#endif
	-1,
};

const struct probe probe_child = {
	.kind = LT_KIND_CHILD,
	.name = "child",
	.kinds = kinds,
	.syscalls = syscalls,
	.unseen = "when waits for children began",
	.recognise = recognise,
	.describe = describe,
};
