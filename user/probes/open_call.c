// SPDX-License-Identifier: GPL-2.0
#include "open_call.h"

#include <stdio.h>
#include <sys/syscall.h>

#include "../os/os.h"
#include "../os/reader.h"

bool open_call_is(const struct seen *s)
{
#ifdef SYS_open
	if (s->syscall == SYS_open)
		return true;
#endif
	return s->syscall == SYS_openat || s->syscall == SYS_openat2;
}

uint64_t open_call_path(const struct seen *s)
{
	return s->syscall == SYS_openat || s->syscall == SYS_openat2 ? s->args[1] : s->args[0];
}

int open_call_flags(struct os *os, const struct seen *s, uint64_t *ret)
{
	if (s->syscall == SYS_openat2)
		return reader_memory_all(os->reader, s->ref.pid, s->args[2], ret, sizeof(*ret));
	*ret = s->syscall == SYS_openat ? s->args[2] : s->args[1];
	return 0;
}

void open_call_name(struct os *os, const struct seen *s, const char *what, char *buf, size_t size)
{
	char path[128];
	ssize_t n = reader_memory(os->reader, s->ref.pid, open_call_path(s), path,
				  sizeof(path) - 1);

	path[n > 0 ? n : 0] = '\0';
	if (path[0])
		snprintf(buf, size, "%s %s", what, path);
	else
		snprintf(buf, size, "a %s", what);
}
