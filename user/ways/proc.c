// SPDX-License-Identifier: GPL-2.0
/*
 * Seeing by /proc alone: no BPF, any kernel, about 30 us a thread.
 *
 * A look has two stages. The first reads two small files of every thread: its
 * state, and its context switches with the time it last ran. Only a thread
 * that sleeps, and that as far as is known has not run for long enough, is
 * asked for its system call and its kernel stack. Afterwards its switches are
 * read again: if they changed it moved meanwhile, and what was read of it is
 * of two moments.
 */
#include "way.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../os/lost.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "../os/since.h"
#include "../probes/probe.h"
#include "../target.h"
#include "proc_memory.h"

#define PF_KTHREAD 0x00200000

struct proc_way {
	struct os *os;
	const struct target *target;
	struct since *since;
	struct proc_memory *memory;
	pid_t self;
};

struct scan {
	struct proc_way *w;
	pid_t pid;
	uint64_t now_ns, min_age_ns;
	seen_fn emit;
	void *ctx;
	uint32_t threads;
};

static ssize_t read_task(const struct proc_way *w, const struct thread_ref *ref, const char *name,
			 char *buf, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/task/%d/%s", ref->pid, ref->tid, name);
	return proc_read(w->os->proc_fd, path, buf, size);
}

/* Switches, and the task clock when it last ran (0: not told): one file has all three. */
static int read_switches(const struct proc_way *w, struct seen *s, uint64_t *ret_exec_start)
{
	char buf[8192];
	struct proc_status st;

	*ret_exec_start = 0;
	if (read_task(w, &s->ref, "sched", buf, sizeof(buf)) > 0) {
		const char *v = strstr(buf, "\nnr_voluntary_switches");
		const char *i = strstr(buf, "\nnr_involuntary_switches");

		v = v ? strchr(v, ':') : NULL;
		i = i ? strchr(i, ':') : NULL;
		if (v && i) {
			s->nvcsw = strtoull(v + 1, NULL, 10);
			s->nivcsw = strtoull(i + 1, NULL, 10);
			proc_parse_sched_ns(buf, "se.exec_start", ret_exec_start);
			return 0;
		}
	}
	int err = proc_status(w->os->proc_fd, s->ref.pid, s->ref.tid, &st);

	if (err)
		return err;
	s->nvcsw = st.nvcsw;
	s->nivcsw = st.nivcsw;
	return 0;
}

/*
 * Kept from look to look while it has not run, so that it does not wander with
 * the calibration. Where nothing tells, our own first sight is the floor.
 */
static void find_ran(struct proc_way *w, struct seen *s, uint64_t exec_start, uint64_t now_ns)
{
	struct proc_memory_entry *e = proc_memory_get(w->memory, &s->ref);

	s->ran_quality = SINCE_UNKNOWN;
	if (!e)
		return;
	if (e->looks && e->nvcsw == s->nvcsw && e->nivcsw == s->nivcsw) {
		if (!e->ran_ns)
			e->ran_ns = e->first_ns;
		e->looks++;
	} else {
		e->nvcsw = s->nvcsw;
		e->nivcsw = s->nivcsw;
		e->first_ns = now_ns;
		e->looks = 1;
		if (since_ran(w->since, exec_start, s->cpu, now_ns, &e->ran_ns) != 0)
			e->ran_ns = 0;
	}
	if (e->ran_ns) {
		s->ran_ns = e->ran_ns;
		s->ran_quality = SINCE_AT_LEAST;
	}
}

/* Stage one. Returns 0, or -errno if it is gone. */
static int see_cheaply(struct proc_way *w, pid_t pid, pid_t tid, uint64_t now_ns, struct seen *s)
{
	struct proc_stat st;
	uint64_t exec_start;
	int err = proc_stat(w->os->proc_fd, pid, tid, &st);

	if (err)
		return err;
	*s = (struct seen){
		.ref = {pid, tid, st.start},
		.state = st.state,
		.kthread = st.flags & PF_KTHREAD,
		.cpu = st.cpu,
		.syscall = -1,
		.ran_quality = SINCE_UNKNOWN,
	};
	memcpy(s->comm, st.comm, sizeof(s->comm));
	if (s->state == 'Z' || s->state == 'X')
		return 0;
	err = read_switches(w, s, &exec_start);
	if (!err && s->state != 'R')
		find_ran(w, s, exec_start, now_ns);
	return err;
}

/* The auxiliary vector has the program's own word size; reading it takes no lock. */
static bool is_compat(const struct proc_way *w, pid_t pid)
{
	char path[32];
	uint64_t first[2] = {0};

	snprintf(path, sizeof(path), "%d/auxv", pid);
	int fd = openat(w->os->proc_fd, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, first, sizeof(first));

	if (fd >= 0)
		close(fd);
	return n == sizeof(first) && first[0] > UINT32_MAX;
}

