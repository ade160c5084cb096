// SPDX-License-Identifier: GPL-2.0
#include "doing.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "fd_words.h"
#include "os.h"
#include "proc.h"
#include "syscalls.h"

static void traced_words(const struct os *os, const struct seen *s, char *buf, size_t size)
{
	struct proc_status st;
	struct proc_stat tracer;

	if (proc_status(os->proc_fd, s->ref.pid, s->ref.tid, &st) != 0 || st.tracer == 0)
		snprintf(buf, size,
			 s->state == 't' ? "stopped by a tracer" : "stopped by a signal");
	else if (proc_stat(os->proc_fd, st.tracer, st.tracer, &tracer) == 0)
		snprintf(buf, size, "stopped, traced by %d %s", st.tracer, tracer.comm);
	else
		snprintf(buf, size, "stopped, traced by %d", st.tracer);
}

/* By state alone; false if the call has to tell. */
static bool by_state(const struct os *os, const struct seen *s, enum activity *ret, char *buf,
		     size_t size)
{
	switch (s->state) {
	case 'R':
		*ret = ACT_RUNNING;
		if (s->cpu >= 0)
			snprintf(buf, size, "running on CPU %d", s->cpu);
		else
			snprintf(buf, size, "running");
		return true;
	case 'T':
	case 't':
		*ret = ACT_STOPPED;
		traced_words(os, s, buf, size);
		return true;
	case 'Z':
		*ret = ACT_ZOMBIE;
		snprintf(buf, size, "exited (zombie), not yet reaped by its parent");
		return true;
	case 'X':
		*ret = ACT_GONE;
		snprintf(buf, size, "gone");
		return true;
	default:
		return false;
	}
}

#define FREEZER "/sys/fs/cgroup/freezer"

/*
 * Since 6.1 the old freezer leaves a thread in the wait it is in: state D, the
 * stack of the wait. Only the group itself tells.
 */
static bool old_freezer_has(const struct os *os, pid_t pid)
{
	char path[512], text[4096], state[32];
	const char *line;

	snprintf(path, sizeof(path), "%d/cgroup", pid);
	if (proc_read(os->proc_fd, path, text, sizeof(text)) <= 0)
		return false;
	line = strstr(text, ":freezer:/");
	if (!line)
		return false;
	line += strlen(":freezer:");
	snprintf(path, sizeof(path), FREEZER "%.*s/freezer.state", (int)strcspn(line, "\n"), line);
	ssize_t n = proc_read(AT_FDCWD, path, state, sizeof(state));

	return n > 0 && strncmp(state, "FR", 2) == 0; /* FREEZING or FROZEN */
}

static bool is_frozen(const struct os *os, const struct seen *s)
{
	return seen_in_kernel(s, "__refrigerator") || seen_in_kernel(s, "do_freezer_trap") ||
	       (s->state == 'D' && old_freezer_has(os, s->ref.pid));
}

static void call_words(struct os *os, const struct seen *s, int32_t nr, char *buf, size_t size)
{
	const struct syscall_info *info = syscall_info(nr);
	char file[192];

	if (!info)
		snprintf(buf, size, "in system call %d", nr);
	else if (!info->on_fd)
		snprintf(buf, size, "%s %s", info->words, info->name);
	else if (fd_words(os, s->ref.pid, (int)s->args[0], file, sizeof(file)) == 0)
		snprintf(buf, size, "%s %s (%s)", info->words, file, info->name);
	else
		snprintf(buf, size, "in %s", info->name);
}

/* The innermost kernel function that says something: all of them end in the scheduler. */
static const char *kernel_function(const struct seen *s)
{
	static const char *const scheduler[] = {"__schedule",	       "schedule",
						"schedule_timeout",    "io_schedule",
						"io_schedule_timeout", "schedule_preempt_disabled"};

	for (int i = 0; i < s->n_kframes; i++) {
		bool says_nothing = false;

		for (size_t k = 0; k < sizeof(scheduler) / sizeof(scheduler[0]); k++)
			says_nothing |= strcmp(s->kframes[i], scheduler[k]) == 0;
		if (!says_nothing)
			return s->kframes[i];
	}
	return NULL;
}

static void no_call_words(const struct seen *s, char *buf, size_t size)
{
	const char *function = kernel_function(s);

	if (s->compat)
		snprintf(buf, size, "asleep in a call of a 32-bit program, which is not read");
	else if (function && strcmp(function, "handle_userfault") == 0)
		snprintf(buf, size, "in a page fault that is left to userfaultfd");
	else if (function)
		snprintf(buf, size, "in the kernel, in %s", function);
	else
		snprintf(buf, size, "asleep");
}

int doing_describe(struct os *os, const struct seen *s, enum activity *ret, char *buf, size_t size)
{
	const struct syscall_info *info;
	char call[DOING_MAX];
	int32_t nr;

	if (by_state(os, s, ret, buf, size))
		return 0;
	if (is_frozen(os, s)) {
		*ret = ACT_STOPPED;
		snprintf(buf, size, "stopped, frozen by its cgroup");
		return 0;
	}
	nr = syscall_of(s);
	info = syscall_info(nr);
	*ret = info ? info->activity : s->state == 'D' ? ACT_IO : ACT_UNKNOWN;
	if (nr < 0)
		no_call_words(s, call, sizeof(call));
	else
		call_words(os, s, nr, call, sizeof(call));
	if (s->state != 'D') {
		snprintf(buf, size, "%s", call);
		return 0;
	}
	/* nothing but the kernel ends it, whichever call it is in */
	if (*ret != ACT_LOCK_WAIT)
		*ret = ACT_IO;
	const char *function = kernel_function(s);

	if (function && nr >= 0)
		snprintf(buf, size, "in D state in %s, %s", function, call);
	else if (function)
		snprintf(buf, size, "in D state in %s", function);
	else
		snprintf(buf, size, "in D state, %s", call);
	return 0;
}
