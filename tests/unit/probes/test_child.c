// SPDX-License-Identifier: GPL-2.0
/* Waits for children: one, any, a group's, by descriptor, and vfork. */
#include "rig.h"

#include <linux/sched.h>
#include <spawn.h>
#include <sys/ptrace.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/* The children of victims say who they are in tid[1], tid[2]... */
static pid_t start_idle(struct page *p, int i)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	atomic_store(&p->tid[i], getpid());
	for (;;)
		pause();
}

static void start_children(struct page *p, int n)
{
	for (int i = 1; i <= n; i++)
		start_idle(p, i);
	for (int i = 1; i <= n; i++)
		while (!atomic_load(&p->tid[i]))
			sched_yield();
	atomic_store(&p->tid[0], getpid());
}

static struct description *describe(struct rig *r, void (*body)(struct page *), int call)
{
	struct description *d;
	struct wait w;

	rig_up(r);
	rig_start(r, body);
	d = rig_describe(r, 0, rig_blocked(r, 0, 0, call), &w);
	assert_int_equal(w.class, CLASS_EMPTY);
	assert_string_equal(w.kind, call == SYS_wait4 || call == SYS_waitid ? "child" : "vfork");
	return d;
}

static void down(struct rig *r, struct description *d)
{
	pid_t tids[RIG_TIDS];

	/* the parent first: the stack that it comes back to may not be fit for use */
	for (int i = 1; i < RIG_TIDS; i++)
		tids[i] = r->page->tid[i];
	for (int i = 0; i < r->n_pids; i++)
		kill(r->pids[i], SIGKILL);
	for (int i = 1; i < RIG_TIDS; i++)
		if (tids[i] > 0)
			kill(tids[i], SIGKILL);
	description_free(d);
	rig_down(r);
}

static void expect_one(struct rig *r, struct description *d, int i, enum evidence evidence)
{
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, evidence);
	assert_int_equal(d->holds[0].hold.ref.pid, r->page->tid[i]);
}

static void wait_for_second(struct page *p)
{
	start_children(p, 2);
	waitpid(p->tid[2], NULL, 0);
}

static void a_named_child_is_exact(void **state)
{
	struct rig r;
	struct description *d = describe(&r, wait_for_second, SYS_wait4);
	char name[64];

	(void)state;
	expect_one(&r, d, 2, EVIDENCE_EXACT);
	snprintf(name, sizeof(name), "child %d test_child", r.page->tid[2]);
	assert_string_equal(d->resource.resource.name, name);
	down(&r, d);
}

static void wait_by_descriptor(struct page *p)
{
	siginfo_t info;

	start_children(p, 2);
	waitid(P_PIDFD, (id_t)syscall(SYS_pidfd_open, p->tid[1], 0), &info, WEXITED);
}

static void a_descriptor_names_it_too(void **state)
{
	struct rig r;
	struct description *d = describe(&r, wait_by_descriptor, SYS_waitid);

	(void)state;
	expect_one(&r, d, 1, EVIDENCE_EXACT);
	down(&r, d);
}

static void wait_for_only(struct page *p)
{
	start_children(p, 1);
	wait(NULL);
}

static void wait_for_any(struct page *p)
{
	start_children(p, 3);
	wait(NULL);
}

