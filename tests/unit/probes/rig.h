/* SPDX-License-Identifier: GPL-2.0 */
#ifndef RIG_H
#define RIG_H

/*
 * Victims: child processes whose threads block on purpose, looked at with the
 * real way of seeing by /proc. A victim shares one page with the test and puts
 * the ids of its threads there; the test waits until these sleep in the call
 * that it expects.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../../user/description.h"
#include "../../../user/os/os.h"
#include "../../../user/os/proc.h"
#include "../../../user/probes/probe.h"
#include "../../../user/target.h"
#include "../../../user/ways/way.h"

#define RIG_TIDS 16

struct page {
	_Atomic pid_t tid[RIG_TIDS];
	_Atomic int step;
	_Atomic int id;
	char memory[2048]; /* for what processes share */
};

struct rig {
	struct os os;
	struct target *target;
	void *way;
	struct page *page;
	pid_t pids[4];
	int n_pids;
};

static inline void rig_ms(int ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	nanosleep(&t, NULL);
}

static inline void rig_up(struct rig *r)
{
	memset(r, 0, sizeof(*r));
	assert_int_equal(os_open(&r->os), 0);
	r->page = mmap(NULL, sizeof(*r->page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	assert_ptr_not_equal(r->page, MAP_FAILED);
}

static inline pid_t rig_start(struct rig *r, void (*body)(struct page *))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		body(r->page);
		for (;;)
			pause();
	}
	r->pids[r->n_pids++] = pid;
	return pid;
}

/* What a way has to say without rights is no fault of the probes. */
static inline int rig_ignore(void *ctx, const struct fact *fact)
{
	(void)ctx;
	(void)fact;
	return 0;
}

/* Whose threads are looked for: those of the first victim. */
static inline void rig_watch(struct rig *r)
{
	const struct fact_sink notes = {.put = rig_ignore};
	struct way_config config = {.os = &r->os, .notes = &notes};

	assert_int_equal(target_new(r->os.proc_fd, r->pids[0], true, &r->target), 0);
	assert_int_equal(target_refresh(r->target), 0);
	config.target = r->target;
	assert_int_equal(way_proc.open(&config, &r->way), 0);
}

static inline void rig_down(struct rig *r)
{
	if (r->way)
		way_proc.close(r->way);
	target_free(r->target);
	for (int i = 0; i < r->n_pids; i++) {
		kill(r->pids[i], SIGKILL);
		waitpid(r->pids[i], NULL, 0);
	}
	munmap(r->page, sizeof(*r->page));
	os_close(&r->os);
}

/* Waits until thread i of the page sleeps in that call and has not run for two looks. */
static inline pid_t rig_blocked(struct rig *r, int victim, int i, int syscall)
{
	uint64_t last = 0;

	for (int n = 0; n < 1000; n++, rig_ms(10)) {
		struct proc_syscall call;
		struct proc_status st;
		pid_t tid = atomic_load(&r->page->tid[i]);

		if (!tid || proc_syscall(r->os.proc_fd, r->pids[victim], tid, &call) ||
		    proc_status(r->os.proc_fd, r->pids[victim], tid, &st))
			continue;
		if (call.running || call.nr != syscall) {
			last = 0;
			continue;
		}
		if (last == st.nvcsw + st.nivcsw)
			return tid;
		last = st.nvcsw + st.nivcsw;
	}
	fail_msg("thread %d of the victim did not block in call %d", i, syscall);
	return 0;
}

static inline struct wait rig_recognise(struct rig *r, int victim, pid_t tid, struct seen *ret)
{
	struct wait w;

	if (!r->way)
		rig_watch(r);
	assert_int_equal(way_proc.look(r->way, r->pids[victim], tid, ret), 0);
	assert_int_equal(probes_recognise(&r->os, ret, &w), 1);
	return w;
}

/* Nothing is stated that the probe's table of kinds, and so the documentation, does not have. */
static inline void rig_declared(const struct probe *p, const struct description *d)
{
	const struct probe_kind *k = p->kinds;

	while (k->name && strcmp(k->name, d->resource.resource.kind))
		k++;
	if (!k->name)
		fail_msg("%s is not among the kinds of %s", d->resource.resource.kind, p->name);
	for (size_t i = 0; i < d->n_holds; i++) {
		const struct fact_hold *h = &d->holds[i].hold;

		if (h->evidence != EVIDENCE_UNKNOWN &&
		    !((k->evidence | k->by_hooks) & KNOWS(h->evidence)))
			fail_msg("%s: evidence %d is not declared: %s", k->name, h->evidence,
				 h->why);
	}
}

/* What the probe says about what this thread waits for. To be freed by the caller. */
static inline struct description *rig_describe(struct rig *r, int victim, pid_t tid,
					       struct wait *ret)
{
	struct seen seen;
	struct wait w = rig_recognise(r, victim, tid, &seen);
	struct description *d = description_new(w.key);
	struct fact_sink sink = description_sink(d);
	struct probe_env env = {.os = &r->os, .way = &way_proc, .way_self = r->way, .out = &sink};

	assert_int_equal(w.probe->describe(&env, &seen, &w), 0);
	assert_int_equal(d->resource.type, FACT_RESOURCE);
	/* a parked wait is recognised as such; which sort it is, describing it finds out */
	if (w.class != CLASS_PARK)
		assert_string_equal(d->resource.resource.kind, w.kind);
	assert_true(d->n_holds >= 1);
	rig_declared(w.probe, d);
	if (ret)
		*ret = w;
	return d;
}

static inline bool rig_any_exact(const struct description *d)
{
	for (size_t i = 0; i < d->n_holds; i++) {
		if (d->holds[i].hold.evidence == EVIDENCE_EXACT)
			return true;
	}
	return false;
}

/* In the victim: a thread that says its id and goes on with fn. */
struct rig_thread {
	struct page *page;
	int i;
	void (*fn)(struct page *);
};

static inline void *rig_thread_main(void *p)
{
	struct rig_thread t = *(struct rig_thread *)p;

	free(p);
	atomic_store(&t.page->tid[t.i], (pid_t)syscall(SYS_gettid));
	t.fn(t.page);
	return NULL;
}

static inline pthread_t rig_thread(struct page *page, int i, void (*fn)(struct page *))
{
	struct rig_thread *t = malloc(sizeof(*t));
	pthread_t id;

	*t = (struct rig_thread){page, i, fn};
	pthread_create(&id, NULL, rig_thread_main, t);
	return id;
}

static inline void rig_await(_Atomic int *step, int value)
{
	while (atomic_load(step) < value)
		sched_yield();
}

#endif
