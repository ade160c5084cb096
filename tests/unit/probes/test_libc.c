// SPDX-License-Identifier: GPL-2.0
/*
 * What glibc has besides mutexes: FILE locks, things that are done once,
 * refused mutexes, and what looks like these and is not.
 */
#include "rig.h"

#include <dlfcn.h>
#include <linux/futex.h>
#include <semaphore.h>

static pthread_mutex_t mutex, other;
static pthread_barrier_t both;

static void forever(struct page *p)
{
	(void)p;
	for (;;)
		pause();
}

static struct description *look(struct rig *r, int waiter, const char *kind, struct wait *w)
{
	struct description *d = rig_describe(r, 0, rig_blocked(r, 0, waiter, SYS_futex), w);

	assert_string_equal(d->resource.resource.kind, kind);
	assert_int_equal(d->n_holds, 1);
	return d;
}

static void expect_holder(struct rig *r, const struct description *d, int holder,
			  enum evidence evidence)
{
	assert_int_equal(d->holds[0].hold.evidence, evidence);
	assert_int_equal(d->holds[0].hold.ref.pid, r->pids[0]);
	assert_int_equal(d->holds[0].hold.ref.tid, atomic_load(&r->page->tid[holder]));
	assert_true(d->holds[0].hold.ref.start > 0);
}

static void expect_nobody(const struct description *d)
{
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_UNKNOWN);
	assert_int_equal(d->holds[0].hold.ref.pid, 0);
}

static FILE *file;

static void take_file(struct page *p)
{
	flockfile(file);
	flockfile(file);
	atomic_store(&p->step, 1);
	forever(p);
}

static void take_file_and_end(struct page *p)
{
	(void)p;
	flockfile(file);
}

static void want_file(struct page *p)
{
	rig_await(&p->step, 1);
	flockfile(file);
}

static void file_victim(struct page *p)
{
	file = fopen("/dev/null", "w");
	rig_thread(p, 0, take_file);
	rig_thread(p, 1, want_file);
}

static void orphan_file_victim(struct page *p)
{
	file = fopen("/dev/null", "w");
	rig_thread(p, 1, want_file); /* before: it must not get the other one's control block */
	pthread_join(rig_thread(p, 0, take_file_and_end), NULL);
	atomic_store(&p->step, 1);
}

static void file_lock_names_its_owner(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, file_victim);
	d = look(&r, 1, "stdio-lock", &w);
	expect_holder(&r, d, 0, EVIDENCE_EXACT);
	assert_int_equal(w.class, CLASS_LOCK);
	assert_non_null(strstr(d->resource.resource.name, "/dev/null"));
	assert_string_equal(d->resource.resource.detail, "recursive, locked 2 deep");
	description_free(d);
	rig_down(&r);
}

static void file_lock_of_a_thread_that_ended(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, orphan_file_victim);
	d = look(&r, 1, "stdio-lock", NULL);
	assert_false(rig_any_exact(d));
	assert_non_null(strstr(d->holds[0].hold.why, "ended"));
	description_free(d);
	rig_down(&r);
}

/* A lock of the program's own, with a thread's control block where a FILE lock has its owner. */
static struct {
	uint32_t word, count;
	pthread_t owner;
} own;

static void want_own(struct page *p)
{
	rig_await(&p->step, 1);
	syscall(SYS_futex, &own.word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 2, NULL);
}

static void own_victim(struct page *p)
{
	own.word = 2;
	own.count = 1;
	own.owner = rig_thread(p, 0, forever);
	rig_thread(p, 1, want_own);
	atomic_store(&p->step, 1);
}

static void own_lock_is_no_file_lock(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, own_victim);
	d = look(&r, 1, "futex", NULL);
	expect_nobody(d);
	description_free(d);
	rig_down(&r);
}

static void make_pi(pthread_mutex_t *m)
{
	pthread_mutexattr_t a;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_setprotocol(&a, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(m, &a);
}

static void pi_first(struct page *p)
{
	(void)p;
	pthread_mutex_lock(&mutex);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&other);
}

static void pi_second(struct page *p)
{
	(void)p;
	pthread_mutex_lock(&other);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&mutex);
}

static void pi_twice(struct page *p)
{
	(void)p;
	pthread_mutex_lock(&mutex);
	pthread_mutex_lock(&mutex);
}

