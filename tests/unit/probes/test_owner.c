// SPDX-License-Identifier: GPL-2.0
/*
 * Owners that are not what their number says: threads that ended, numbers that
 * were used again, locks that fork copied, and numbers of PID namespaces.
 */
#include "rig.h"

#include <sched.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void forever(struct page *p)
{
	(void)p;
	for (;;)
		pause();
}

static void take_mutex(struct page *p)
{
	pthread_mutex_lock(&mutex);
	atomic_store(&p->step, 1);
	forever(p);
}

static void want_mutex(struct page *p)
{
	rig_await(&p->step, 1);
	pthread_mutex_lock(&mutex);
}

/* ---- An id that was used again ---- */

/* Its number is written into the lock, as if it had taken it; it began long after the waits. */
static void be_younger(struct page *p)
{
	mutex.__data.__owner = (int)syscall(SYS_gettid);
	atomic_store(&p->step, 2);
	forever(p);
}

static void younger_victim(struct page *p)
{
	rig_thread(p, 0, take_mutex);
	rig_thread(p, 1, want_mutex);
	rig_await(&p->step, 1);
	rig_ms(600);
	rig_thread(p, 2, be_younger);
}

static void owner_younger_than_all_waits_is_another(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, younger_victim);
	rig_blocked(&r, 0, 2, SYS_pause);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 1, SYS_futex), NULL);
	assert_int_equal(d->n_holds, 1);
	assert_true(d->holds[0].hold.gone);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_INFERRED);
	/* not the one that has the number now */
	assert_true(d->holds[0].hold.ref.start == START_OTHER);
	description_free(d);
	rig_down(&r);
}

static void want_late(struct page *p)
{
	rig_await(&p->step, 2);
	pthread_mutex_lock(&mutex);
}

static void overtaken_victim(struct page *p)
{
	younger_victim(p);
	rig_thread(p, 3, want_late);
}

/* It overtook the old waiter, and was there before the new one: all in order. */
static void owner_older_than_one_wait_is_exact(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, overtaken_victim);
	rig_blocked(&r, 0, 2, SYS_pause);
	rig_blocked(&r, 0, 3, SYS_futex);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 1, SYS_futex), NULL);
	assert_int_equal(d->n_holds, 1);
	assert_false(d->holds[0].hold.gone);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->holds[0].hold.ref.tid, atomic_load(&r.page->tid[2]));
	description_free(d);
	rig_down(&r);
}

/*
 * A machine whose hypervisor takes of its CPUs: the waits of one thread seem to have begun a
 * second later than they did, and it is known that they may have.
 */
static pid_t dated_late;

static int late_look(void *way, pid_t pid, pid_t tid, struct seen *ret)
{
	int err = way_proc.look(way, pid, tid, ret);

	if (!err && tid == dated_late) {
		ret->ran_ns += 1000000000;
		ret->ran_doubt_ns = 2000000000;
	}
	return err;
}

static struct description *describe_dated_late(struct rig *r, pid_t tid)
{
	struct way way = way_proc;
	struct seen seen;
	struct wait w = rig_recognise(r, 0, tid, &seen);
	struct description *d = description_new(w.key);
	struct fact_sink sink = description_sink(d);
	struct probe_env env = {.os = &r->os, .way = &way, .way_self = r->way, .out = &sink};

	way.look = late_look;
	dated_late = tid;
	assert_int_equal(late_look(r->way, r->pids[0], tid, &seen), 0);
	assert_int_equal(w.probe->describe(&env, &seen, &w), 0);
	assert_int_equal(d->n_holds, 1);
	return d;
}

static void owner_younger_than_the_doubt_about_a_wait_is_not_exact(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, younger_victim);
	rig_blocked(&r, 0, 2, SYS_pause);
	d = describe_dated_late(&r, rig_blocked(&r, 0, 1, SYS_futex));
	assert_false(d->holds[0].hold.gone);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_INFERRED);
	assert_non_null(strstr(d->holds[0].hold.why, "up to 2.0 s before"));
	description_free(d);
	rig_down(&r);
}

