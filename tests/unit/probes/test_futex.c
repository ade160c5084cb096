// SPDX-License-Identifier: GPL-2.0
/*
 * Locks of real programs: what each is taken for, and who is named.
 */
#include "rig.h"

#include <linux/futex.h>
#include <semaphore.h>
#include <threads.h>

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

static void mutex_victim(struct page *p)
{
	rig_thread(p, 0, take_mutex);
	rig_thread(p, 1, want_mutex);
}

static void expect_exact(struct rig *r, int waiter, int owner, const char *kind)
{
	pid_t tid = rig_blocked(r, 0, waiter, SYS_futex);
	struct wait w;
	struct description *d = rig_describe(r, 0, tid, &w);

	assert_string_equal(w.kind, kind);
	assert_int_equal(w.class, CLASS_LOCK);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->holds[0].hold.ref.tid, atomic_load(&r->page->tid[owner]));
	assert_int_equal(d->holds[0].hold.ref.pid, r->pids[0]);
	assert_true(d->holds[0].hold.ref.start > 0);
	assert_false(d->holds[0].hold.gone);
	description_free(d);
}

static void mutex_names_its_owner(void **state)
{
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, mutex_victim);
	expect_exact(&r, 1, 0, "mutex");
	rig_down(&r);
}

static void want_mutex_timed(struct page *p)
{
	struct timespec t;

	rig_await(&p->step, 1);
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += 1000;
	pthread_mutex_timedlock(&mutex, &t);
}

static void timed_victim(struct page *p)
{
	rig_thread(p, 0, take_mutex);
	rig_thread(p, 1, want_mutex_timed);
}

static void timed_lock_names_its_owner(void **state)
{
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, timed_victim);
	expect_exact(&r, 1, 0, "mutex");
	rig_down(&r);
}

static void lock_twice(struct page *p)
{
	(void)p;
	pthread_mutex_lock(&mutex);
	pthread_mutex_lock(&mutex);
}

static void twice_victim(struct page *p)
{
	rig_thread(p, 0, lock_twice);
}

static void who_locks_twice_waits_for_itself(void **state)
{
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, twice_victim);
	expect_exact(&r, 0, 0, "mutex");
	rig_down(&r);
}

static void init_mutex(pthread_mutex_t *m, int robust, int protocol)
{
	pthread_mutexattr_t a;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_setrobust(&a, robust);
	pthread_mutexattr_setprotocol(&a, protocol);
	pthread_mutex_init(m, &a);
}

static void robust_victim(struct page *p)
{
	init_mutex(&mutex, PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_NONE);
	mutex_victim(p);
}

static void pi_victim(struct page *p)
{
	init_mutex(&mutex, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_INHERIT);
	mutex_victim(p);
}

static void robust_mutex_names_its_owner(void **state)
{
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, robust_victim);
	expect_exact(&r, 1, 0, "mutex");
	rig_down(&r);
}

static void pi_mutex_names_its_owner(void **state)
{
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, pi_victim);
	expect_exact(&r, 1, 0, "mutex");
	rig_down(&r);
}

static void take_and_die(struct page *p)
{
	(void)p;
	pthread_mutex_lock(&mutex);
}

static void gone_victim(struct page *p)
{
	pthread_join(rig_thread(p, 0, take_and_die), NULL);
	atomic_store(&p->step, 1);
	rig_thread(p, 1, want_mutex);
}

static void owner_that_ended_is_gone(void **state)
{
	struct description *d;
	struct rig r;
	pid_t tid;

	(void)state;
	rig_up(&r);
	rig_start(&r, gone_victim);
	tid = rig_blocked(&r, 0, 1, SYS_futex);
	d = rig_describe(&r, 0, tid, NULL);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_true(d->holds[0].hold.gone);
	assert_int_equal(d->holds[0].hold.ref.tid, atomic_load(&r.page->tid[0]));
	description_free(d);
	rig_down(&r);
}

