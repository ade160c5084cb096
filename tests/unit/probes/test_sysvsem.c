// SPDX-License-Identifier: GPL-2.0
/*
 * SysV semaphores: which one, what is missing, and who is taken to have it.
 */
#include "rig.h"

#include <sys/sem.h>

/* Sets p->id to a new set of n semaphores of that value. */
static void make_set(struct page *p, int n, int value)
{
	int id = semget(IPC_PRIVATE, n, 0600);

	for (int i = 0; i < n; i++)
		semctl(id, i, SETVAL, value);
	atomic_store(&p->id, id);
}

static int op(struct page *p, int num, int op, int flags)
{
	struct sembuf b = {.sem_num = num, .sem_op = op, .sem_flg = flags};

	return semop(atomic_load(&p->id), &b, 1);
}

static void down(struct rig *r)
{
	int id = atomic_load(&r->page->id);

	rig_down(r);
	semctl(id, 0, IPC_RMID);
}

static int64_t number(const struct description *d, const char *name)
{
	for (size_t i = 0; i < d->resource.resource.n_state; i++) {
		if (!strcmp(d->numbers[i].name, name))
			return d->numbers[i].value;
	}
	fail_msg("no number %s", name);
	return 0;
}

static void assert_one(const struct description *d, pid_t pid, pid_t tid, const char *why)
{
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.pid, pid);
	assert_int_equal(d->holds[0].hold.ref.tid, tid);
	assert_int_equal(d->holds[0].hold.evidence, pid ? EVIDENCE_INFERRED : EVIDENCE_UNKNOWN);
	assert_non_null(strstr(d->holds[0].hold.why, why));
}

/* ---- one unit, taken by another process ---- */

static void take(struct page *p)
{
	op(p, 0, -1, 0);
}

static void take_with_undo(struct page *p)
{
	op(p, 0, -1, SEM_UNDO);
}

static void waiter(struct page *p)
{
	make_set(p, 1, 1);
	atomic_store(&p->step, 1);
	rig_await(&p->step, 2);
	rig_thread(p, 0, take);
	for (;;)
		pause();
}

static void undo_waiter(struct page *p)
{
	make_set(p, 1, 1);
	atomic_store(&p->step, 1);
	rig_await(&p->step, 2);
	rig_thread(p, 0, take_with_undo);
	for (;;)
		pause();
}

static void taker(struct page *p)
{
	rig_await(&p->step, 1);
	take(p);
	atomic_store(&p->step, 2);
}

static void taker_that_ends(struct page *p)
{
	taker(p);
	_exit(0);
}

static void unit_that_another_process_took(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;
	pid_t pid;
	char name[64];

	(void)state;
	rig_up(&r);
	rig_start(&r, waiter);
	pid = rig_start(&r, taker);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_semtimedop), &w);
	assert_string_equal(w.kind, "sysvsem");
	assert_int_equal(w.class, CLASS_TOKEN);
	assert_int_equal(d->resource.resource.class, CLASS_TOKEN);
	snprintf(name, sizeof(name), "SysV semaphore 0 of set %d (private)",
		 atomic_load(&r.page->id));
	assert_string_equal(d->resource.resource.name, name);
	assert_string_equal(d->resource.resource.detail, "value 0, 1 needed");
	assert_int_equal(number(d, "waiting"), 1);
	assert_int_equal(number(d, "waiting_for_zero"), 0);
	assert_int_equal(number(d, "last_pid"), pid);
	assert_one(d, pid, pid, "took it last");
	assert_false(d->holds[0].hold.gone);
	description_free(d);
	down(&r);
}

static void undo_makes_it_a_lock(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;
	pid_t pid;

	(void)state;
	rig_up(&r);
	rig_start(&r, undo_waiter);
	pid = rig_start(&r, taker);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_semtimedop), &w);
	assert_int_equal(w.class, CLASS_LOCK);
	assert_one(d, pid, pid, "took it last");
	description_free(d);
	down(&r);
}

static void taker_that_ended_is_gone(void **state)
{
	struct description *d;
	struct rig r;
	pid_t pid;

	(void)state;
	rig_up(&r);
	rig_start(&r, waiter);
	pid = rig_start(&r, taker_that_ends);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	r.n_pids--;
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_semtimedop), NULL);
	assert_one(d, pid, 0, "has exited");
	assert_true(d->holds[0].hold.gone);
	description_free(d);
	down(&r);
}

/* ---- nobody to blame ---- */

static void consume(struct page *p)
{
	for (;;)
		op(p, 0, -1, 0);
}

/* The first thread too: each has taken items, and each waits for more. */
static void consumers(struct page *p)
{
	make_set(p, 1, 3);
	rig_thread(p, 0, consume);
	atomic_store(&p->tid[1], getpid());
	consume(p);
}

