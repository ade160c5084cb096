// SPDX-License-Identifier: GPL-2.0
#include "doing.h"

#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "clock.h"
#include "fd_words.h"
#include "io_words.h"
#include "os.h"
#include "polled.h"
#include "stopped.h"
#include "syscalls.h"
#include "terminal.h"
#include "time_left.h"

/* A tick of the scheduler's clock may be a second away on a processor that is left alone. */
#define STARVED_NS 1500000000ULL

/* It does not run although it could: another has its CPU, or its group's time is used up. */
static void running_words(const struct seen *s, char *buf, size_t size)
{
	uint64_t now = os_now_ns();

	if (s->ran_ns && now > s->ran_ns + STARVED_NS)
		snprintf(buf, size, "runnable, but has not got a CPU for %.1f s",
			 (double)(now - s->ran_ns) / 1e9);
	else if (s->cpu >= 0)
		snprintf(buf, size, "running on CPU %d", s->cpu);
	else
		snprintf(buf, size, "running");
}

/* By state alone; false if the call has to tell. */
static bool by_state(const struct os *os, const struct seen *s, enum activity *ret, char *buf,
		     size_t size)
{
	switch (s->state) {
	case 'R':
		*ret = ACT_RUNNING;
		running_words(s, buf, size);
		return true;
	case 'T':
	case 't':
		*ret = ACT_STOPPED;
		stopped_words(os, s, buf, size);
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

/* Who or what is behind the file of the call, with a blank before it. */
static void add_behind(struct os *os, const struct seen *s, const struct syscall_info *info,
		       char *buf, size_t size)
{
	size_t len = strlen(buf);

	if (len + 2 > size)
		return;
	if (!info->on_fd)
		io_fuse_words(os, s, buf + len + 1, size - len - 1);
	else if (info->activity == ACT_IO)
		io_words(os, s, (int)s->args[0], buf + len + 1, size - len - 1);
	else
		return;
	if (buf[len + 1])
		buf[len] = ' ';
}

/* poll() and select() for no descriptor at all: that is how some write a sleep. */
static bool waits_for_nothing(const struct seen *s, int32_t nr)
{
	switch (nr) {
#ifdef SYS_poll
	case SYS_poll:
		return !s->args[1];
	case SYS_select:
		return !s->args[0];
#endif
	case SYS_ppoll:
		return !s->args[1];
	case SYS_pselect6:
		return !s->args[0];
	default:
		return false;
	}
}

static void call_words(struct os *os, const struct seen *s, int32_t nr, char *buf, size_t size)
{
	const struct syscall_info *info = syscall_info(nr);
	int fd = polled_fd(os, s);
	char file[192];
	size_t len;

	if (!info) {
		snprintf(buf, size, "in system call %d", nr);
	} else if (waits_for_nothing(s, nr)) {
		snprintf(buf, size, "sleeping in %s", info->name);
	} else if (fd >= 0 && fd_words(os, s->ref.pid, fd, file, sizeof(file)) == 0) {
		snprintf(buf, size, "waiting for data from %s in %s", file, info->name);
	} else if (!info->on_fd) {
		snprintf(buf, size, "%s %s", info->words, info->name);
		add_behind(os, s, info, buf, size);
	} else if (fd_words(os, s->ref.pid, (int)s->args[0], file, sizeof(file)) == 0) {
		snprintf(buf, size, "%s %s", info->words, file);
		add_behind(os, s, info, buf, size);
		len = strlen(buf);
		snprintf(buf + len, size - len, " (%s)", info->name);
	} else {
		snprintf(buf, size, "in %s", info->name);
	}
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

/* Less is over before anybody reads it, and would be "0.0 s". */
#define SHORT_NS UINT64_C(50000000)

/* For how long still: that of a sleep is certain, any other may end before. */
static void limit_words(struct os *os, const struct seen *s, int32_t nr, enum activity activity,
			char *buf, size_t size)
{
	size_t len = strlen(buf);
	uint64_t ns;

	if (nr < 0 || !time_left(os, s, nr, &ns) || ns < SHORT_NS)
		return;
	snprintf(buf + len, size - len, "%s another %.*f s",
		 activity == ACT_SLEEPING ? ", for" : ", for at most", ns < 10000000000ULL ? 1 : 0,
		 (double)ns / 1e9);
}

/* Of a thread that its state alone does not tell of. */
static enum activity activity_in(struct os *os, const struct seen *s, int32_t nr,
				 char terminal[TERMINAL_NAME])
{
	const struct syscall_info *info = syscall_info(nr);
	enum activity activity = info ? info->activity : ACT_UNKNOWN;

	/* nothing but the kernel ends it, whichever call it is in */
	if (s->state == 'D')
		return activity == ACT_LOCK_WAIT ? activity : ACT_IO;
	if (waits_for_nothing(s, nr))
		return ACT_SLEEPING;
	return terminal_awaited(os, s, nr, terminal) ? ACT_USER_WAIT : activity;
}

enum activity doing_activity(struct os *os, const struct seen *s)
{
	char words[DOING_MAX], terminal[TERMINAL_NAME];
	enum activity activity;

	if (by_state(os, s, &activity, words, sizeof(words)))
		return activity;
	if (frozen_words(os, s, words, sizeof(words)))
		return ACT_STOPPED;
	return activity_in(os, s, syscall_of(s), terminal);
}

int doing_describe(struct os *os, const struct seen *s, enum activity *ret, char *buf, size_t size)
{
	char call[DOING_MAX], terminal[TERMINAL_NAME];
	const char *function;
	int32_t nr;

	if (by_state(os, s, ret, buf, size))
		return 0;
	if (frozen_words(os, s, buf, size)) {
		*ret = ACT_STOPPED;
		return 0;
	}
	nr = syscall_of(s);
	*ret = activity_in(os, s, nr, terminal);
	if (*ret == ACT_USER_WAIT)
		snprintf(call, sizeof(call), "waiting for input at the terminal %s", terminal);
	else if (nr < 0)
		no_call_words(s, call, sizeof(call));
	else
		call_words(os, s, nr, call, sizeof(call));
	if (s->state != 'D') {
		snprintf(buf, size, "%s", call);
		limit_words(os, s, nr, *ret, buf, size);
		return 0;
	}
	function = kernel_function(s);
	if (function && nr >= 0)
		snprintf(buf, size, "in D state in %s, %s", function, call);
	else if (function)
		snprintf(buf, size, "in D state in %s", function);
	else
		snprintf(buf, size, "in D state, %s", call);
	return 0;
}