/* Of another one that waits there is no doubt, and it came after the owner. */
static void one_wait_without_doubt_is_enough(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, overtaken_victim);
	rig_blocked(&r, 0, 2, SYS_pause);
	rig_blocked(&r, 0, 3, SYS_futex);
	d = describe_dated_late(&r, rig_blocked(&r, 0, 1, SYS_futex));
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	description_free(d);
	rig_down(&r);
}

/* ---- fork ---- */

/* As this /proc has it, whatever PID namespace we are in. */
static pid_t outer_pid(void)
{
	char link[32] = "";

	return readlink("/proc/self", link, sizeof(link) - 1) > 0 ? atoi(link) : getpid();
}

static void child_wants(struct page *p)
{
	alarm(60); /* its parent may end before it */
	atomic_store(&p->tid[1], outer_pid());
	atomic_store(&p->id, outer_pid());
	pthread_mutex_lock(&mutex);
}

static void fork_victim(struct page *p)
{
	rig_thread(p, 0, take_mutex);
	rig_await(&p->step, 1);
	if (!fork())
		child_wants(p);
}

static struct description *describe_child(struct rig *r, void (*body)(struct page *))
{
	rig_up(r);
	rig_start(r, body);
	while (!atomic_load(&r->page->id))
		rig_ms(1);
	r->pids[r->n_pids++] = atomic_load(&r->page->id);
	return rig_describe(r, r->n_pids - 1, rig_blocked(r, r->n_pids - 1, 1, SYS_futex), NULL);
}

static void expect_copy(const struct description *d, enum evidence evidence, bool gone)
{
	assert_int_equal(d->n_holds, 1);
	assert_true(d->holds[0].hold.copied);
	assert_int_equal(d->holds[0].hold.gone, gone);
	assert_int_equal(d->holds[0].hold.evidence, evidence);
	assert_non_null(strstr(d->holds[0].hold.why, "fork copied"));
}

static void copy_names_the_parents_thread(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	d = describe_child(&r, fork_victim);
	expect_copy(d, EVIDENCE_EXACT, false);
	assert_int_equal(d->holds[0].hold.ref.pid, r.pids[0]);
	assert_int_equal(d->holds[0].hold.ref.tid, atomic_load(&r.page->tid[0]));
	assert_true(d->holds[0].hold.ref.start > 0);
	description_free(d);
	rig_down(&r);
}

/* Its futex is one for other processes, too, but its memory is not. */
static void robust_fork_victim(struct page *p)
{
	pthread_mutexattr_t a;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&mutex, &a);
	fork_victim(p);
}

static void copy_of_a_robust_lock(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	d = describe_child(&r, robust_fork_victim);
	expect_copy(d, EVIDENCE_EXACT, false);
	assert_int_equal(d->holds[0].hold.ref.tid, atomic_load(&r.page->tid[0]));
	description_free(d);
	rig_down(&r);
}

/* The forking process is between, and ends: the child has another parent now. */
static void orphan_victim(struct page *p)
{
	pid_t between;

	rig_thread(p, 0, take_mutex);
	rig_await(&p->step, 1);
	between = fork();
	if (!between) {
		if (!fork())
			child_wants(p);
		_exit(0);
	}
	waitpid(between, NULL, 0);
}

static void copy_of_an_orphan_is_inferred(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	d = describe_child(&r, orphan_victim);
	expect_copy(d, EVIDENCE_INFERRED, false);
	assert_int_equal(d->holds[0].hold.ref.tid, atomic_load(&r.page->tid[0]));
	kill(r.pids[1], SIGKILL);
	r.n_pids = 1; /* not ours to wait for */
	description_free(d);
	rig_down(&r);
}

static void take_and_end(struct page *p)
{
	(void)p;
	pthread_mutex_lock(&mutex);
}

static void ended_victim(struct page *p)
{
	pthread_t thread = rig_thread(p, 0, take_and_end);

	pthread_join(thread, NULL);
	if (!fork())
		child_wants(p);
}

static void copy_of_what_nobody_holds_any_more(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	d = describe_child(&r, ended_victim);
	expect_copy(d, EVIDENCE_INFERRED, true);
	assert_int_equal(d->holds[0].hold.ref.tid, atomic_load(&r.page->tid[0]));
	description_free(d);
	rig_down(&r);
}