static void consumers_wait_for_items(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, consumers);
	rig_blocked(&r, 0, 1, SYS_semtimedop);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_semtimedop), NULL);
	assert_one(d, 0, 0, "waits for it as well");
	description_free(d);
	down(&r);
}

static void event_waiter(struct page *p)
{
	make_set(p, 1, 0);
	rig_thread(p, 0, take);
}

static void unit_that_was_never_there(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, event_waiter);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_semtimedop), NULL);
	assert_int_equal(d->resource.resource.class, CLASS_PARK);
	assert_one(d, 0, 0, "nobody has used");
	description_free(d);
	down(&r);
}

/*
 * Lock, items, room: made by a process that goes on to sleep, as one does. It
 * is the last that changed the count of items, but it has taken nothing.
 */
static void take_item(struct page *p)
{
	op(p, 0, -1, 0);
	op(p, 0, 1, 0);
	op(p, 1, -1, 0);
}

static void ring_maker(struct page *p)
{
	make_set(p, 3, 1);
	semctl(atomic_load(&p->id), 1, SETVAL, 0);
	atomic_store(&p->step, 1);
}

static void ring_consumer(struct page *p)
{
	rig_await(&p->step, 1);
	rig_thread(p, 0, take_item);
}

static void maker_of_the_set_took_nothing(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, ring_consumer);
	rig_start(&r, ring_maker);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_semtimedop), &w);
	assert_non_null(strstr(w.key, ":1"));
	assert_int_equal(number(d, "semaphore"), 1);
	assert_int_equal(number(d, "last_pid"), r.pids[1]);
	assert_one(d, 0, 0, "when the set was made");
	description_free(d);
	down(&r);
}

/* ---- several operations, and zero ---- */

static void take_three(struct page *p)
{
	struct sembuf b[] = {{0, -1, 0}, {2, -1, 0}, {2, -2, SEM_UNDO}, {1, -1, 0}};

	semop(atomic_load(&p->id), b, 4);
}

static void three_victim(struct page *p)
{
	make_set(p, 3, 1);
	semctl(atomic_load(&p->id), 2, SETVAL, 2);
	rig_thread(p, 0, take_three);
}

static void which_of_several_operations(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;
	char key[64];

	(void)state;
	rig_up(&r);
	rig_start(&r, three_victim);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_semtimedop), &w);
	/* the first of them would leave one of the two that the second wants */
	snprintf(key, sizeof(key), ":%d:2", atomic_load(&r.page->id));
	assert_non_null(strstr(w.key, key));
	assert_int_equal(w.class, CLASS_LOCK);
	assert_int_equal(number(d, "value"), 2);
	assert_int_equal(number(d, "needed"), 3);
	description_free(d);
	down(&r);
}

static void add_when_zero(struct page *p)
{
	struct sembuf b[] = {{0, 0, 0}, {0, 1, SEM_UNDO}};

	semop(atomic_load(&p->id), b, 2);
}

static void zero_locker(struct page *p)
{
	rig_await(&p->step, 1);
	add_when_zero(p);
	atomic_store(&p->step, 2);
}

static void zero_lock_waiter(struct page *p)
{
	make_set(p, 1, 0);
	atomic_store(&p->step, 1);
	rig_await(&p->step, 2);
	rig_thread(p, 0, add_when_zero);
}

static void zero_waiter(struct page *p)
{
	struct sembuf b = {0, 0, 0};

	semop(atomic_load(&p->id), &b, 1);
}

static void countdown_victim(struct page *p)
{
	make_set(p, 1, 2);
	take(p);
	rig_thread(p, 0, zero_waiter);
}

static void lock_that_is_free_at_zero(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;
	pid_t pid;

	(void)state;
	rig_up(&r);
	rig_start(&r, zero_lock_waiter);
	pid = rig_start(&r, zero_locker);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_semtimedop), &w);
	assert_non_null(strstr(w.key, ":zero"));
	assert_int_equal(w.class, CLASS_TOKEN);
	assert_string_equal(d->resource.resource.detail, "value 1, must become 0");
	assert_one(d, pid, pid, "changed it last");
	description_free(d);
	down(&r);
}

static void countdown_names_nobody(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, countdown_victim);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_semtimedop), NULL);
	assert_int_equal(number(d, "waiting_for_zero"), 1);
	assert_one(d, 0, 0, "still to take");
	description_free(d);
	down(&r);
}

/* ---- what hooks saw ---- */

static struct way_use seen_uses[3];