static void pi_victim(struct page *p)
{
	make_pi(&mutex);
	make_pi(&other);
	pthread_barrier_init(&both, NULL, 2);
	rig_thread(p, 0, pi_first);
	rig_thread(p, 1, pi_second);
}

static void pi_twice_victim(struct page *p)
{
	make_pi(&mutex);
	rig_thread(p, 0, pi_twice);
}

#define LOCK_PI2 13 /* not in all headers */

/* Whether the thread waits in the kernel's queue for a PI mutex, or was refused and is parked. */
static bool is_in_queue(struct rig *r, int i)
{
	struct proc_syscall call;
	pid_t tid = rig_blocked(r, 0, i, SYS_futex);

	assert_int_equal(proc_syscall(r->os.proc_fd, r->pids[0], tid, &call), 0);
	return (call.args[1] & FUTEX_CMD_MASK) == FUTEX_LOCK_PI ||
	       (call.args[1] & FUTEX_CMD_MASK) == LOCK_PI2;
}

/*
 * Two that come at the same moment may both be refused, and then neither waits
 * for the other any more: that is another story, and told by chance.
 */
static void set_up_circle(struct rig *r)
{
	for (int i = 0; i < 20; i++) {
		rig_up(r);
		rig_start(r, pi_victim);
		if (is_in_queue(r, 0) != is_in_queue(r, 1))
			return;
		rig_down(r);
	}
	fail_msg("never was just one of the two refused");
}

/* Either may be the one that is refused. */
static void refused_pi_mutex_closes_the_circle(void **state)
{
	int inferred = 0;
	struct rig r;

	(void)state;
	set_up_circle(&r);
	for (int i = 0; i < 2; i++) {
		struct wait w;
		struct description *d = look(&r, i, "mutex", &w);

		assert_int_equal(w.class, CLASS_LOCK);
		inferred += d->holds[0].hold.evidence == EVIDENCE_INFERRED;
		assert_int_equal(d->holds[0].hold.ref.tid, atomic_load(&r.page->tid[!i]));
		description_free(d);
	}
	assert_int_equal(inferred, 1);
	rig_down(&r);
}

static void refused_pi_mutex_that_it_has_already(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, pi_twice_victim);
	d = look(&r, 0, "mutex", NULL);
	expect_holder(&r, d, 0, EVIDENCE_INFERRED);
	assert_non_null(strstr(d->resource.resource.detail, "refused"));
	description_free(d);
	rig_down(&r);
}

/* The same call as glibc's wait for ever, by a thread that just likes to sleep so. */
static void sleep_on_zero(struct page *p)
{
	uint32_t zero = 0;

	(void)p;
	pthread_mutex_lock(&mutex);
	for (;;)
		syscall(SYS_futex, &zero,
			FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME, 0, NULL,
			NULL, -1);
}

static void sleep_on_zero_victim(struct page *p)
{
	make_pi(&mutex);
	rig_thread(p, 0, sleep_on_zero);
}

static void own_wait_on_the_stack_is_no_refused_mutex(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, sleep_on_zero_victim);
	d = look(&r, 0, "futex", &w);
	assert_int_equal(w.class, CLASS_PARK);
	expect_nobody(d);
	description_free(d);
	rig_down(&r);
}

/* Every kind of mutex, and the timed forms of locking it. */
static const struct {
	int type, robust, protocol;
} sorts[] = {
	{PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE},
	{PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE},
	{PTHREAD_MUTEX_ADAPTIVE_NP, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE},
	{PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_NONE},
	{PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_INHERIT},
	{PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_INHERIT},
};

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

static void want_mutex_in_time(struct page *p)
{
	struct timespec t;

	rig_await(&p->step, 1);
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += 1000;
	pthread_mutex_clocklock(&mutex, CLOCK_MONOTONIC, &t);
}

static void sort_victim(struct page *p)
{
	pthread_mutexattr_t a;
	int sort = atomic_load(&p->id);

	pthread_mutexattr_init(&a);
	pthread_mutexattr_settype(&a, sorts[sort].type);
	pthread_mutexattr_setrobust(&a, sorts[sort].robust);
	pthread_mutexattr_setprotocol(&a, sorts[sort].protocol);
	pthread_mutex_init(&mutex, &a);
	rig_thread(p, 0, take_mutex);
	rig_thread(p, 1, want_mutex);
	rig_thread(p, 2, want_mutex_in_time);
}

