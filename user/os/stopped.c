// SPDX-License-Identifier: GPL-2.0
#include "stopped.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os.h"
#include "proc.h"

#define GROUP_MAX 1024

/*
 * The signal that stopped a process is where its exit code will be: until the
 * parent has been told of the stop (a shell always is), and since Linux 5.19.
 * 0: not known.
 */
static int stop_signal(const struct os *os, const struct seen *s)
{
	char path[48], text[1024];
	const char *last;
	ssize_t n;

	snprintf(path, sizeof(path), "%d/stat", s->ref.pid);
	n = proc_read(os->proc_fd, path, text, sizeof(text));
	if (n <= 0)
		return 0;
	last = strrchr(text, ' ');
	return last ? (int)strtol(last, NULL, 10) & 0x7f : 0;
}

static const char *signal_words(int signal)
{
	switch (signal) {
	case SIGSTOP:
		return "stopped by SIGSTOP";
	case SIGTSTP:
		return "stopped from its terminal (SIGTSTP)";
	case SIGTTIN:
		return "stopped in the background: wants to read from its terminal (SIGTTIN)";
	case SIGTTOU:
		return "stopped in the background: wants to use its terminal (SIGTTOU)";
	default:
		return "stopped by a signal";
	}
}

void stopped_words(const struct os *os, const struct seen *s, char *buf, size_t size)
{
	struct proc_stat tracer = {.comm = ""};
	struct proc_status st;

	if (proc_status(os->proc_fd, s->ref.pid, s->ref.tid, &st) != 0)
		st.tracer = 0;
	if (!st.tracer) {
		snprintf(buf, size, "%s",
			 s->state == 't' ? "stopped by a tracer"
					 : signal_words(stop_signal(os, s)));
		return;
	}
	proc_stat(os->proc_fd, st.tracer, st.tracer, &tracer);
	snprintf(buf, size, "%s, traced by %d%s%s",
		 s->state == 't' ? "stopped" : signal_words(stop_signal(os, s)), st.tracer,
		 tracer.comm[0] ? " " : "", tracer.comm);
}

/* ---- frozen ---- */

/* One of the two sorts of control groups. */
struct freezer {
	const char *line; /* in /proc/PID/cgroup, before the path */
	const char *roots[3];
	const char *state; /* file that tells of a group, however it came to be so */
	const char *is_frozen, *is_freezing;
	const char *own; /* file that tells whether it was asked for of this very group */
};

static const struct freezer version_1 = {
	.line = "freezer:",
	.roots = {"/sys/fs/cgroup/freezer"},
	.state = "freezer.state",
	.is_frozen = "FROZEN",
	.is_freezing = "FREEZING",
	.own = "freezer.self_freezing",
};

static const struct freezer version_2 = {
	.line = "\n0::",
	.roots = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"},
	.state = "cgroup.events",
	.is_frozen = "frozen 1",
	.own = "cgroup.freeze",
};

static ssize_t read_of_group(const char *root, const char *group, const char *file, char *buf,
			     size_t size)
{
	char path[GROUP_MAX + 128];

	snprintf(path, sizeof(path), "%s%s/%s", root, group, file);
	return proc_read(AT_FDCWD, path, buf, size);
}

/* Cuts the path down to the group that somebody told to freeze: a parent may be it. */
static void find_own(const struct freezer *f, const char *root, char *group)
{
	char whole[GROUP_MAX], text[64];

	snprintf(whole, sizeof(whole), "%s", group);
	while (group[0]) {
		if (read_of_group(root, group, f->own, text, sizeof(text)) > 0 && text[0] == '1')
			return;
		*strrchr(group, '/') = '\0';
	}
	memcpy(group, whole, strlen(whole) + 1);
}

static bool group_of(const struct os *os, pid_t pid, const struct freezer *f, char *ret)
{
	char path[32], text[8192] = "\n";
	const char *line;
	size_t len;

	snprintf(path, sizeof(path), "%d/cgroup", pid);
	if (proc_read(os->proc_fd, path, text + 1, sizeof(text) - 1) <= 0)
		return false;
	line = strstr(text, f->line);
	if (!line)
		return false;
	line += strlen(f->line);
	len = strcspn(line, "\n");
	/* the root cannot be frozen, and groups outside our namespace are out of sight */
	if (line[0] != '/' || len < 2 || len >= GROUP_MAX || strncmp(line, "/..", 3) == 0)
		return false;
	memcpy(ret, line, len);
	ret[len] = '\0';
	return true;
}

/* Fills group, and says whether all of it has come to a halt. */
static bool freezes(const struct os *os, pid_t pid, const struct freezer *f, char *group,
		    bool *halted)
{
	char text[256];

	if (!group_of(os, pid, f, group))
		return false;
	for (const char *const *root = f->roots; *root; root++) {
		if (read_of_group(*root, group, f->state, text, sizeof(text)) <= 0)
			continue;
		*halted = strstr(text, f->is_frozen);
		if (!*halted && !(f->is_freezing && strstr(text, f->is_freezing)))
			return false;
		find_own(f, *root, group);
		return true;
	}
	return false;
}

/*
 * Version 2 has a trap for it, that is seen in the stack. Version 1 has one of
 * its own before 6.1; since then it leaves a thread in the wait that it is in:
 * state D, the stack of the wait. Only the group itself tells.
 */
bool frozen_words(const struct os *os, const struct seen *s, char *buf, size_t size)
{
	/* it may be inlined; nothing else makes a thread sleep in there */
	bool trapped = seen_in_kernel(s, "do_freezer_trap") ||
		       (s->state == 'S' && seen_in_kernel(s, "get_signal"));
	bool halted = false, known;
	bool in_refrigerator = seen_in_kernel(s, "__refrigerator");
	char group[GROUP_MAX] = "";

	if (!trapped && !in_refrigerator && s->state != 'D')
		return false;
	known = freezes(os, s->ref.pid, trapped ? &version_2 : &version_1, group, &halted);
	if (!known && !trapped && !in_refrigerator)
		return false;
	if (!known)
		snprintf(buf, size, "stopped, frozen by its cgroup");
	else
		snprintf(buf, size, "stopped, %s by its cgroup %s (version %d)",
			 halted || trapped || in_refrigerator ? "frozen" : "being frozen", group,
			 trapped ? 2 : 1);
	return true;
}
