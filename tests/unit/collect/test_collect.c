// SPDX-License-Identifier: GPL-2.0
/*
 * What the collector states about real victims: who is looked at, in which
 * order, and what it leaves unsaid.
 */
#include "../probes/rig.h"

#include <linux/futex.h>
#include <threads.h>

#include "../../../user/collect/collect.h"
#include "../../../user/os/lost.h"

#define FACTS 256
#define MS    1000000ull

/* Facts as they came, of the fixed-size parts and the strings that are compared. */
struct kept {
	struct fact fact;
	char text[WAIT_KEY];
};

struct record {
	size_t n;
	struct kept kept[FACTS];
};

static int keep(void *ctx, const struct fact *f)
{
	struct record *rec = ctx;
	struct kept *k = &rec->kept[rec->n++];

	assert_true(rec->n < FACTS);
	k->fact = *f;
	if (f->type == FACT_RESOURCE)
		snprintf(k->text, sizeof(k->text), "%s", f->resource.key);
	else if (f->type == FACT_WAIT)
		snprintf(k->text, sizeof(k->text), "%s", f->wait.resource);
	else if (f->type == FACT_HOLD)
		snprintf(k->text, sizeof(k->text), "%s", f->hold.resource);
	else if (f->type == FACT_LOST)
		snprintf(k->text, sizeof(k->text), "%s", f->lost.reason);
	else if (f->type == FACT_THREAD)
		snprintf(k->text, sizeof(k->text), "%s", f->thread.doing);
	else if (f->type == FACT_STACK && f->stack.n_frames)
		snprintf(k->text, sizeof(k->text), "%s", f->stack.frames[0].module);
	return 0;
}

static size_t count(const struct record *rec, enum fact_type type)
{
	size_t n = 0;

	for (size_t i = 0; i < rec->n; i++)
		n += rec->kept[i].fact.type == type;
	return n;
}

static const struct kept *thread_fact(const struct record *rec, pid_t pid, pid_t tid)
{
	for (size_t i = 0; i < rec->n; i++) {
		const struct kept *k = &rec->kept[i];

		if (k->fact.type == FACT_THREAD && k->fact.thread.ref.pid == pid &&
		    k->fact.thread.ref.tid == tid)
			return k;
	}
	return NULL;
}

static const struct kept *wait_of(const struct record *rec, pid_t tid)
{
	for (size_t i = 0; i < rec->n; i++) {
		if (rec->kept[i].fact.type == FACT_WAIT && rec->kept[i].fact.wait.ref.tid == tid)
			return &rec->kept[i];
	}
	return NULL;
}

static const struct kept *hold_of(const struct record *rec, const char *key)
{
	for (size_t i = 0; i < rec->n; i++) {
		if (rec->kept[i].fact.type == FACT_HOLD && !strcmp(rec->kept[i].text, key))
			return &rec->kept[i];
	}
	return NULL;
}

static struct collector *collector(struct rig *r, const struct way *way, void *self,
				   uint64_t threshold_ns)
{
	struct collector *c;

	if (!r->way)
		rig_watch(r);
	assert_int_equal(collector_new(&r->os, way, self ? self : r->way, threshold_ns, &c), 0);
	return c;
}

static void look(struct collector *c, struct record *rec)
{
	struct fact_sink sink = {.put = keep, .ctx = rec};

	rec->n = 0;
	assert_int_equal(collector_look(c, os_now_ns(), os_wall_ns(), &sink), 0);
	assert_int_equal(rec->kept[0].fact.type, FACT_TICK);
	assert_int_equal(rec->kept[rec->n - 1].fact.type, FACT_LOOKED);
}

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static void a_then_b(struct page *p)
{
	pthread_mutex_lock(&a);
	atomic_fetch_add(&p->step, 1);
	rig_await(&p->step, 2);
	pthread_mutex_lock(&b);
}

