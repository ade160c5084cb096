// SPDX-License-Identifier: GPL-2.0
/*
 * futex_waitv(): a wait for any of several futexes, as emulators of other
 * systems make them. Nothing says which of them is a lock, and one of them is
 * enough, so this is parking; the first word names it.
 */
#include <inttypes.h>
#include <linux/futex.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "../os/os.h"
#include "../os/reader.h"
#include "futex.h"
#include "state.h"

static int recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	struct futex_waitv first;
	int r;

	if (s->state == 'R' || !s->args[1])
		return 0;
	r = reader_memory_all(os->reader, s->ref.pid, s->args[0], &first, sizeof(first));
	if (r)
		return r;
	ret->kind = "futexes";
	ret->class = CLASS_PARK;
	ret->verb = "waits for";
	ret->address = first.uaddr;
	ret->id = (int64_t)s->args[1];
	r = futex_key(os, s, first.uaddr, first.flags & FUTEX_PRIVATE_FLAG, ret->key);
	return r ? r : 1;
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	char what[64], name[FUTEX_NAME];
	int r;

	snprintf(what, sizeof(what), "any of %" PRId64 " futexes, the first", w->id);
	futex_name(env->os, s, what, w->address, name);
	r = state_resource(env, w, name, NULL, NULL, 0);
	return r ? r : state_nobody(env, w, "it waits for any of several futexes");
}

static const struct probe_kind kinds[] = {
	{"futexes", CLASS_PARK, KNOWS_NOBODY, 0},
	{0},
};
static const int syscalls[] = {SYS_futex_waitv, -1};

const struct probe probe_futexv = {
	.kind = LT_KIND_FUTEXV,
	.name = "futexv",
	.kinds = kinds,
	.syscalls = syscalls,
	.recognise = recognise,
	.describe = describe,
};