/*
 * A lock of the program's own, with the value and the operations of a mutex,
 * and where a mutex has its owner the id of a thread that has nothing to do
 * with it: to take it for the owner would be to blame an innocent.
 */
static struct {
	uint32_t word, count;
	int32_t owner;
	uint32_t nusers, kind;
	uint32_t rest[5];
} own;

static void want_own(struct page *p)
{
	rig_await(&p->step, 1);
	syscall(SYS_futex, &own.word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 2, NULL);
}

static void want_own_bitset(struct page *p)
{
	rig_await(&p->step, 1);
	syscall(SYS_futex, &own.word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME,
		2, NULL, NULL, -1);
}

static void own_victim(struct page *p)
{
	rig_thread(p, 0, forever);
	rig_thread(p, 1, want_own);
	rig_thread(p, 2, want_own_bitset);
	while (!atomic_load(&p->tid[0]))
		sched_yield();
	own.word = 2;
	own.nusers = 1;
	own.owner = atomic_load(&p->tid[0]);
	atomic_store(&p->step, 1);
}

static void own_lock_is_never_exact(void **state)
{
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, own_victim);
	for (int i = 1; i <= 2; i++) {
		pid_t tid = rig_blocked(&r, 0, i, SYS_futex);
		struct wait w;
		struct description *d = rig_describe(&r, 0, tid, &w);

		assert_string_equal(w.kind, "futex");
		assert_int_equal(w.class, CLASS_PARK);
		assert_false(rig_any_exact(d));
		assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_UNKNOWN);
		assert_int_equal(d->holds[0].hold.ref.pid, 0);
		description_free(d);
	}
	rig_down(&r);
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;

static void take_write(struct page *p)
{
	pthread_rwlock_wrlock(&rwlock);
	atomic_store(&p->step, 1);
	forever(p);
}

static void take_read(struct page *p)
{
	pthread_rwlock_rdlock(&rwlock);
	atomic_store(&p->step, 1);
	forever(p);
}

static void want_write(struct page *p)
{
	rig_await(&p->step, 1);
	pthread_rwlock_wrlock(&rwlock);
}

static void want_read(struct page *p)
{
	rig_await(&p->step, 1);
	pthread_rwlock_rdlock(&rwlock);
}

static void writer_victim(struct page *p)
{
	rig_thread(p, 0, take_write);
	rig_thread(p, 1, want_write);
	rig_thread(p, 2, want_read);
}

static void behind_a_writer_the_writer_is_named(void **state)
{
	struct wait w1, w2;
	struct seen seen;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, writer_victim);
	expect_exact(&r, 1, 0, "rwlock");
	expect_exact(&r, 2, 0, "rwlock");
	/* two words, one lock */
	w1 = rig_recognise(&r, 0, atomic_load(&r.page->tid[1]), &seen);
	w2 = rig_recognise(&r, 0, atomic_load(&r.page->tid[2]), &seen);
	assert_string_equal(w1.key, w2.key);
	rig_down(&r);
}

static void reader_victim(struct page *p)
{
	rig_thread(p, 0, take_read);
	rig_thread(p, 1, want_write);
}

static void upgrade(struct page *p)
{
	(void)p;
	pthread_rwlock_rdlock(&rwlock);
	pthread_rwlock_wrlock(&rwlock);
}

static void upgrade_aside_victim(struct page *p)
{
	rig_thread(p, 0, upgrade);
}

static void expect_reader(struct rig *r, enum evidence evidence, pid_t tid)
{
	struct description *d;

	rig_blocked(r, 0, 0, SYS_futex);
	d = rig_describe(r, 0, atomic_load(&r->page->tid[0]), NULL);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, evidence);
	assert_int_equal(d->holds[0].hold.ref.tid, tid);
	description_free(d);
}