static void b_then_a(struct page *p)
{
	pthread_mutex_lock(&b);
	atomic_fetch_add(&p->step, 1);
	rig_await(&p->step, 2);
	pthread_mutex_lock(&a);
}

static void nap(struct page *p)
{
	(void)p;
	for (;;)
		sleep(1000);
}

static void abba(struct page *p)
{
	rig_thread(p, 0, a_then_b);
	rig_thread(p, 1, b_then_a);
	rig_thread(p, 2, nap);
}

static void start_abba(struct rig *r)
{
	rig_up(r);
	rig_start(r, abba);
	rig_blocked(r, 0, 0, SYS_futex);
	rig_blocked(r, 0, 1, SYS_futex);
	rig_blocked(r, 0, 2, SYS_clock_nanosleep);
}

static void deadlock_is_stated_whole_and_in_order(void **state)
{
	struct record *rec = calloc(1, sizeof(*rec));
	bool resource = false, thread = false;
	struct collector *c;
	struct rig r;

	(void)state;
	start_abba(&r);
	c = collector(&r, &way_proc, NULL, 0);
	look(c, rec);
	assert_int_equal(rec->kept[0].fact.tick.threads, 4);
	assert_int_equal(count(rec, FACT_WAIT), 2);
	assert_int_equal(count(rec, FACT_RESOURCE), 2);
	assert_int_equal(count(rec, FACT_HOLD), 2);
	assert_int_equal(count(rec, FACT_PROCESS), 1);
	/* the two and nobody else: a bystander is not even mentioned */
	assert_int_equal(count(rec, FACT_THREAD), 2);
	for (int i = 0; i < 2; i++) {
		const struct kept *w = wait_of(rec, r.page->tid[i]);
		const struct kept *h = hold_of(rec, w->text);

		assert_int_equal(h->fact.hold.ref.tid, r.page->tid[1 - i]);
		assert_int_equal(h->fact.hold.evidence, EVIDENCE_EXACT);
		assert_true(w->fact.wait.since_ns > 0);
		assert_true(w->fact.wait.before);
	}
	for (size_t i = 0; i < rec->n; i++) {
		thread |= rec->kept[i].fact.type == FACT_THREAD;
		resource |= rec->kept[i].fact.type == FACT_RESOURCE;
		if (rec->kept[i].fact.type == FACT_WAIT)
			assert_true(thread && resource);
	}
	collector_free(c);
	rig_down(&r);
	free(rec);
}

static void abba_without_main(struct page *p)
{
	abba(p);
	pthread_exit(NULL);
}

/* Memory and files of a process cannot be read by its id when its main thread has ended. */
static void deadlock_is_stated_though_the_main_thread_has_ended(void **state)
{
	struct record *rec = calloc(1, sizeof(*rec));
	struct collector *c;
	struct proc_stat st;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, abba_without_main);
	rig_blocked(&r, 0, 0, SYS_futex);
	rig_blocked(&r, 0, 1, SYS_futex);
	do {
		rig_ms(1);
		assert_int_equal(proc_stat(r.os.proc_fd, r.pids[0], r.pids[0], &st), 0);
	} while (st.state != 'Z');
	c = collector(&r, &way_proc, NULL, 0);
	look(c, rec);
	assert_int_equal(count(rec, FACT_WAIT), 2);
	for (int i = 0; i < 2; i++) {
		const struct kept *h = hold_of(rec, wait_of(rec, r.page->tid[i])->text);

		assert_int_equal(h->fact.hold.ref.tid, r.page->tid[1 - i]);
		assert_int_equal(h->fact.hold.evidence, EVIDENCE_EXACT);
	}
	collector_free(c);
	rig_down(&r);
	free(rec);
}

