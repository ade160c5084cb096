// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

#include "open_call.h"
#include "pipe_call.h"
#include "state.h"

/* Two threads of one process that open one name wait for one thing, if they open it alike. */
int pipe_open_recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	uint64_t flags;

	/* open() sleeps for many reasons: without a kernel stack it is not known to be this one */
	if (!seen_in_kernel(s, "wait_for_partner"))
		return 0;
	if (open_call_flags(os, s, &flags))
		flags = O_RDONLY;
	ret->kind = "fifo-open";
	ret->class = CLASS_EMPTY;
	ret->verb = "opens";
	ret->id = (flags & O_ACCMODE) != O_RDONLY;
	snprintf(ret->key, WAIT_KEY, "fifo:open:%d:%" PRIu64 ":%" PRIx64 ":%d", s->ref.pid,
		 s->ref.start, open_call_path(s), (int)ret->id);
	return 1;
}

int pipe_open_describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	char name[160];
	int r;

	open_call_name(env->os, s, "FIFO", name, sizeof(name));
	r = state_resource(env, w, name,
			   w->id ? "opened for writing, has no reader"
				 : "opened for reading, has no writer",
			   NULL, 0);
	if (r)
		return r;
	return state_nobody(env, w,
			    w->id ? "nobody has opened it for reading yet"
				  : "nobody has opened it for writing yet");
}