static int three_users(void *self, enum lt_kind kind, uint32_t place, uint64_t id,
		       int (*emit)(void *ctx, const struct way_use *use), void *ctx)
{
	int r = 0;

	(void)self;
	assert_int_equal(kind, LT_KIND_SYSVSEM);
	assert_int_not_equal(place, 0);
	assert_int_equal(id & 0xffff, 0);
	for (int i = 0; i < 3 && !r; i++) {
		if (seen_uses[i].ref.pid)
			r = emit(ctx, &seen_uses[i]);
	}
	return r;
}

static void nap(struct page *p)
{
	(void)p;
	for (;;)
		sleep(1000);
}

static void take_and_nap(struct page *p)
{
	take(p);
	nap(p);
}

/* Thread 1 took it, 2 naps as well, 0 wants it. */
static void threaded_victim(struct page *p)
{
	make_set(p, 1, 1);
	rig_thread(p, 1, take_and_nap);
	rig_thread(p, 2, nap);
	rig_await(&p->step, 1);
	rig_thread(p, 0, take);
}

static struct thread_ref ref_of(struct rig *r, int i)
{
	struct seen seen;

	assert_int_equal(way_proc.look(r->way, r->pids[0], r->page->tid[i], &seen), 0);
	return seen.ref;
}

static struct description *describe_hooked(struct rig *r, pid_t tid)
{
	struct way hooked = way_proc;
	struct probe_env env;
	struct description *d;
	struct fact_sink sink;
	struct seen seen;
	struct wait w = rig_recognise(r, 0, tid, &seen);

	hooked.users = three_users;
	d = description_new(w.key);
	sink = description_sink(d);
	env = (struct probe_env){&r->os, &hooked, r->way, &sink};
	assert_int_equal(w.probe->describe(&env, &seen, &w), 0);
	return d;
}

static void thread_that_was_seen_taking(void **state)
{
	struct description *d;
	struct rig r;
	pid_t tid;

	(void)state;
	rig_up(&r);
	rig_start(&r, threaded_victim);
	rig_blocked(&r, 0, 1, SYS_clock_nanosleep);
	atomic_store(&r.page->step, 1);
	tid = rig_blocked(&r, 0, 0, SYS_semtimedop);
	/* not seen: each thread that does not wait for it may be meant */
	d = rig_describe(&r, 0, tid, NULL);
	assert_int_equal(d->n_holds, 3);
	description_free(d);

	/* the waiter has entered the call, too, and another one with a time limit */
	seen_uses[0] = (struct way_use){.ref = ref_of(&r, 1), .has = true};
	seen_uses[1] = (struct way_use){.ref = ref_of(&r, 0), .has = true};
	seen_uses[2] = (struct way_use){.ref = ref_of(&r, 2), .has = true, .unsure = true};
	d = describe_hooked(&r, tid);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.tid, r.page->tid[1]);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_TRACKED);
	description_free(d);

	/* that thread's id is another one's now */
	seen_uses[0].ref.start--;
	d = describe_hooked(&r, tid);
	assert_int_equal(d->n_holds, 3);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_INFERRED);
	description_free(d);
	down(&r);
}

static void given_by_who_never_takes(void **state)
{
	struct description *d;
	struct rig r;
	pid_t tid;

	(void)state;
	rig_up(&r);
	rig_start(&r, threaded_victim);
	rig_blocked(&r, 0, 1, SYS_clock_nanosleep);
	atomic_store(&r.page->step, 1);
	tid = rig_blocked(&r, 0, 0, SYS_semtimedop);
	description_free(rig_describe(&r, 0, tid, NULL));
	seen_uses[0] = (struct way_use){.ref = ref_of(&r, 1), .has = true};
	seen_uses[1] = (struct way_use){.ref = ref_of(&r, 2), .gave = 2};
	seen_uses[2] = (struct way_use){0};
	d = describe_hooked(&r, tid);
	assert_one(d, 0, 0, "never took it");
	description_free(d);
	/* once may be for a unit that was taken unseen */
	seen_uses[1].gave = 1;
	d = describe_hooked(&r, tid);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_TRACKED);
	description_free(d);
	down(&r);
}

/* ---- what the kernel alone knows ---- */

static struct way_semaphore kernels;

static int told(void *self, pid_t tid, uint32_t place, int semid, int num,
		struct way_semaphore *ret)
{
	(void)self;
	assert_true(tid > 0 && place && semid >= 0 && (num == 1 || num == 0));
	*ret = kernels;
	return 0;
}

static struct description *describe_told(struct rig *r, pid_t tid)
{
	struct way way = way_proc;
	struct probe_env env;
	struct description *d;
	struct fact_sink sink;
	struct seen seen;
	struct wait w = rig_recognise(r, 0, tid, &seen);

	way.semaphore = told;
	d = description_new(w.key);
	sink = description_sink(d);
	env = (struct probe_env){&r->os, &way, r->way, &sink};
	assert_int_equal(w.probe->describe(&env, &seen, &w), 0);
	return d;
}