static void young_waits_are_not_stated(void **state)
{
	struct record *rec = calloc(1, sizeof(*rec));
	struct collector *c;
	struct rig r;

	(void)state;
	start_abba(&r);
	c = collector(&r, &way_proc, NULL, 3600 * 1000 * MS);
	look(c, rec);
	look(c, rec);
	assert_int_equal(count(rec, FACT_WAIT), 0);
	assert_int_equal(count(rec, FACT_RESOURCE), 0);
	assert_int_equal(count(rec, FACT_THREAD), 0);
	collector_free(c);
	rig_down(&r);
	free(rec);
}

/* A way by which every thread has run again by the time it is looked at once more. */
static int scan_restless(void *self, uint64_t now_ns, uint64_t min_age_ns, seen_fn emit, void *ctx,
			 uint32_t *ret_threads)
{
	return way_proc.scan(self, now_ns, min_age_ns, emit, ctx, ret_threads);
}

static int look_restless(void *self, pid_t pid, pid_t tid, struct seen *ret)
{
	int r = way_proc.look(self, pid, tid, ret);

	if (!r)
		ret->nvcsw++;
	return r;
}

static int lose_nothing(void *self, const struct fact_sink *sink)
{
	(void)self;
	(void)sink;
	return 0;
}

static void waiter_that_moved_while_it_was_read_blames_nobody(void **state)
{
	static const struct way restless = {
		.scan = scan_restless, .look = look_restless, .lost = lose_nothing};
	struct record *rec = calloc(1, sizeof(*rec));
	struct collector *c;
	struct rig r;

	(void)state;
	start_abba(&r);
	c = collector(&r, &restless, NULL, 0);
	look(c, rec);
	assert_int_equal(count(rec, FACT_WAIT), 0);
	assert_int_equal(count(rec, FACT_HOLD), 0);
	assert_int_equal(count(rec, FACT_RESOURCE), 0);
	assert_int_equal(count(rec, FACT_LOST), 0);
	collector_free(c);
	rig_down(&r);
	free(rec);
}

/* A way by which the owner has ended by the time it is looked at. */
static pid_t leaving;

static int look_leaving(void *self, pid_t pid, pid_t tid, struct seen *ret)
{
	return tid == leaving ? -ESRCH : way_proc.look(self, pid, tid, ret);
}

static void hold_b(struct page *p)
{
	pthread_mutex_lock(&b);
	atomic_store(&p->step, 1);
	for (;;)
		pause();
}

static void want_b(struct page *p)
{
	rig_await(&p->step, 1);
	pthread_mutex_lock(&b);
}

static void held_victim(struct page *p)
{
	rig_thread(p, 0, hold_b);
	rig_thread(p, 1, want_b);
}

/* It lived when the lock named it: so perhaps it gave the lock back, and is not to blame. */
static void owner_that_left_while_it_was_looked_for_is_not_gone(void **state)
{
	static const struct way way = {
		.scan = scan_restless, .look = look_leaving, .lost = lose_nothing};
	struct record *rec = calloc(1, sizeof(*rec));
	struct collector *c;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, held_victim);
	leaving = rig_blocked(&r, 0, 0, SYS_pause);
	rig_blocked(&r, 0, 1, SYS_futex);
	c = collector(&r, &way, NULL, 0);
	look(c, rec);
	assert_int_equal(count(rec, FACT_HOLD), 0);
	assert_int_equal(count(rec, FACT_WAIT), 0);
	assert_null(thread_fact(rec, r.pids[0], leaving));
	collector_free(c);
	rig_down(&r);
	free(rec);
}

static pthread_t joined;

/*
 * A way that saw the owner in the queue for its own lock, before it got it; and
 * of which it is once more in the queue by the time it is looked at, or is not.
 */
static struct hand_over {
	pid_t owner;
	struct seen waiter;
	bool back;
	uint64_t looks;
	seen_fn emit;
	void *ctx;
} hand;

static struct seen owner_in_queue(void)
{
	struct seen s = hand.waiter;

	s.ref.tid = hand.owner;
	s.nvcsw = 1000 + hand.looks++;
	return s;
}

