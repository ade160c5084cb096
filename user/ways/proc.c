// SPDX-License-Identifier: GPL-2.0
/*
 * Seeing by /proc alone: no BPF, any kernel.
 *
 * A thread costs 45 us to read wholly, and with ten looks a second a thousand
 * of them would take half a CPU. But what hangs stands still: so each look
 * asks every thread only whether it has run since the one before (2.5 us, 7.5
 * where no descriptor is left for it). One that has, has not waited for longer
 * than that, and is passed over until it has stood still for as long as is
 * asked for; only then it is read, once (proc_thread.c).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../os/os.h"
#include "../os/proc.h"
#include "../os/since.h"
#include "../target.h"
#include "proc_private.h"

/* Each descriptor kept takes about 5 KB of the kernel's memory. */
#define KEPT_FDS_MAX 1024
#define LOOK_TRIES   3

static bool has_call(const struct proc_thread *t)
{
	return !(t->stat.flags & PF_KTHREAD) && t->stat.state != 'R' && t->stat.state != 'Z' &&
	       t->stat.state != 'X';
}

/* Everything of one thread, and all of one moment. -EAGAIN if it does not hold still. */
static int look_once(struct proc_way *w, struct proc_process *p, struct proc_thread *t,
		     uint64_t now_ns)
{
	struct proc_reader *r = &w->reader;
	struct proc_schedstat turn;
	int err = proc_thread_turn(r, p, t, now_ns);

	if (!err)
		err = proc_thread_read_stat(r, p, t);
	if (err || !has_call(t)) {
		if (!err)
			t->stage = STAGE_NOTHING;
		return err;
	}
	turn = t->turn;
	if (t->stage != STAGE_WHOLE)
		err = proc_thread_read(r, p, t, false, now_ns);
	if (err)
		return err;
	proc_thread_read_stack(r, p, t);
	err = proc_thread_turn(r, p, t, now_ns);
	if (!err && memcmp(&turn, &t->turn, sizeof(turn)) != 0)
		err = -EAGAIN;
	return err;
}

/*
 * /proc takes any thread's id for that of its process, and who asks may have
 * one: of a message that is handed over directly the kernel notes the thread.
 */
static pid_t true_pid(const struct proc_way *w, pid_t pid, pid_t tid)
{
	pid_t known = proc_memory_process_of(w->reader.memory, tid);

	return known == pid ? pid : proc_tgid(w->reader.proc_fd, tid);
}

static int proc_look(void *self, pid_t pid, pid_t tid, struct seen *ret)
{
	struct proc_way *w = self;
	struct proc_process *p;
	struct proc_thread *t;
	uint64_t now_ns = os_now_ns();
	int err = -EAGAIN;

	if (!tid)
		tid = pid;
	pid = true_pid(w, pid, tid);
	if (pid < 0)
		return pid;
	p = proc_memory_process(w->reader.memory, pid);
	t = proc_memory_thread(w->reader.memory, pid, tid);
	if (!p || !t)
		return -ENOMEM;
	for (int i = 0; i < LOOK_TRIES && err == -EAGAIN; i++)
		err = look_once(w, p, t, now_ns);
	if (err == -EAGAIN) {
		/* it runs: that is what it does */
		t->stage = STAGE_NOTHING;
		t->stat.state = 'R';
	} else if (err) {
		return err == -ENOENT ? -ESRCH : err;
	}
	/* that it slept before counts for nothing: it has to have been seen runnable */
	if (t->stat.state != 'R' || !t->turn.turns)
		t->runnable_ns = 0;
	else if (!t->runnable_ns)
		t->runnable_ns = now_ns;
	proc_thread_seen(p, t, now_ns, ret);
	return 0;
}

static void proc_close(void *self)
{
	struct proc_way *w = self;

	if (!w)
		return;
	since_free(w->reader.since);
	proc_memory_free(w->reader.memory);
	if (w->reader.last_fd >= 0)
		close(w->reader.last_fd);
	free(w);
}

/* Half of what is allowed; the rest is for those who look closer. */
static size_t fds_to_keep(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
		return KEPT_FDS_MAX;
	return limit.rlim_cur / 2 < KEPT_FDS_MAX ? limit.rlim_cur / 2 : KEPT_FDS_MAX;
}

/* Says what is missing. -EPERM: nothing at all can be seen of the process. */
static int check_rights(const struct proc_way *w, const struct way_config *config)
{
	char path[32], text[1024];
	ssize_t n;

	if (!target_is_system(w->target)) {
		size_t n_pids;
		const pid_t *pids = target_pids(w->target, &n_pids);

		snprintf(path, sizeof(path), "%d/syscall", n_pids ? pids[0] : 0);
		n = proc_read(w->reader.proc_fd, path, text, sizeof(text));
		if (n == -EPERM || n == -EACCES) {
			way_note(
				config, NOTE_WARNING,
				"cannot see by proc: /proc/%s may not be read (%s); root or CAP_SYS_PTRACE "
				"is needed, and no security module against it",
				path, strerror((int)-n));
			return -EPERM;
		}
	}
	n = proc_read(w->reader.proc_fd, "thread-self/stack", text, sizeof(text));
	if (n == -EPERM || n == -EACCES)
		way_note(
			config, NOTE_WARNING,
			"kernel stacks may not be read (CAP_SYS_ADMIN is needed): only the innermost "
			"kernel function of each thread is seen");
	return 0;
}

static void check_schedstat(struct proc_way *w)
{
	struct proc_schedstat turn;
	char text[96];

	w->reader.no_schedstat = proc_read(w->reader.proc_fd, "thread-self/schedstat", text,
					   sizeof(text)) < 0 ||
				 proc_parse_schedstat(text, &turn) != 0 || turn.turns == 0;
}

static int proc_open(const struct way_config *config, void **ret)
{
	struct proc_way *w = calloc(1, sizeof(*w));
	int err;

	if (!w)
		return -ENOMEM;
	*w = (struct proc_way){
		.reader = {.proc_fd = config->os->proc_fd,
			   .lost = config->os->lost,
			   .unread = config->os->unread,
			   .last_fd = -1},
		.target = config->target,
		.self = getpid(),
	};
	check_schedstat(w);
	err = check_rights(w, config);
	if (!err)
		err = since_new(NULL, &w->reader.since);
	if (!err)
		err = proc_memory_new(fds_to_keep(), &w->reader.memory);
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
