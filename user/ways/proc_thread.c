// SPDX-License-Identifier: GPL-2.0
#include "proc_thread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../os/lost.h"
#include "../os/since.h"
#include "../os/unread.h"
#include "../probes/probe.h"

#define PF_KTHREAD 0x00200000
#define STACK_TEXT 8192

/* Relative to the directory of the process's threads, if that is open. */
static ssize_t read_task(const struct proc_reader *r, const struct proc_process *p, pid_t tid,
			 const char *name, char *buf, size_t size)
{
	char path[64];

	if (p->task_fd < 0) {
		snprintf(path, sizeof(path), "%d/task/%d/%s", p->pid, tid, name);
		return proc_read(r->proc_fd, path, buf, size);
	}
	snprintf(path, sizeof(path), "%d/%s", tid, name);
	return proc_read(p->task_fd, path, buf, size);
}

/*
 * The auxiliary vector is made of the program's own words: in a 64-bit one the
 * upper half of the first, a type, is 0. Reading it takes no lock.
 */
static void find_compat(const struct proc_reader *r, struct proc_process *p)
{
	uint32_t words[2] = {0};
	char path[32];

	snprintf(path, sizeof(path), "%d/auxv", p->pid);
	int fd = openat(r->proc_fd, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, words, sizeof(words));

	if (fd >= 0)
		close(fd);
	p->compat = n == sizeof(words) && words[1] != 0;
	p->known = true;
	if (p->compat) {
		lost_count(r->lost, "32-bit-program");
		unread_add(r->unread, r->proc_fd, p->pid, UNREAD_32BIT);
	}
}

static int read_call(const struct proc_reader *r, struct proc_process *p, struct proc_thread *t)
{
	char text[256];
	ssize_t n;
	int err;

	t->call = (struct proc_syscall){.nr = -1};
	if (!p->known)
		find_compat(r, p);
	/* its numbers mean other calls, its registers other things */
	if (p->compat)
		return 0;
	n = read_task(r, p, t->tid, "syscall", text, sizeof(text));
	if (n == -EPERM || n == -EACCES) {
		lost_count(r->lost, "scan-denied");
		return 0;
	}
	err = n < 0 ? (int)n : proc_parse_syscall(text, &t->call);
	return err ? err : t->call.running ? -EAGAIN : 0;
}

static int read_stat(const struct proc_reader *r, const struct proc_process *p,
		     struct proc_thread *t)
{
	char text[1024];
	ssize_t n = read_task(r, p, t->tid, "stat", text, sizeof(text));

	return n < 0 ? (int)n : proc_parse_stat(text, &t->stat);
}

int proc_thread_read_stat(struct proc_reader *r, struct proc_process *p, struct proc_thread *t)
{
	return read_stat(r, p, t);
}

/* It slept at our first sight of it, and has run after the last one before. */
static void bound_ran(const struct proc_reader *r, struct proc_thread *t)
{
	if (!t->ran_ns)
		return;
	t->ran_doubt_ns = since_doubt(r->since, t->stat.cpu, t->ran_ns);
	if (t->ran_ns > t->first_ns)
		t->ran_ns = t->first_ns;
	if (t->ran_ns < t->before_ns)
		t->ran_ns = t->before_ns;
	if (t->ran_doubt_ns > t->ran_ns - t->before_ns)
		t->ran_doubt_ns = t->ran_ns - t->before_ns;
}

/*
 * Switches and exec_start stand in one file, which not every kernel has. What
 * is computed once is kept while it sleeps, so that it does not wander from
 * look to look.
 */
static int read_history(const struct proc_reader *r, const struct proc_process *p,
			struct proc_thread *t, uint64_t now_ns)
{
	char text[4096];
	uint64_t exec_start = 0;

	t->ran_ns = t->ran_doubt_ns = 0;
	if (read_task(r, p, t->tid, "sched", text, sizeof(text)) > 0 &&
	    proc_parse_sched_count(text, "nr_voluntary_switches", &t->nvcsw) == 0 &&
	    proc_parse_sched_count(text, "nr_involuntary_switches", &t->nivcsw) == 0) {
		if (proc_parse_sched_ns(text, "se.exec_start", &exec_start) == 0 &&
		    since_ran(r->since, exec_start, t->stat.cpu, now_ns, &t->ran_ns) != 0)
			t->ran_ns = 0;
	} else {
		struct proc_status st;
		int err = proc_status(r->proc_fd, p->pid, t->tid, &st);

		if (err)
			return err;
		t->nvcsw = st.nvcsw;
		t->nivcsw = st.nivcsw;
	}
	bound_ran(r, t);
	return 0;
}