static void every_kind_of_mutex_names_its_owner(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sorts) / sizeof(*sorts); i++) {
		struct rig r;

		rig_up(&r);
		atomic_store(&r.page->id, i);
		rig_start(&r, sort_victim);
		for (int waiter = 1; waiter <= 2; waiter++) {
			struct description *d = look(&r, waiter, "mutex", NULL);

			expect_holder(&r, d, 0, EVIDENCE_EXACT);
			description_free(d);
		}
		rig_down(&r);
	}
}

static pthread_once_t once = PTHREAD_ONCE_INIT, once_elsewhere = PTHREAD_ONCE_INIT;
static struct page *shared_page;

static void begin_for_ever(void)
{
	atomic_fetch_add(&shared_page->step, 1);
	for (;;)
		pause();
}

static void do_once(struct page *p)
{
	(void)p;
	pthread_once(&once, begin_for_ever);
}

static void do_elsewhere(struct page *p)
{
	(void)p;
	pthread_once(&once_elsewhere, begin_for_ever);
}

static void once_after_it(struct page *p)
{
	rig_await(&p->step, 2);
	pthread_once(&once, begin_for_ever);
}

static void once_victim(struct page *p)
{
	shared_page = p;
	rig_thread(p, 0, do_once);
	rig_thread(p, 2, do_elsewhere);
	rig_thread(p, 1, once_after_it);
}

static void once_is_held_by_who_does_it(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, once_victim);
	rig_blocked(&r, 0, 0, SYS_pause);
	rig_blocked(&r, 0, 2, SYS_pause);
	d = look(&r, 1, "once", NULL);
	expect_holder(&r, d, 0, EVIDENCE_INFERRED);
	description_free(d);
	rig_down(&r);
}

static uint64_t guard;
static int (*acquire)(uint64_t *guard);

/* As a compiler makes of `static T object;` in a function. */
static __attribute__((noinline)) void with_static(struct page *p)
{
	if (acquire(&guard)) {
		atomic_store(&p->step, 1);
		forever(p);
	}
	atomic_store(&p->id, 1);
}

static void static_after_it(struct page *p)
{
	rig_await(&p->step, 1);
	with_static(p);
	atomic_store(&p->id, 2);
}

static void static_first(struct page *p)
{
	with_static(p);
	atomic_store(&p->id, 3);
}

static void guard_victim(struct page *p)
{
	rig_thread(p, 0, static_first);
	rig_thread(p, 1, static_after_it);
}

static void static_variable_is_held_by_who_initialises_it(void **state)
{
	void *lib = dlopen("libstdc++.so.6", RTLD_NOW);
	struct description *d;
	struct rig r;

	(void)state;
	acquire = lib ? (int (*)(uint64_t *))dlsym(lib, "__cxa_guard_acquire") : NULL;
	if (!acquire) {
		skip();
		return;
	}
	rig_up(&r);
	rig_start(&r, guard_victim);
	rig_blocked(&r, 0, 0, SYS_pause);
	d = look(&r, 1, "static-init", NULL);
	expect_holder(&r, d, 0, EVIDENCE_INFERRED);
	description_free(d);
	rig_down(&r);
}

static sem_t sem;
static pthread_barrier_t barrier;

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
	pthread_barrier_init(&barrier, NULL, 3);
	rig_thread(p, 0, wait_sem);
	rig_thread(p, 1, wait_barrier);
	rig_thread(p, 2, wait_barrier);
}

static void what_is_parked_says_how_far_it_is(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, parked_victim);
	rig_blocked(&r, 0, 2, SYS_futex);
	d = look(&r, 0, "semaphore", NULL);
	assert_int_equal(d->resource.resource.n_state, 2);
	assert_int_equal(d->resource.resource.state[0].value, 0);
	assert_int_equal(d->resource.resource.state[1].value, 1);
	expect_nobody(d);
	description_free(d);
	d = look(&r, 1, "barrier", NULL);
	assert_string_equal(d->resource.resource.detail, "2 of 3 have come");
	assert_non_null(strstr(d->resource.resource.name, "barrier barrier ("));
	description_free(d);
	rig_down(&r);
}

static pthread_mutex_t *in_a_stack;