static int emit_both(void *ctx, const struct seen *s)
{
	struct seen owner;
	int r;

	(void)ctx;
	if (s->ref.tid != hand.waiter.ref.tid)
		return 0;
	owner = owner_in_queue();
	r = hand.emit(hand.ctx, s);
	return r ? r : hand.emit(hand.ctx, &owner);
}

static int scan_hand_over(void *self, uint64_t now_ns, uint64_t min_age_ns, seen_fn emit, void *ctx,
			  uint32_t *ret_threads)
{
	hand.emit = emit;
	hand.ctx = ctx;
	return way_proc.scan(self, now_ns, min_age_ns, emit_both, NULL, ret_threads);
}

static int look_hand_over(void *self, pid_t pid, pid_t tid, struct seen *ret)
{
	if (tid != hand.owner || !hand.back)
		return way_proc.look(self, pid, tid, ret);
	*ret = owner_in_queue();
	return 0;
}

static void owner_that_was_in_the_queue_before_does_not_wait_for_itself(void **state)
{
	static const struct way way = {
		.scan = scan_hand_over, .look = look_hand_over, .lost = lose_nothing};

	(void)state;
	for (int back = 0; back < 2; back++) {
		struct record *rec = calloc(1, sizeof(*rec));
		struct collector *c;
		struct rig r;

		rig_up(&r);
		rig_start(&r, held_victim);
		hand = (struct hand_over){.owner = rig_blocked(&r, 0, 0, SYS_pause), .back = back};
		rig_recognise(&r, 0, rig_blocked(&r, 0, 1, SYS_futex), &hand.waiter);
		c = collector(&r, &way, NULL, 0);
		look(c, rec);
		assert_null(wait_of(rec, hand.owner));
		/* as long as it is not in the queue again, it is the owner */
		assert_int_equal(count(rec, FACT_HOLD), !back);
		assert_int_equal(count(rec, FACT_WAIT), !back);
		collector_free(c);
		rig_down(&r);
		free(rec);
	}
}

static void join_it(struct page *p)
{
	rig_await(&p->step, 1);
	thrd_join(joined, NULL);
}

static void join_sleeper(struct page *p)
{
	joined = rig_thread(p, 0, nap);
	rig_thread(p, 1, join_it);
	atomic_store(&p->step, 1);
}

static void joining_a_sleeper_is_no_news(void **state)
{
	struct record *rec = calloc(1, sizeof(*rec));
	struct collector *c;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, join_sleeper);
	rig_blocked(&r, 0, 1, SYS_futex);
	c = collector(&r, &way_proc, NULL, 0);
	look(c, rec);
	assert_int_equal(rec->n, 2);
	assert_int_equal(rec->kept[0].fact.tick.parked, 1);
	collector_free(c);
	rig_down(&r);
	free(rec);
}

static void lock_twice(struct page *p)
{
	(void)p;
	pthread_mutex_lock(&a);
	pthread_mutex_lock(&a);
}

static void join_stuck(struct page *p)
{
	joined = rig_thread(p, 0, lock_twice);
	rig_thread(p, 1, join_it);
	atomic_store(&p->step, 1);
}

static void joining_a_stuck_thread_is_stated(void **state)
{
	struct record *rec = calloc(1, sizeof(*rec));
	const struct kept *w;
	struct collector *c;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, join_stuck);
	rig_blocked(&r, 0, 0, SYS_futex);
	rig_blocked(&r, 0, 1, SYS_futex);
	c = collector(&r, &way_proc, NULL, 0);
	look(c, rec);
	w = wait_of(rec, r.page->tid[1]);
	assert_non_null(w);
	assert_int_equal(hold_of(rec, w->text)->fact.hold.ref.tid, r.page->tid[0]);
	assert_non_null(wait_of(rec, r.page->tid[0]));
	collector_free(c);
	rig_down(&r);
	free(rec);
}

