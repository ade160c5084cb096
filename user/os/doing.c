// SPDX-License-Identifier: GPL-2.0
#include "doing.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "os.h"
#include "proc.h"
#include "syscalls.h"

/* restart_syscall keeps the arguments, not the number: the kernel's own function tells it. */
static const struct {
	const char *kernel;
	int32_t syscall;
} restarted[] = {
	{"hrtimer_nanosleep", SYS_nanosleep}, {"futex_wait", SYS_futex},
	{"futex_wait_queue", SYS_futex},      {"do_sys_poll", SYS_ppoll},
	{"do_restart_poll", SYS_ppoll},
};

static int32_t real_syscall(const struct seen *s)
{
	if (s->syscall != SYS_restart_syscall)
		return s->syscall;
	for (size_t i = 0; i < sizeof(restarted) / sizeof(restarted[0]); i++) {
		if (seen_in_kernel(s, restarted[i].kernel))
			return restarted[i].syscall;
	}
	return s->syscall;
}

static void stopped_words(struct os *os, const struct seen *s, char *buf, size_t size)
{
	struct proc_status st;
	struct proc_stat tracer;

	if (proc_status(os->proc_fd, s->ref.pid, s->ref.tid, &st) != 0 || st.tracer == 0)
		snprintf(buf, size, "stopped by a signal");
	else if (proc_stat(os->proc_fd, st.tracer, st.tracer, &tracer) == 0)
		snprintf(buf, size, "stopped by its tracer %d %s", st.tracer, tracer.comm);
	else
		snprintf(buf, size, "stopped by its tracer %d", st.tracer);
}

static void call_words(struct os *os, const struct seen *s, int32_t nr,
		       const struct syscall_info *info, char *buf, size_t size)
{
	char file[192];

	if (!info)
		snprintf(buf, size, "in system call %d", nr);
	else if (info->activity == ACT_SLEEPING)
		snprintf(buf, size, "sleeping in %s", info->name);
	else if (info->activity == ACT_EVENT_WAIT)
		snprintf(buf, size, "waiting for events in %s", info->name);
	else if (info->words &&
		 proc_fd_name(os->proc_fd, s->ref.pid, (int)s->args[0], file, sizeof(file)) == 0)
		snprintf(buf, size, "%s %s (%s)", info->words, file, info->name);
	else
		snprintf(buf, size, "blocked in %s", info->name);
}

/* By state alone; false if the call has to tell. */
static bool by_state(struct os *os, const struct seen *s, enum activity *ret, char *buf,
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
		stopped_words(os, s, buf, size);
		return true;
	case 'Z':
		*ret = ACT_ZOMBIE;
		snprintf(buf, size, "exited, not yet reaped by its parent");
		return true;
	case 'X':
		*ret = ACT_GONE;
		snprintf(buf, size, "gone");
		return true;
	default:
		return false;
	}
}

int doing_describe(struct os *os, const struct seen *s, enum activity *ret, char *buf, size_t size)
{
	int32_t nr = real_syscall(s);
	const struct syscall_info *info = syscall_info(nr);

	if (by_state(os, s, ret, buf, size))
		return 0;
	if (seen_in_kernel(s, "__refrigerator") || seen_in_kernel(s, "do_freezer_trap")) {
		*ret = ACT_STOPPED;
		snprintf(buf, size, "frozen by its cgroup");
		return 0;
	}
	*ret = info ? info->activity : s->state == 'D' ? ACT_IO : ACT_UNKNOWN;
	if (nr < 0 && s->n_kframes > 0)
		snprintf(buf, size, "in the kernel, in %s", s->kframes[0]);
	else if (nr < 0)
		snprintf(buf, size,
			 s->compat ? "in a system call of a 32-bit program (not read)" : "asleep");
	else
		call_words(os, s, nr, info, buf, size);
	/* state D: nothing but the kernel ends it, whichever call it is in */
	if (s->state == 'D') {
		size_t len = strlen(buf);

		if (*ret != ACT_LOCK_WAIT)
			*ret = ACT_IO;
		snprintf(buf + len, size - len, ", uninterruptible%s%s", s->n_kframes ? " in " : "",
			 s->n_kframes ? s->kframes[0] : "");
	}
	return 0;
}