static void lock_in_stack(struct page *p)
{
	pthread_mutex_t local = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&local);
	in_a_stack = &local;
	atomic_store(&p->step, 1);
	forever(p);
}

static void want_in_stack(struct page *p)
{
	rig_await(&p->step, 1);
	pthread_mutex_lock(in_a_stack);
}

static void stack_victim(struct page *p)
{
	prctl(PR_SET_NAME, "victim");
	rig_thread(p, 0, lock_in_stack);
	rig_thread(p, 1, want_in_stack);
}

static void *below(void *page)
{
	forever(page);
	return NULL;
}

static void lock_in_another_ones_stack_says_whose(void **state)
{
	struct description *d;
	char where[64];
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, stack_victim);
	d = look(&r, 1, "mutex", NULL);
	snprintf(where, sizeof(where), "in the stack of %d victim",
		 (int)atomic_load(&r.page->tid[0]));
	assert_non_null(strstr(d->resource.resource.name, where));
	description_free(d);
	rig_down(&r);
}

/* A lock in a mapping right above the stack of a thread, with which it is one mapping. */
static void above_stack_victim(struct page *p)
{
	const size_t size = 256 << 10;
	char *memory = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);
	pthread_attr_t attr;
	pthread_t thread;

	prctl(PR_SET_NAME, "victim");
	in_a_stack = (pthread_mutex_t *)(memory + size);
	*in_a_stack = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(in_a_stack);
	atomic_store(&p->step, 1);
	pthread_attr_init(&attr);
	pthread_attr_setstack(&attr, memory, size);
	pthread_create(&thread, &attr, below, p);
	rig_thread(p, 1, want_in_stack);
}

static void lock_above_a_stack_is_not_in_it(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, above_stack_victim);
	d = look(&r, 1, "mutex", NULL);
	assert_null(strstr(d->resource.resource.name, "stack of"));
	assert_non_null(strstr(d->resource.resource.name, "anonymous memory"));
	description_free(d);
	rig_down(&r);
}

/* A memfd that two processes map at different places. */
static int memfd;

static pthread_mutex_t *map_memfd(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
}

static void want_memfd(struct page *p)
{
	atomic_store(&p->tid[p->tid[0] != 0], (pid_t)syscall(SYS_gettid));
	(void)mmap(NULL, 4096 << (p->tid[1] != 0), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_mutex_lock(map_memfd());
}

static void memfd_is_one_lock_wherever_it_is_mapped(void **state)
{
	pthread_mutexattr_t a;
	struct description *d;
	struct seen seen;
	struct wait wa, wb;
	struct rig r;

	(void)state;
	rig_up(&r);
	memfd = memfd_create("locks", MFD_CLOEXEC);
	assert_int_equal(ftruncate(memfd, 4096), 0);
	pthread_mutexattr_init(&a);
	pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(map_memfd(), &a);
	pthread_mutex_lock(map_memfd());
	rig_start(&r, want_memfd);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_futex), &wa);
	rig_start(&r, want_memfd);
	wb = rig_recognise(&r, 1, rig_blocked(&r, 1, 1, SYS_futex), &seen);
	assert_int_not_equal(wa.address, wb.address);
	assert_string_equal(wa.key, wb.key);
	assert_non_null(strstr(d->resource.resource.name, "in memfd locks"));
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->holds[0].hold.ref.pid, getpid());
	description_free(d);
	rig_down(&r);
	close(memfd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_lock_names_its_owner),
		cmocka_unit_test(file_lock_of_a_thread_that_ended),
		cmocka_unit_test(own_lock_is_no_file_lock),
		cmocka_unit_test(refused_pi_mutex_closes_the_circle),
		cmocka_unit_test(refused_pi_mutex_that_it_has_already),
		cmocka_unit_test(own_wait_on_the_stack_is_no_refused_mutex),
		cmocka_unit_test(every_kind_of_mutex_names_its_owner),
		cmocka_unit_test(once_is_held_by_who_does_it),
		cmocka_unit_test(static_variable_is_held_by_who_initialises_it),
		cmocka_unit_test(what_is_parked_says_how_far_it_is),
		cmocka_unit_test(lock_in_another_ones_stack_says_whose),
		cmocka_unit_test(lock_above_a_stack_is_not_in_it),
		cmocka_unit_test(memfd_is_one_lock_wherever_it_is_mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