static void the_only_child_is_exact_and_of_several_none_is(void **state)
{
	struct rig r;
	struct description *d = describe(&r, wait_for_only, SYS_wait4);

	(void)state;
	expect_one(&r, d, 1, EVIDENCE_EXACT);
	down(&r, d);
	d = describe(&r, wait_for_any, SYS_wait4);
	assert_int_equal(d->n_holds, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(d->holds[i].hold.evidence, EVIDENCE_INFERRED);
	assert_string_equal(d->holds[0].hold.why, "one of its 3 children, any of which will do");
	down(&r, d);
}

/* One of three is in the group that is waited for. */
static void wait_for_group(struct page *p)
{
	start_children(p, 3);
	setpgid(p->tid[2], p->tid[2]);
	waitpid(-p->tid[2], NULL, 0);
}

/* Two of three are in our own. */
static void wait_for_own_group(struct page *p)
{
	start_children(p, 3);
	setpgid(p->tid[2], p->tid[2]);
	waitpid(0, NULL, 0);
}

static void a_process_group_leaves_out_the_others(void **state)
{
	struct rig r;
	struct description *d = describe(&r, wait_for_group, SYS_wait4);

	(void)state;
	expect_one(&r, d, 2, EVIDENCE_EXACT);
	down(&r, d);
	d = describe(&r, wait_for_own_group, SYS_wait4);
	assert_int_equal(d->n_holds, 2);
	down(&r, d);
}

static void own_child(struct page *p)
{
	start_idle(p, 1);
	while (!atomic_load(&p->tid[1]))
		sched_yield();
	syscall(SYS_wait4, -1, NULL, 0x20000000 /* __WNOTHREAD */, NULL);
}

static void threads_with_a_child_each(struct page *p)
{
	start_idle(p, 2);
	while (!atomic_load(&p->tid[2]))
		sched_yield();
	rig_thread(p, 0, own_child);
}

static void without_those_of_other_threads(void **state)
{
	struct rig r;
	struct description *d = describe(&r, threads_with_a_child_each, SYS_wait4);

	(void)state;
	expect_one(&r, d, 1, EVIDENCE_EXACT);
	down(&r, d);
}

static int just_park(void *p)
{
	atomic_store(&((struct page *)p)->tid[1], getpid());
	for (;;)
		pause();
	return 0;
}

/* A "clone" child tells nothing at its end; a common wait leaves it out. */
static void have_a_clone_child(struct page *p)
{
	static char stack[65536] __attribute__((aligned(16)));

	clone(just_park, stack + sizeof(stack), 0, p);
	start_idle(p, 2);
	while (!atomic_load(&p->tid[1]) || !atomic_load(&p->tid[2]))
		sched_yield();
	atomic_store(&p->tid[0], getpid());
	wait(NULL);
}

static void what_cannot_end_the_wait_is_left_out(void **state)
{
	struct rig r;
	struct description *d = describe(&r, have_a_clone_child, SYS_wait4);

	(void)state;
	expect_one(&r, d, 2, EVIDENCE_EXACT);
	down(&r, d);
}

static void *stay(void *p)
{
	for (;;)
		pause();
	return p;
}

/* Its main thread is a zombie, and still it has not ended. */
static void wait_for_headless(struct page *p)
{
	pid_t pid = fork();
	pthread_t t;

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pthread_create(&t, NULL, stay, NULL);
		atomic_store(&p->tid[1], getpid());
		syscall(SYS_exit, 0);
	}
	while (!atomic_load(&p->tid[1]))
		sched_yield();
	atomic_store(&p->tid[0], getpid());
	waitpid(pid, NULL, 0);
}

static void a_dead_main_thread_is_not_the_end(void **state)
{
	struct rig r;
	struct description *d = describe(&r, wait_for_headless, SYS_wait4);

	(void)state;
	expect_one(&r, d, 1, EVIDENCE_EXACT);
	assert_non_null(strstr(d->holds[0].hold.why, "others have not"));
	down(&r, d);
}

/* The second child traces the first, which exits: it hears of it first, and does not listen. */
static void tracer(struct page *p)
{
	atomic_store(&p->tid[2], getpid());
	if (ptrace(PTRACE_SEIZE, p->tid[1], NULL, NULL) != 0)
		_exit(1);
	kill(p->tid[1], SIGKILL);
	atomic_store(&p->step, 1);
	for (;;)
		pause();
}

static void wait_for_traced(struct page *p)
{
	pid_t pid = start_idle(p, 1);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!atomic_load(&p->tid[1]))
		sched_yield();
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		tracer(p);
	}
	rig_await(&p->step, 1);
	atomic_store(&p->tid[0], getpid());
	waitpid(pid, NULL, 0);
}