/* A thread of the child itself ended with the lock: no copy, whatever the child is. */
static void own_thread_victim(struct page *p)
{
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pthread_join(rig_thread(p, 0, take_and_end), NULL);
		child_wants(p);
	}
}

static void lock_that_the_child_itself_took_is_no_copy(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	d = describe_child(&r, own_thread_victim);
	assert_int_equal(d->n_holds, 1);
	assert_true(d->holds[0].hold.gone);
	assert_false(d->holds[0].hold.copied);
	description_free(d);
	rig_down(&r);
}

/* Between vfork and exec the memory is the parent's own, and so is the lock. */
static int vforked(void *arg)
{
	struct page *p = arg;

	atomic_store(&p->tid[1], (pid_t)syscall(SYS_getpid));
	atomic_store(&p->id, (pid_t)syscall(SYS_getpid));
	pthread_mutex_lock(&mutex);
	return 0;
}

static void vfork_victim(struct page *p)
{
	static char stack[65536] __attribute__((aligned(16)));

	rig_thread(p, 0, take_mutex);
	rig_await(&p->step, 1);
	clone(vforked, stack + sizeof(stack), CLONE_VM | SIGCHLD, p);
}

static void lock_of_a_vforked_child_is_the_parents(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	d = describe_child(&r, vfork_victim);
	assert_int_equal(d->n_holds, 1);
	assert_false(d->holds[0].hold.copied);
	assert_false(d->holds[0].hold.gone);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->holds[0].hold.ref.tid, atomic_load(&r.page->tid[0]));
	kill(r.pids[1], SIGKILL);
	r.n_pids = 1; /* the victim's child */
	description_free(d);
	rig_down(&r);
}

/* ---- PID namespaces: these need root ---- */

static void go_inside(void)
{
	if (unshare(CLONE_NEWPID))
		_exit(1);
	alarm(60);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fork())
		for (;;)
			pause();
	alarm(60);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static void namespace_victim(struct page *p)
{
	rig_thread(p, 0, take_mutex);
	rig_await(&p->step, 1);
	if (!fork()) {
		go_inside();
		child_wants(p);
	}
}

/* The number in the copy is one of the parent's namespace. */
static void copy_in_a_namespace_of_its_own(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	if (geteuid())
		skip();
	d = describe_child(&r, namespace_victim);
	expect_copy(d, EVIDENCE_INFERRED, false);
	assert_int_equal(d->holds[0].hold.ref.pid, r.pids[0]);
	assert_int_equal(d->holds[0].hold.ref.tid, atomic_load(&r.page->tid[0]));
	description_free(d);
	rig_down(&r);
}

static void number_two_victim(struct page *p)
{
	if (fork())
		return;
	go_inside();
	rig_thread(p, 0, take_mutex); /* number 2 there */
	rig_await(&p->step, 1);
	if (unshare(CLONE_NEWPID))
		_exit(1);
	if (!fork()) {
		rig_thread(p, 2, forever); /* number 2 here */
		child_wants(p);
	}
}

static void number_of_two_namespaces_is_nobody(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	if (geteuid())
		skip();
	d = describe_child(&r, number_two_victim);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.pid, 0);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_UNKNOWN);
	description_free(d);
	rig_down(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owner_younger_than_all_waits_is_another),
		cmocka_unit_test(owner_older_than_one_wait_is_exact),
		cmocka_unit_test(owner_younger_than_the_doubt_about_a_wait_is_not_exact),
		cmocka_unit_test(one_wait_without_doubt_is_enough),
		cmocka_unit_test(copy_names_the_parents_thread),
		cmocka_unit_test(copy_of_a_robust_lock),
		cmocka_unit_test(copy_of_an_orphan_is_inferred),
		cmocka_unit_test(copy_of_what_nobody_holds_any_more),
		cmocka_unit_test(lock_that_the_child_itself_took_is_no_copy),
		cmocka_unit_test(lock_of_a_vforked_child_is_the_parents),
		cmocka_unit_test(copy_in_a_namespace_of_its_own),
		cmocka_unit_test(number_of_two_namespaces_is_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