/* The only thread that does not wait is not therefore the reader. */
static void who_reads_and_wants_to_write_leaves_nobody_to_name(void **state)
{
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, upgrade_aside_victim);
	expect_reader(&r, EVIDENCE_UNKNOWN, 0);
	rig_down(&r);
}

static void behind_a_reader_nobody_is_named(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, reader_victim);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 1, SYS_futex), NULL);
	assert_string_equal(d->resource.resource.kind, "rwlock");
	assert_string_equal(d->resource.resource.detail, "held by 1 reader");
	assert_false(rig_any_exact(d));
	description_free(d);
	rig_down(&r);
}

static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static sem_t sem;
static pthread_barrier_t barrier;

static void wait_cond(struct page *p)
{
	pthread_mutex_lock(&mutex);
	atomic_store(&p->step, 1);
	pthread_cond_wait(&cond, &mutex);
}

static void wait_sem(struct page *p)
{
	(void)p;
	sem_wait(&sem);
}

static void wait_barrier(struct page *p)
{
	(void)p;
	pthread_barrier_wait(&barrier);
}

static void parked_victim(struct page *p)
{
	sem_init(&sem, 0, 0);
	pthread_barrier_init(&barrier, NULL, 2);
	rig_thread(p, 0, wait_cond);
	rig_thread(p, 1, wait_sem);
	rig_thread(p, 2, wait_barrier);
}

static void parked_threads_are_told_apart(void **state)
{
	static const char *const kinds[] = {"condvar", "semaphore", "barrier"};
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, parked_victim);
	for (int i = 0; i < 3; i++) {
		pid_t tid = rig_blocked(&r, 0, i, SYS_futex);
		struct wait w;
		struct description *d = rig_describe(&r, 0, tid, &w);

		assert_string_equal(d->resource.resource.kind, kinds[i]);
		assert_int_equal(w.class, CLASS_PARK);
		assert_false(w.follow);
		assert_false(rig_any_exact(d));
		description_free(d);
	}
	rig_down(&r);
}

/* Woken by the signal, it wants its mutex back, and whoever signalled has not let go. */
static void signal_and_keep(struct page *p)
{
	rig_await(&p->step, 1);
	pthread_mutex_lock(&mutex); /* free as soon as the other one waits */
	pthread_cond_signal(&cond);
	atomic_store(&p->step, 2);
	forever(p);
}

static void rewait_victim(struct page *p)
{
	rig_thread(p, 0, signal_and_keep);
	rig_thread(p, 1, wait_cond);
}

static void condvar_waiter_that_wants_its_mutex_back(void **state)
{
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, rewait_victim);
	while (atomic_load(&r.page->step) < 2)
		rig_ms(1);
	expect_exact(&r, 1, 0, "mutex");
	rig_down(&r);
}

static void join_sleeper(struct page *p)
{
	/* pthread_join itself is wrapped by the sanitizer that this test is built with */
	thrd_join(rig_thread(p, 0, forever), NULL);
}

static void join_victim(struct page *p)
{
	rig_thread(p, 1, join_sleeper);
}

static void join_names_the_thread(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, join_victim);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 1, SYS_futex), &w);
	assert_string_equal(w.kind, "thread");
	assert_int_equal(w.class, CLASS_PARK);
	assert_true(w.follow);
	assert_int_equal(w.id, atomic_load(&r.page->tid[0]));
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->holds[0].hold.ref.tid, atomic_load(&r.page->tid[0]));
	description_free(d);
	rig_down(&r);
}

/* One mutex in memory that two processes share: one resource, and an owner in the other. */
static void shared_holder(struct page *p)
{
	pthread_mutex_t *m = (pthread_mutex_t *)p->memory;
	pthread_mutexattr_t a;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(m, &a);
	pthread_mutex_lock(m);
	atomic_store(&p->step, 1);
}

static void want_shared(struct page *p)
{
	rig_await(&p->step, 1);
	pthread_mutex_lock((pthread_mutex_t *)p->memory);
}

