// SPDX-License-Identifier: GPL-2.0
/* All threads, passed over as long as they run now and then: proc.c says why. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "../os/lost.h"
#include "../os/proc.h"
#include "../target.h"
#include "proc_private.h"

/* What a kernel thread was, another process may be: asked again after this many looks. */
#define SKIP_LOOKS 64

#define FIRST_LOOKS 2

struct scan {
	struct proc_way *w;
	struct proc_process *process;
	uint64_t now_ns, min_age_ns;
	seen_fn emit;
	void *ctx;
	int result; /* what emit ended the scan with */
	uint32_t threads;
};

/* Can it have stood still for long enough, as far as is known without reading more? */
static bool may_be_old(const struct scan *scan, const struct proc_thread *t)
{
	uint64_t floor = t->stage == STAGE_WHOLE && t->ran_ns ? t->ran_ns : t->before_ns;

	return !floor || scan->now_ns - floor >= scan->min_age_ns;
}

/*
 * Of those that were asked for, who slept from one look to the next is read even if it has
 * not done so for long: it may try again and again to get a lock. At first everybody is,
 * as there may be no other look.
 */
static bool is_asked(const struct scan *scan, const struct proc_thread *t)
{
	return !target_is_system(scan->w->target) &&
	       (t->first_ns < scan->now_ns || scan->w->looks <= FIRST_LOOKS);
}

static int scan_thread(void *ctx, pid_t tid)
{
	struct scan *scan = ctx;
	struct proc_reader *r = &scan->w->reader;
	struct proc_thread *t = proc_memory_thread(r->memory, scan->process->pid, tid);
	struct seen seen;

	if (!t) {
		lost_count(r->lost, "threads-full");
		return 0;
	}
	if (proc_thread_turn(r, scan->process, t, scan->now_ns) != 0)
		return 0; /* it has gone: nothing to see */
	scan->threads++;
	if (t->stage == STAGE_PASSED || (!may_be_old(scan, t) && !is_asked(scan, t)))
		return 0;
	if (t->stage == STAGE_NOTHING &&
	    proc_thread_read(r, scan->process, t, true, scan->now_ns) != 0)
		return 0; /* it runs, or has gone */
	if (t->stage != STAGE_WHOLE || !t->wanted || (!may_be_old(scan, t) && !is_asked(scan, t)))
		return 0;
	proc_thread_seen(scan->process, t, scan->now_ns, &seen);
	scan->result = scan->emit(scan->ctx, &seen);
	return scan->result ? 1 : 0;
}

/* Kernel threads wait for no lock of user space; we and our helpers are not what is watched. */
static int meet(const struct proc_way *w, struct proc_process *p)
{
	struct proc_stat st;
	int err = proc_stat(w->reader.proc_fd, p->pid, p->pid, &st);

	if (err)
		return err;
	p->skip = (st.flags & PF_KTHREAD) || p->pid == w->self ||
		  (target_is_system(w->target) && st.ppid == w->self);
	p->met = true;
	return 0;
}

static int open_tasks(const struct proc_way *w, pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "%d/task", pid);
	int fd = openat(w->reader.proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* The directory kept open belongs to one process for ever, also when its id is used again. */
static int list_threads(struct scan *scan)
{
	struct proc_process *p = scan->process;
	struct proc_reader *r = &scan->w->reader;
	int fd, err = p->task_fd < 0 ? -ENOENT : proc_each_id(p->task_fd, scan_thread, scan);

	if (err != -ENOENT && err != -ESRCH)
		return err;
	proc_memory_drop(r->memory, &p->task_fd);
	p->listed_ns = 0;
	p->met = false;
	p->known = false;
	fd = open_tasks(scan->w, p->pid);
	if (fd < 0)
		return 0; /* it has gone */
	if (proc_memory_keep(r->memory, &p->task_fd, fd))
		return proc_each_id(fd, scan_thread, scan);
	/* none left to keep: it serves this once */
	p->task_fd = fd;
	err = proc_each_id(fd, scan_thread, scan);
	p->task_fd = -1;
	close(fd);
	return err;
}

static int scan_process(void *ctx, pid_t pid)
{
	struct scan *scan = ctx;
	struct proc_way *w = scan->w;
	struct proc_process *p = proc_memory_process(w->reader.memory, pid);
	int err;

	if (!p) {
		lost_count(w->reader.lost, "threads-full");
		return 0;
	}
	if ((!p->met || (p->skip && (w->looks + (uint32_t)pid) % SKIP_LOOKS == 0)) &&
	    meet(w, p) != 0)
		return 0;
	if (p->skip)
		return 0;
	scan->process = p;
	err = list_threads(scan);
	if (err == -ENOENT || err == -ESRCH)
		return 0;
	p->listed_ns = scan->now_ns;
	return err;
}

int proc_scan(void *self, uint64_t now_ns, uint64_t min_age_ns, seen_fn emit, void *ctx,
	      uint32_t *ret_threads)
{
	struct proc_way *w = self;
	struct scan scan = {
		.w = w, .now_ns = now_ns, .min_age_ns = min_age_ns, .emit = emit, .ctx = ctx};
	int err = 0;

	proc_memory_begin(w->reader.memory);
	w->looks++;
	if (target_is_system(w->target)) {
		err = proc_each_pid(w->reader.proc_fd, scan_process, &scan);
	} else {
		size_t n;
		const pid_t *pids = target_pids(w->target, &n);

		for (size_t i = 0; i < n && !err; i++)
			err = scan_process(&scan, pids[i]);
	}
	if (scan.result)
		err = scan.result;
	if (!err)
		*ret_threads = scan.threads;
	return err;
}
