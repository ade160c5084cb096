// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "../os/os.h"
#include "../os/reader.h"
#include "pipe_call.h"
#include "state.h"

/* Where the path and the flags are among the arguments. openat2() has its flags in memory. */
static int flags_of(struct os *os, const struct seen *s, uint64_t *ret)
{
	if (s->syscall == SYS_openat2)
		return reader_memory_all(os->reader, s->ref.pid, s->args[2], ret, sizeof(*ret));
	*ret = s->syscall == SYS_openat ? s->args[2] : s->args[1];
	return 0;
}

/* Two threads of one process that open one name wait for one thing, if they open it alike. */
int pipe_open_recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	uint64_t path = s->syscall == SYS_openat || s->syscall == SYS_openat2 ? s->args[1]
									      : s->args[0];
	uint64_t flags;

	/* open() sleeps for many reasons: without a kernel stack it is not known to be this one */
	if (!seen_in_kernel(s, "wait_for_partner"))
		return 0;
	if (flags_of(os, s, &flags))
		flags = O_RDONLY;
	ret->kind = "fifo-open";
	ret->class = CLASS_EMPTY;
	ret->verb = "opens";
	ret->id = (flags & O_ACCMODE) != O_RDONLY;
	ret->address = path;
	snprintf(ret->key, WAIT_KEY, "fifo:open:%d:%" PRIu64 ":%" PRIx64 ":%d", s->ref.pid,
		 s->ref.start, path, (int)ret->id);
	return 1;
}

int pipe_open_describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	char path[128] = "", name[sizeof(path) + 16];
	ssize_t n = reader_memory(env->os->reader, s->ref.pid, w->address, path, sizeof(path) - 1);
	int r;

	path[n > 0 ? n : 0] = '\0';
	if (path[0])
		snprintf(name, sizeof(name), "FIFO %s", path);
	else
		snprintf(name, sizeof(name), "a FIFO");
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