static void hold_shared(struct page *p)
{
	pthread_mutex_t *m = (pthread_mutex_t *)p->memory;
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(m, &attr);
	pthread_mutex_lock(m);
	atomic_store(&p->step, 1);
	atomic_store(&p->tid[1], getpid());
	nap(p);
}

static void want_shared(struct page *p)
{
	rig_await(&p->step, 1);
	pthread_mutex_lock((pthread_mutex_t *)p->memory);
}

static void shared_waiter(struct page *p)
{
	rig_thread(p, 0, want_shared);
}

static void holder_outside_of_the_target_is_looked_at(void **state)
{
	struct record *rec = calloc(1, sizeof(*rec));
	const struct kept *holder;
	struct collector *c;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, shared_waiter);
	rig_start(&r, hold_shared);
	rig_blocked(&r, 0, 0, SYS_futex);
	rig_blocked(&r, 1, 1, SYS_clock_nanosleep);
	c = collector(&r, &way_proc, NULL, 0);
	look(c, rec);
	holder = thread_fact(rec, r.pids[1], r.pids[1]);
	assert_non_null(holder);
	assert_int_equal(holder->fact.thread.activity, ACT_SLEEPING);
	assert_int_equal(count(rec, FACT_PROCESS), 2);
	collector_free(c);
	rig_down(&r);
	free(rec);
}

static void take_and_die(struct page *p)
{
	(void)p;
	pthread_mutex_lock(&a);
}

static void want_a(struct page *p)
{
	(void)p;
	pthread_mutex_lock(&a);
}

static void dead_owner(struct page *p)
{
	pthread_join(rig_thread(p, 0, take_and_die), NULL);
	rig_thread(p, 1, want_a);
}

static void owner_that_is_gone_is_stated_as_gone(void **state)
{
	struct record *rec = calloc(1, sizeof(*rec));
	const struct kept *owner;
	struct collector *c;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, dead_owner);
	rig_blocked(&r, 0, 1, SYS_futex);
	c = collector(&r, &way_proc, NULL, 0);
	look(c, rec);
	owner = thread_fact(rec, r.pids[0], r.page->tid[0]);
	assert_non_null(owner);
	assert_int_equal(owner->fact.thread.activity, ACT_GONE);
	collector_free(c);
	rig_down(&r);
	free(rec);
}

static void stacks_begin_in_the_kernel_and_reach_the_program(void **state)
{
	struct record *rec = calloc(1, sizeof(*rec));
	struct fact_sink sink = {.put = keep, .ctx = rec};
	struct thread_ref refs[2];
	struct collector *c;
	struct seen seen;
	struct rig r;

	(void)state;
	start_abba(&r);
	c = collector(&r, &way_proc, NULL, 0);
	look(c, rec);
	refs[0] = wait_of(rec, r.page->tid[0])->fact.wait.ref;
	/* the same id, but of a thread that began at another time: it is not there any more */
	refs[1] = refs[0];
	refs[1].start++;
	rec->n = 0;
	assert_int_equal(collector_detail(c, refs, 2, 5000000000ull, &sink), 0);
	assert_int_equal(count(rec, FACT_STACK), 1);
	assert_int_equal(rec->kept[0].fact.stack.ref.tid, refs[0].tid);
	assert_true(rec->kept[0].fact.stack.n_frames >= 2);
	assert_int_equal(way_proc.look(r.way, refs[0].pid, refs[0].tid, &seen), 0);
	if (seen.n_kframes)
		assert_string_equal(rec->kept[0].text, "[kernel]");
	assert_int_equal(rec->kept[rec->n - 1].fact.type, FACT_DETAILED);
	collector_free(c);
	rig_down(&r);
	free(rec);
}