static void shared_a(struct page *p)
{
	rig_thread(p, 0, want_shared);
}

static void shared_b(struct page *p)
{
	rig_thread(p, 1, want_shared);
}

static void shared_mutex_is_one_for_two_processes(void **state)
{
	struct description *d;
	struct wait wa, wb;
	struct seen seen;
	struct rig r;
	pid_t a, b;

	(void)state;
	rig_up(&r);
	rig_start(&r, shared_a);
	rig_start(&r, shared_b);
	rig_start(&r, shared_holder);
	a = rig_blocked(&r, 0, 0, SYS_futex);
	b = rig_blocked(&r, 1, 1, SYS_futex);
	d = rig_describe(&r, 0, a, &wa);
	wb = rig_recognise(&r, 1, b, &seen);
	assert_string_equal(wa.key, wb.key);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->holds[0].hold.ref.pid, r.pids[2]);
	assert_int_equal(d->holds[0].hold.ref.tid, r.pids[2]);
	description_free(d);
	rig_down(&r);
}

static void private_mutexes_at_one_address_are_two(void **state)
{
	struct wait wa, wb;
	struct seen seen;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, mutex_victim);
	wa = rig_recognise(&r, 0, rig_blocked(&r, 0, 1, SYS_futex), &seen);
	atomic_store(&r.page->step, 0);
	atomic_store(&r.page->tid[1], 0);
	rig_start(&r, mutex_victim);
	wb = rig_recognise(&r, 1, rig_blocked(&r, 1, 1, SYS_futex), &seen);
	assert_int_equal(wa.address, wb.address);
	assert_string_not_equal(wa.key, wb.key);
	rig_down(&r);
}

/* Between two looks a lock was let go: a waiter is left, and nobody to blame. */
static void let_go(struct page *p)
{
	pthread_mutex_lock(&mutex);
	atomic_store(&p->step, 1);
	rig_await(&p->step, 2);
	/* as unlock does, up to the wake that does not come */
	mutex.__data.__owner = 0;
	__atomic_store_n(&mutex.__data.__lock, 0, __ATOMIC_SEQ_CST);
	forever(p);
}

static void let_go_victim(struct page *p)
{
	rig_thread(p, 0, let_go);
	rig_thread(p, 1, want_mutex);
}

static void free_lock_has_no_holder(void **state)
{
	struct description *d;
	struct rig r;
	pid_t tid;

	(void)state;
	rig_up(&r);
	rig_start(&r, let_go_victim);
	tid = rig_blocked(&r, 0, 1, SYS_futex);
	atomic_store(&r.page->step, 2);
	rig_blocked(&r, 0, 0, SYS_pause);
	d = rig_describe(&r, 0, tid, NULL);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_UNKNOWN);
	assert_non_null(strstr(d->holds[0].hold.why, "nobody owns it"));
	description_free(d);
	rig_down(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mutex_names_its_owner),
		cmocka_unit_test(timed_lock_names_its_owner),
		cmocka_unit_test(who_locks_twice_waits_for_itself),
		cmocka_unit_test(robust_mutex_names_its_owner),
		cmocka_unit_test(pi_mutex_names_its_owner),
		cmocka_unit_test(owner_that_ended_is_gone),
		cmocka_unit_test(own_lock_is_never_exact),
		cmocka_unit_test(behind_a_writer_the_writer_is_named),
		cmocka_unit_test(behind_a_reader_nobody_is_named),
		cmocka_unit_test(who_reads_and_wants_to_write_leaves_nobody_to_name),
		cmocka_unit_test(parked_threads_are_told_apart),
		cmocka_unit_test(condvar_waiter_that_wants_its_mutex_back),
		cmocka_unit_test(join_names_the_thread),
		cmocka_unit_test(shared_mutex_is_one_for_two_processes),
		cmocka_unit_test(private_mutexes_at_one_address_are_two),
		cmocka_unit_test(free_lock_has_no_holder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
