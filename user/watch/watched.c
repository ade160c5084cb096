// SPDX-License-Identifier: GPL-2.0
#include "watched.h"

#include <errno.h>
#include <stdio.h>

#include "../exit_status.h"
#include "../message.h"
#include "../os/proc.h"

static const char *choice_of(const struct options *o, const char **ret_what)
{
	*ret_what = o->comm ? "name" : o->unit ? "unit" : "control group";
	return o->comm ? o->comm : o->unit ? o->unit : o->cgroup;
}

static void describe_choice(const struct options *o, const struct target *target, char *buf,
			    size_t size)
{
	const char *what, *name = choice_of(o, &what);
	size_t n;

	target_pids(target, &n);
	snprintf(buf, size, "%s %.100s (%zu process%s)", what, name, n, n == 1 ? "" : "es");
}

void watched_describe(int proc_fd, const struct options *o, const struct target *target, char *buf,
		      size_t size)
{
	struct proc_stat st;

	if (target_is_system(target))
		snprintf(buf, size, "the whole system");
	else if (o->pid == 0)
		describe_choice(o, target, buf, size);
	else if (proc_stat(proc_fd, o->pid, o->pid, &st) == 0)
		snprintf(buf, size, "%d %s (%u thread%s)", o->pid, st.comm, st.n_threads,
			 st.n_threads == 1 ? "" : "s");
	else
		snprintf(buf, size, "%d", o->pid);
}

int watched_open(int proc_fd, const struct options *o, struct target **ret)
{
	const struct target_choice choice = {
		.pid = o->pid,
		.comm = o->comm,
		.unit = o->unit,
		.cgroup = o->cgroup,
		.children = o->children,
	};
	int err = target_new_of(proc_fd, &choice, ret);
	const char *what, *name = choice_of(o, &what);
	size_t n;

	if (err == -ESRCH && o->pid) {
		error_line("process %d exited while it was looked at", o->pid);
		return EXIT_NO_PROCESS;
	}
	if (err) {
		error_line("out of memory");
		return EXIT_INTERNAL;
	}
	target_pids(*ret, &n);
	if (!n && !target_is_system(*ret)) {
		target_free(*ret);
		*ret = NULL;
		error_line("there is no process of %s %s", what, name);
		return EXIT_NO_PROCESS;
	}
	return 0;
}