static void losses_are_stated_when_they_change(void **state)
{
	struct record *rec = calloc(1, sizeof(*rec));
	struct collector *c;
	struct rig r;

	(void)state;
	start_abba(&r);
	c = collector(&r, &way_proc, NULL, 0);
	lost_count(r.os.lost, "read-timeout");
	look(c, rec);
	assert_int_equal(count(rec, FACT_LOST), 1);
	look(c, rec);
	assert_int_equal(count(rec, FACT_LOST), 0);
	lost_count(r.os.lost, "read-timeout");
	look(c, rec);
	assert_int_equal(count(rec, FACT_LOST), 1);
	collector_free(c);
	rig_down(&r);
	free(rec);
}

static void try_in_turns(pthread_mutex_t *m)
{
	struct timespec until;

	do {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 150 * MS;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
	} while (pthread_mutex_timedlock(m, &until) == ETIMEDOUT);
}

static void keep_a(struct page *p)
{
	pthread_mutex_lock(&a);
	atomic_fetch_add(&p->step, 1);
	nap(p);
}

static void keep_a_and_run(struct page *p)
{
	pthread_mutex_lock(&a);
	atomic_fetch_add(&p->step, 1);
	for (;;)
		rig_ms(10);
}

static void try_a(struct page *p)
{
	rig_await(&p->step, 1);
	try_in_turns(&a);
}

static void owner_sleeps(struct page *p)
{
	rig_thread(p, 0, keep_a);
	rig_thread(p, 1, try_a);
}

static void owner_runs(struct page *p)
{
	rig_thread(p, 0, keep_a_and_run);
	rig_thread(p, 1, try_a);
}

/* Looks 50 ms apart, until one tells of a wait of the thread that tries for a. */
static const struct kept *look_for_tries(struct rig *r, void (*body)(struct page *),
					 struct record *rec)
{
	const struct kept *w = NULL;
	struct collector *c;

	rig_up(r);
	rig_start(r, body);
	rig_blocked(r, 0, 1, SYS_futex);
	c = collector(r, &way_proc, NULL, 1000 * MS);
	for (int i = 0; i < 40 && !w; i++) {
		rig_ms(50);
		look(c, rec);
		w = wait_of(rec, r->page->tid[1]);
	}
	collector_free(c);
	return w;
}

static void tries_for_a_lock_that_its_owner_keeps_are_one_wait(void **state)
{
	struct record *rec = calloc(1, sizeof(*rec));
	const struct kept *w;
	struct rig r;

	(void)state;
	w = look_for_tries(&r, owner_sleeps, rec);
	assert_non_null(w);
	assert_true(w->fact.wait.tries >= 2);
	assert_int_equal(w->fact.wait.quality, SINCE_AT_LEAST);
	assert_true(w->fact.wait.since_ns + 500 * MS <= rec->kept[0].fact.tick.now_ns);
	assert_int_equal(hold_of(rec, w->text)->fact.hold.ref.tid, r.page->tid[0]);
	rig_down(&r);
	free(rec);
}

/* He may have given it back and taken it again: nothing says that it was one wait. */
static void tries_for_a_lock_whose_owner_runs_are_not(void **state)
{
	struct record *rec = calloc(1, sizeof(*rec));
	struct rig r;

	(void)state;
	assert_null(look_for_tries(&r, owner_runs, rec));
	rig_down(&r);
	free(rec);
}

static _Atomic uint32_t own_locks[2] = {2, 2};