static void a_tracer_hears_of_the_end_first(void **state)
{
	struct rig r;
	struct description *d = describe(&r, wait_for_traced, SYS_wait4);

	(void)state;
	expect_one(&r, d, 2, EVIDENCE_INFERRED);
	assert_non_null(strstr(d->holds[0].hold.why, "traces "));
	down(&r, d);
}

/* Waits for what it traces, which is no child of it. */
static void trace_another(struct page *p)
{
	pid_t middle = fork();

	if (!middle) {
		if (fork())
			_exit(0);
		atomic_store(&p->tid[1], getpid());
		for (;;)
			pause();
	}
	waitpid(middle, NULL, 0);
	while (!atomic_load(&p->tid[1]))
		sched_yield();
	if (ptrace(PTRACE_SEIZE, p->tid[1], NULL, NULL) != 0)
		return;
	atomic_store(&p->tid[0], getpid());
	waitpid(p->tid[1], NULL, __WALL);
}

static void a_traced_process_is_waited_for_as_well(void **state)
{
	struct rig r;
	struct description *d = describe(&r, trace_another, SYS_wait4);

	(void)state;
	expect_one(&r, d, 1, EVIDENCE_EXACT);
	assert_non_null(strstr(d->resource.resource.name, "process "));
	down(&r, d);
}

static void stuck_vfork(struct page *p)
{
	start_children(p, 1); /* it shares nothing with us, and came before */
	if (!vfork()) {
		atomic_store(&p->tid[2], getpid());
		for (;;)
			pause();
	}
}

/* As posix_spawn() does: the flags are in memory. The child goes on on our stack. */
static void stuck_clone3(struct page *p)
{
	struct clone_args args = {.flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD};

	atomic_store(&p->tid[0], getpid());
	if (syscall(SYS_clone3, &args, sizeof(args)) == 0) {
		atomic_store(&p->tid[1], (pid_t)syscall(SYS_getpid));
		for (;;)
			syscall(SYS_nanosleep, &(struct timespec){3600, 0}, NULL);
	}
}

/* Without shared memory nothing but the order of things tells which child it is. */
static void stuck_copy(struct page *p)
{
	atomic_store(&p->tid[0], getpid());
	if (syscall(SYS_clone, CLONE_VFORK | SIGCHLD, NULL, NULL, NULL, 0) == 0) {
		atomic_store(&p->tid[1], getpid());
		for (;;)
			pause();
	}
}

static void vfork_waits_for_the_child_in_its_memory(void **state)
{
	struct rig r;
	struct description *d = describe(&r, stuck_vfork, SYS_vfork);

	(void)state;
	expect_one(&r, d, 2, EVIDENCE_EXACT);
	down(&r, d);
	d = describe(&r, stuck_clone3, SYS_clone3);
	expect_one(&r, d, 1, EVIDENCE_EXACT);
	down(&r, d);
	d = describe(&r, stuck_copy, SYS_clone);
	expect_one(&r, d, 1, EVIDENCE_INFERRED);
	down(&r, d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_named_child_is_exact),
		cmocka_unit_test(a_descriptor_names_it_too),
		cmocka_unit_test(the_only_child_is_exact_and_of_several_none_is),
		cmocka_unit_test(a_process_group_leaves_out_the_others),
		cmocka_unit_test(without_those_of_other_threads),
		cmocka_unit_test(what_cannot_end_the_wait_is_left_out),
		cmocka_unit_test(a_dead_main_thread_is_not_the_end),
		cmocka_unit_test(a_tracer_hears_of_the_end_first),
		cmocka_unit_test(a_traced_process_is_waited_for_as_well),
		cmocka_unit_test(vfork_waits_for_the_child_in_its_memory),
	};

	return cmocka_run_group_tests_name("child", tests, NULL, NULL);
}