static void maker_that_did_take(void **state)
{
	struct description *d;
	struct rig r;
	pid_t tid, other;

	(void)state;
	rig_up(&r);
	rig_start(&r, ring_consumer);
	rig_start(&r, ring_maker);
	tid = rig_blocked(&r, 0, 0, SYS_semtimedop);
	kernels = (struct way_semaphore){.used_known = true, .used_s = 0};
	d = describe_told(&r, tid);
	assert_one(d, 0, 0, "when the set was made");
	description_free(d);
	kernels.used_s = time(NULL) + 1;
	d = describe_told(&r, tid);
	assert_one(d, r.pids[1], r.pids[1], "took it last");
	description_free(d);

	/* whom the kernel owes units for is exact; the last that took is told as well */
	other = rig_start(&r, nap);
	kernels.n = 1;
	kernels.pids[0] = other;
	kernels.units[0] = 2;
	d = describe_told(&r, tid);
	assert_int_equal(d->n_holds, 2);
	assert_int_equal(d->holds[0].hold.ref.tid, other);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_string_equal(d->holds[0].hold.why,
			    "has 2 units that the kernel gives back if it exits");
	assert_int_equal(d->holds[1].hold.ref.pid, r.pids[1]);
	assert_int_equal(d->holds[1].hold.evidence, EVIDENCE_INFERRED);
	description_free(d);
	down(&r);
}

static void locks_twice(struct page *p)
{
	make_set(p, 1, 1);
	take_with_undo(p);
	atomic_store(&p->tid[0], getpid());
	take_with_undo(p);
}

static void who_locks_twice_waits_for_itself(void **state)
{
	struct description *d;
	struct rig r;
	pid_t pid;

	(void)state;
	rig_up(&r);
	pid = rig_start(&r, locks_twice);
	rig_blocked(&r, 0, 0, SYS_semtimedop);
	d = rig_describe(&r, 0, pid, NULL);
	assert_one(d, pid, pid, "took it last");
	description_free(d);
	kernels = (struct way_semaphore){.n = 1, .pids = {pid}, .units = {1}};
	d = describe_told(&r, pid);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.tid, pid);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->resource.resource.class, CLASS_LOCK);
	description_free(d);
	/* with more than one unit any of those that have one could end the wait */
	kernels = (struct way_semaphore){.n = 2, .pids = {pid, getpid()}, .units = {1, 1}};
	d = describe_told(&r, pid);
	assert_int_equal(d->n_holds, 2);
	assert_int_equal(d->resource.resource.class, CLASS_TOKEN);
	description_free(d);
	down(&r);
}

/* ---- another IPC namespace ---- */

static void hidden_taker(struct page *p)
{
	int fds[2];
	char c;

	/* its own PID namespace, too: what it calls itself is not what we call it */
	if (pipe(fds) || unshare(CLONE_NEWIPC | CLONE_NEWPID)) {
		atomic_store(&p->step, -1);
		return;
	}
	make_set(p, 1, 1);
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		take(p);
		if (write(fds[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	if (read(fds[0], &c, 1) != 1)
		_exit(1);
	/* no threads: who has made a namespace for its children can have no more of these */
	atomic_store(&p->tid[0], getpid());
	atomic_store(&p->step, 1);
	take(p);
}

static void set_of_another_ipc_namespace(void **state)
{
	struct description *d;
	struct proc_stat st;
	struct rig r;
	pid_t pid;

	(void)state;
	rig_up(&r);
	rig_start(&r, hidden_taker);
	while (!atomic_load(&r.page->step))
		sched_yield();
	if (atomic_load(&r.page->step) < 0) {
		rig_down(&r);
		skip();
	}
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_semtimedop), NULL);
	pid = number(d, "last_pid");
	assert_int_equal(proc_stat(r.os.proc_fd, pid, pid, &st), 0);
	assert_int_equal(st.ppid, r.pids[0]);
	assert_one(d, pid, pid, "took it last");
	description_free(d);
	rig_down(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unit_that_another_process_took),
		cmocka_unit_test(undo_makes_it_a_lock),
		cmocka_unit_test(taker_that_ended_is_gone),
		cmocka_unit_test(consumers_wait_for_items),
		cmocka_unit_test(unit_that_was_never_there),
		cmocka_unit_test(maker_of_the_set_took_nothing),
		cmocka_unit_test(which_of_several_operations),
		cmocka_unit_test(lock_that_is_free_at_zero),
		cmocka_unit_test(countdown_names_nobody),
		cmocka_unit_test(thread_that_was_seen_taking),
		cmocka_unit_test(given_by_who_never_takes),
		cmocka_unit_test(maker_that_did_take),
		cmocka_unit_test(who_locks_twice_waits_for_itself),
		cmocka_unit_test(set_of_another_ipc_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