/* Stage two. Returns 0, -EAGAIN if it moved meanwhile, or -errno. */
static int see_closely(struct proc_way *w, struct seen *s)
{
	struct proc_syscall call;
	struct seen again = *s;
	uint64_t unused;
	int err = proc_syscall(w->os->proc_fd, s->ref.pid, s->ref.tid, &call);

	if (err)
		return err;
	if (call.running)
		return -EAGAIN;
	s->compat = is_compat(w, s->ref.pid);
	if (!s->compat) {
		s->syscall = call.nr;
		memcpy(s->args, call.args, sizeof(s->args));
		s->sp = call.sp;
		s->pc = call.pc;
	}
	s->n_kframes = proc_kernel_stack(w->os->proc_fd, s->ref.pid, s->ref.tid, s->kframes,
					 SEEN_KFRAMES);
	err = read_switches(w, &again, &unused);
	if (!err && (again.nvcsw != s->nvcsw || again.nivcsw != s->nivcsw))
		err = -EAGAIN;
	return err;
}

static bool worth_it(const struct scan *scan, const struct seen *s)
{
	if (s->kthread || s->state == 'R' || s->state == 'Z' || s->state == 'X')
		return false;
	return s->ran_quality == SINCE_UNKNOWN || scan->now_ns - s->ran_ns >= scan->min_age_ns;
}

static int scan_thread(void *ctx, pid_t tid)
{
	struct scan *scan = ctx;
	struct seen s;
	int err = see_cheaply(scan->w, scan->pid, tid, scan->now_ns, &s);

	if (err)
		return 0; /* it has gone: nothing to see */
	scan->threads++;
	if (!worth_it(scan, &s))
		return 0;
	err = see_closely(scan->w, &s);
	if (err == -EPERM || err == -EACCES)
		lost_count(scan->w->os->lost, "scan-denied");
	if (err || s.syscall < 0)
		return 0;
	if (!probes_want_syscall(s.syscall) && s.syscall != SYS_restart_syscall)
		return 0;
	return scan->emit(scan->ctx, &s);
}

static int scan_process(void *ctx, pid_t pid)
{
	struct scan *scan = ctx;
	struct proc_stat st;

	if (pid == scan->w->self)
		return 0;
	/* our own helpers are not of the system that is watched */
	if (target_is_system(scan->w->target) &&
	    (proc_stat(scan->w->os->proc_fd, pid, pid, &st) != 0 || st.ppid == scan->w->self ||
	     st.flags & PF_KTHREAD))
		return 0;
	scan->pid = pid;
	int err = proc_each_tid(scan->w->os->proc_fd, pid, scan_thread, scan);

	return err == -ESRCH ? 0 : err;
}

static int proc_scan(void *self, uint64_t now_ns, uint64_t min_age_ns, seen_fn emit, void *ctx,
		     uint32_t *ret_threads)
{
	struct proc_way *w = self;
	struct scan scan = {w, 0, now_ns, min_age_ns, emit, ctx, 0};
	int err = 0;

	proc_memory_begin(w->memory);
	if (target_is_system(w->target)) {
		err = proc_each_pid(w->os->proc_fd, scan_process, &scan);
	} else {
		size_t n;
		const pid_t *pids = target_pids(w->target, &n);

		for (size_t i = 0; i < n && !err; i++)
			err = scan_process(&scan, pids[i]);
	}
	if (!err)
		*ret_threads = scan.threads;
	return err;
}

static int proc_look(void *self, pid_t pid, pid_t tid, struct seen *ret)
{
	struct proc_way *w = self;
	struct seen s;
	int err = see_cheaply(w, pid, tid, os_now_ns(), &s);

	if (err)
		return err;
	if (!s.kthread && s.state != 'R' && s.state != 'Z' && s.state != 'X') {
		err = see_closely(w, &s);
		if (err == -EAGAIN) {
			/* it runs: that is what it does */
			s.state = 'R';
			s.syscall = -1;
			s.sp = 0;
			err = 0;
		}
	}
	if (err == -ESRCH)
		return err;
	*ret = s;
	return 0;
}

static void proc_close(void *self)
{
	struct proc_way *w = self;

	if (!w)
		return;
	since_free(w->since);
	proc_memory_free(w->memory);
	free(w);
}

static int proc_open(const struct way_config *config, void **ret)
{
	struct proc_way *w = calloc(1, sizeof(*w));
	int err = w ? 0 : -ENOMEM;

	if (!err) {
		w->os = config->os;
		w->target = config->target;
		w->self = getpid();
		err = since_new(w->os->proc_fd, &w->since);
	}
	if (!err)
		err = proc_memory_new(&w->memory);
	if (err) {
		proc_close(w);
		return err;
	}
	*ret = w;
	return 0;
}

static const char *proc_hooks(const void *self __attribute__((unused)))
{
	return "";
}

static int proc_lost(void *self __attribute__((unused)),
		     const struct fact_sink *sink __attribute__((unused)))
{
	return 0; /* all of it is counted in os->lost */
}

const struct way way_proc = {
	.name = "proc",
	.open = proc_open,
	.hooks = proc_hooks,
	.scan = proc_scan,
	.look = proc_look,
	.lost = proc_lost,
	.close = proc_close,
};