/* Where the stack is hidden, wchan names its innermost function; in one form for both. */
static void read_stack(const struct proc_reader *r, const struct proc_process *p,
		       struct proc_thread *t)
{
	char text[STACK_TEXT];
	ssize_t n;

	if (t->stack)
		return;
	n = read_task(r, p, t->tid, "stack", text, sizeof(text));
	if (n <= 0) {
		char name[128];

		n = read_task(r, p, t->tid, "wchan", name, sizeof(name));
		if (n > 1)
			snprintf(text, sizeof(text), "[<0>] %s+0x0/0x0\n", name);
		else
			text[0] = '\0';
	}
	t->stack = strdup(text);
}

void proc_thread_read_stack(struct proc_reader *r, struct proc_process *p, struct proc_thread *t)
{
	read_stack(r, p, t);
}

static bool is_wanted(const struct proc_thread *t)
{
	return t->call.nr == SYS_restart_syscall ||
	       (t->call.nr >= 0 && probes_want_syscall(t->call.nr));
}

int proc_thread_read(struct proc_reader *r, struct proc_process *p, struct proc_thread *t,
		     bool only_wanted, uint64_t now_ns)
{
	int err = read_call(r, p, t);

	if (err)
		return err;
	t->wanted = is_wanted(t);
	if (only_wanted && !t->wanted) {
		t->stage = STAGE_PASSED;
		return 0;
	}
	err = read_stat(r, p, t);
	if (!err && t->stat.state == 'R')
		err = -EAGAIN;
	if (!err)
		err = read_history(r, p, t, now_ns);
	/* a thousand waiters on a futex all have the same stack, and it tells nothing more */
	if (!err && t->call.nr != SYS_futex)
		read_stack(r, p, t);
	if (!err)
		err = proc_thread_same_turn(r, p, t);
	if (err) {
		proc_thread_forget(t);
		return err;
	}
	/* stopped in it is not asleep in it */
	if (t->stat.state != 'S' && t->stat.state != 'D')
		t->wanted = false;
	t->stage = STAGE_WHOLE;
	return 0;
}

void proc_thread_seen(const struct proc_process *p, const struct proc_thread *t, uint64_t now_ns,
		      struct seen *ret)
{
	*ret = (struct seen){
		.ref = {p->pid, t->tid, t->stat.start},
		.state = t->stat.state,
		.kthread = t->stat.flags & PF_KTHREAD,
		.compat = p->compat,
		.cpu = t->stat.cpu,
		.syscall = -1,
		.ran_quality = SINCE_UNKNOWN,
	};
	memcpy(ret->comm, t->stat.comm, sizeof(ret->comm));
	if (t->stage != STAGE_WHOLE) {
		/* it wanted to run then, and has the same turn: it has not got a CPU since */
		if (t->runnable_ns && t->runnable_ns < now_ns) {
			ret->ran_ns = t->runnable_ns;
			ret->ran_quality = SINCE_AT_LEAST;
		}
		return;
	}
	if (t->call.nr >= 0) {
		ret->syscall = t->call.nr;
		memcpy(ret->args, t->call.args, sizeof(ret->args));
	}
	ret->sp = t->call.sp;
	ret->pc = t->call.pc;
	ret->nvcsw = t->nvcsw;
	ret->nivcsw = t->nivcsw;
	/* where nothing tells, it slept at our first sight of it: that counts from the next on */
	ret->ran_ns = t->ran_ns ? t->ran_ns : t->first_ns < now_ns ? t->first_ns : 0;
	ret->ran_bound = !t->ran_ns;
	ret->ran_doubt_ns = t->ran_doubt_ns;
	if (ret->ran_ns)
		ret->ran_quality = SINCE_AT_LEAST;
	if (t->stack)
		proc_parse_stack(t->stack, ret);
}