/* As a lock of somebody's own that others have is waited for. */
static void wait_for_own_lock(struct page *p, int i)
{
	(void)p;
	for (;;)
		syscall(SYS_futex, &own_locks[i], FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
}

static void want_own_0(struct page *p)
{
	wait_for_own_lock(p, 0);
}

static void want_own_1(struct page *p)
{
	wait_for_own_lock(p, 1);
}

static void nobody_left(struct page *p)
{
	rig_thread(p, 0, want_own_0);
	rig_thread(p, 1, want_own_1);
	pthread_exit(NULL);
}

static void one_left(struct page *p)
{
	rig_thread(p, 0, want_own_0);
	rig_thread(p, 1, want_own_1);
	nap(p);
}

/* What a look at such a process says of its locks: how many waits. */
static size_t waits_for_own_locks(struct rig *r, void (*body)(struct page *), bool asked,
				  struct record *rec)
{
	struct collector *c;

	rig_up(r);
	rig_start(r, body);
	rig_blocked(r, 0, 0, SYS_futex);
	rig_blocked(r, 0, 1, SYS_futex);
	c = collector(r, &way_proc, NULL, 0);
	if (asked)
		collector_asked(c, 0, false);
	look(c, rec);
	collector_free(c);
	return count(rec, FACT_WAIT);
}

static void locks_without_an_owner_are_stuck_if_nobody_is_left(void **state)
{
	struct record *rec = calloc(1, sizeof(*rec));
	struct rig r;

	(void)state;
	assert_int_equal(waits_for_own_locks(&r, nobody_left, true, rec), 2);
	for (int i = 0; i < 2; i++) {
		const struct kept *h = hold_of(rec, wait_of(rec, r.page->tid[i])->text);

		assert_int_equal(h->fact.hold.ref.tid, r.page->tid[1 - i]);
		assert_int_equal(h->fact.hold.evidence, EVIDENCE_INFERRED);
	}
	rig_down(&r);
	free(rec);
}

static void locks_without_an_owner_are_parked_on_if_somebody_is(void **state)
{
	struct record *rec = calloc(1, sizeof(*rec));
	struct rig r;

	(void)state;
	assert_int_equal(waits_for_own_locks(&r, one_left, true, rec), 0);
	rig_down(&r);
	/* ... and of the whole system, where nobody asks for this process */
	assert_int_equal(waits_for_own_locks(&r, nobody_left, false, rec), 0);
	rig_down(&r);
	free(rec);
}

static int refuse(void *ctx, const struct fact *f)
{
	(void)ctx;
	return f->type == FACT_HOLD ? -ENOSPC : 0;
}

static void error_of_the_sink_ends_the_look(void **state)
{
	struct fact_sink sink = {.put = refuse};
	struct collector *c;
	struct rig r;

	(void)state;
	start_abba(&r);
	c = collector(&r, &way_proc, NULL, 0);
	assert_int_equal(collector_look(c, os_now_ns(), os_wall_ns(), &sink), -ENOSPC);
	collector_free(c);
	rig_down(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deadlock_is_stated_whole_and_in_order),
		cmocka_unit_test(deadlock_is_stated_though_the_main_thread_has_ended),
		cmocka_unit_test(young_waits_are_not_stated),
		cmocka_unit_test(waiter_that_moved_while_it_was_read_blames_nobody),
		cmocka_unit_test(owner_that_was_in_the_queue_before_does_not_wait_for_itself),
		cmocka_unit_test(owner_that_left_while_it_was_looked_for_is_not_gone),
		cmocka_unit_test(joining_a_sleeper_is_no_news),
		cmocka_unit_test(joining_a_stuck_thread_is_stated),
		cmocka_unit_test(holder_outside_of_the_target_is_looked_at),
		cmocka_unit_test(owner_that_is_gone_is_stated_as_gone),
		cmocka_unit_test(stacks_begin_in_the_kernel_and_reach_the_program),
		cmocka_unit_test(losses_are_stated_when_they_change),
		cmocka_unit_test(tries_for_a_lock_that_its_owner_keeps_are_one_wait),
		cmocka_unit_test(tries_for_a_lock_whose_owner_runs_are_not),
		cmocka_unit_test(locks_without_an_owner_are_stuck_if_nobody_is_left),
		cmocka_unit_test(locks_without_an_owner_are_parked_on_if_somebody_is),
		cmocka_unit_test(error_of_the_sink_ends_the_look),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
