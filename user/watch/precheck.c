// SPDX-License-Identifier: GPL-2.0
#include "precheck.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../exit_status.h"
#include "../message.h"
#include "../os/proc.h"

#define PF_KTHREAD 0x00200000

static int no_process(pid_t pid)
{
	error_line("there is no process %d: it may have exited; `pgrep -a NAME` finds ids", pid);
	return EXIT_NO_PROCESS;
}

/*
 * After `unshare --pid` without a /proc of its own, what is read there and what
 * is asked of the kernel would be about different processes.
 */
static int check_proc(int proc_fd)
{
	char link[32];
	ssize_t n = readlinkat(proc_fd, "self", link, sizeof(link) - 1);

	link[n > 0 ? n : 0] = '\0';
	if (strtol(link, NULL, 10) == getpid())
		return 0;
	error_line(
		"the /proc here is that of another PID namespace than ours: mount one of our own "
		"(unshare --mount-proc)");
	return EXIT_UNAVAILABLE;
}

int precheck_target(int proc_fd, const struct options *o)
{
	struct proc_stat st;
	int status = check_proc(proc_fd);
	pid_t tgid;

	if (status || o->pid == 0)
		return status;
	tgid = proc_tgid(proc_fd, o->pid);
	if (tgid < 0)
		return no_process(o->pid);
	if (o->pid == getpid() || tgid == getpid()) {
		error_line("%d is locktrace itself: name another process", o->pid);
		return EXIT_SELF;
	}
	if (tgid != o->pid) {
		error_line("%d is a thread of process %d: use --pid %d", o->pid, tgid, tgid);
		return EXIT_IS_THREAD;
	}
	if (o->pid == 1 && o->children) {
		error_line(
			"process 1 with its descendants is the whole system: leave out --pid, or "
			"add --no-children");
		return EXIT_INIT;
	}
	if (proc_stat(proc_fd, o->pid, o->pid, &st) != 0)
		return no_process(o->pid);
	if (st.flags & PF_KTHREAD) {
		error_line(
			"%d (%s) is a kernel thread: it has no locks in user space; its stack is "
			"in /proc/%d/stack",
			o->pid, st.comm, o->pid);
		return EXIT_KERNEL_THREAD;
	}
	if (st.n_threads <= 1 && (st.state == 'Z' || st.state == 'X')) {
		error_line("process %d (%s) has exited and waits for its parent %d to reap it",
			   o->pid, st.comm, st.ppid);
		return EXIT_NO_PROCESS;
	}
	return 0;
}
