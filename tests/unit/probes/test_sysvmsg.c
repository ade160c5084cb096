// SPDX-License-Identifier: GPL-2.0
/*
 * SysV queues: full and empty, and who is taken to be at the other end.
 */
#include "rig.h"

#include <sys/msg.h>

struct message {
	long type;
	char text[64];
};

static void make_queue(struct page *p)
{
	atomic_store(&p->id, msgget(IPC_PRIVATE, 0600));
}

static void fill(struct page *p)
{
	struct message m = {.type = 1};

	for (;;)
		msgsnd(atomic_load(&p->id), &m, sizeof(m.text), 0);
}

static void drain(struct page *p)
{
	struct message m;

	for (;;)
		msgrcv(atomic_load(&p->id), &m, sizeof(m.text), 0, 0);
}

static void down(struct rig *r)
{
	int id = atomic_load(&r->page->id);

	rig_down(r);
	msgctl(id, IPC_RMID, NULL);
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

static void unread_victim(struct page *p)
{
	make_queue(p);
	rig_thread(p, 0, fill);
}

static void full_queue_that_nobody_reads(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;
	char id[32];

	(void)state;
	rig_up(&r);
	rig_start(&r, unread_victim);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_msgsnd), &w);
	assert_string_equal(w.kind, "sysvmsg-full");
	assert_int_equal(w.class, CLASS_FULL);
	assert_int_equal(number(d, "messages"), number(d, "max_bytes") / 64);
	assert_int_equal(number(d, "bytes"), number(d, "max_bytes"));
	snprintf(id, sizeof(id), "SysV queue %d (private)", atomic_load(&r.page->id));
	assert_string_equal(d->resource.resource.name, id);
	assert_non_null(strstr(d->resource.resource.detail, "full, "));
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_UNKNOWN);
	assert_string_equal(d->holds[0].hold.why, "nobody has read from it");
	description_free(d);
	down(&r);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void nap(struct page *p)
{
	(void)p;
	for (;;)
		sleep(1000);
}

static void want_the_lock(struct page *p)
{
	(void)p;
	pthread_mutex_lock(&mutex);
}

/* It reads one message, and then wants a lock that is never let go. */
static void read_once_and_hang(struct page *p)
{
	struct message m;

	msgrcv(atomic_load(&p->id), &m, sizeof(m.text), 0, 0);
	pthread_mutex_lock(&mutex);
}

/* The story of the wait channels: producers, idle threads, and one that reads and is stuck. */
static void stuck_reader_victim(struct page *p)
{
	struct message m = {.type = 1};

	pthread_mutex_lock(&mutex);
	make_queue(p);
	/* there is a message at once: then the kernel remembers the process alone */
	msgsnd(atomic_load(&p->id), &m, sizeof(m.text), 0);
	rig_thread(p, 0, fill);
	rig_thread(p, 1, fill);
	rig_thread(p, 2, nap);
	rig_thread(p, 3, read_once_and_hang);
}

static void reader_that_is_stuck_elsewhere(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;
	pid_t reader;

	(void)state;
	rig_up(&r);
	rig_start(&r, stuck_reader_victim);
	reader = rig_blocked(&r, 0, 3, SYS_futex);
	rig_blocked(&r, 0, 1, SYS_msgsnd);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_msgsnd), &w);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_INFERRED);
	assert_int_equal(d->holds[0].hold.ref.tid, reader);
	assert_non_null(strstr(d->holds[0].hold.why, "read it last"));
	assert_non_null(strstr(d->holds[0].hold.why, "stuck elsewhere"));
	description_free(d);
	down(&r);
}

/* Two threads that could be the reader: the process is named, neither of them is blamed. */
static void two_stuck_victim(struct page *p)
{
	struct message m = {.type = 1};

	pthread_mutex_lock(&mutex);
	make_queue(p);
	/* so that no reader has to wait: the kernel would remember the thread */
	while (!msgsnd(atomic_load(&p->id), &m, sizeof(m.text), IPC_NOWAIT))
		;
	rig_thread(p, 3, read_once_and_hang);
	rig_thread(p, 4, read_once_and_hang);
	while (!atomic_load(&p->step))
		sched_yield();
	rig_thread(p, 0, fill);
}

static void readers_that_cannot_be_told_apart(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, two_stuck_victim);
	rig_blocked(&r, 0, 3, SYS_futex);
	rig_blocked(&r, 0, 4, SYS_futex);
	atomic_store(&r.page->step, 1);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_msgsnd), NULL);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.pid, r.pids[0]);
	assert_int_equal(d->holds[0].hold.ref.tid, 0);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_INFERRED);
	description_free(d);
	down(&r);
}

/* Both are stuck, but one of them was waiting for the message that it got. */
static void waited_victim(struct page *p)
{
	pthread_mutex_lock(&mutex);
	make_queue(p);
	rig_thread(p, 3, read_once_and_hang);
	while (!atomic_load(&p->step))
		sched_yield();
	rig_thread(p, 4, want_the_lock);
	rig_thread(p, 0, fill);
}

static void reader_that_waited_is_known_by_its_thread(void **state)
{
	struct description *d;
	struct rig r;
	pid_t reader;

	(void)state;
	rig_up(&r);
	rig_start(&r, waited_victim);
	rig_blocked(&r, 0, 3, SYS_msgrcv);
	atomic_store(&r.page->step, 1);
	reader = rig_blocked(&r, 0, 3, SYS_futex);
	rig_blocked(&r, 0, 4, SYS_futex);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_msgsnd), NULL);
	assert_int_equal(number(d, "last_receiver"), reader);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.pid, r.pids[0]);
	assert_int_equal(d->holds[0].hold.ref.tid, reader);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_INFERRED);
	description_free(d);
	down(&r);
}

static void read_once_and_exit(struct page *p)
{
	struct message m;

	make_queue(p);
	atomic_store(&p->step, 1);
	msgrcv(atomic_load(&p->id), &m, sizeof(m.text), 0, 0);
	_exit(0);
}

static void fill_when_there(struct page *p)
{
	rig_await(&p->step, 1);
	fill(p);
}

static void filler_victim(struct page *p)
{
	rig_thread(p, 0, fill_when_there);
}

static void reader_process_that_ended_is_gone(void **state)
{
	struct description *d;
	struct rig r;
	pid_t reader;

	(void)state;
	rig_up(&r);
	rig_start(&r, filler_victim);
	reader = rig_start(&r, read_once_and_exit);
	assert_int_equal(waitpid(reader, NULL, 0), reader);
	r.n_pids--;
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_msgsnd), NULL);
	assert_int_equal(d->n_holds, 1);
	assert_true(d->holds[0].hold.gone);
	assert_int_equal(d->holds[0].hold.ref.pid, reader);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_INFERRED);
	description_free(d);
	down(&r);
}

/* Hooks saw two threads receive: one still lives, one id went to another thread since. */
static struct thread_ref seen_receiving[2];

static int two_drainers(void *self, enum lt_kind kind, uint32_t place, uint64_t id,
			int (*emit)(void *ctx, const struct way_use *use), void *ctx)
{
	int r = 0;

	(void)self;
	(void)id;
	assert_int_equal(kind, LT_KIND_SYSVMSG);
	assert_int_not_equal(place, 0);
	for (int i = 0; i < 2 && !r; i++) {
		const struct way_use use = {.ref = seen_receiving[i], .at_ns = 1, .has = true};

		r = emit(ctx, &use);
	}
	return r;
}

static void threads_seen_receiving_are_tracked(void **state)
{
	struct way hooked = way_proc;
	struct probe_env env;
	struct description *d;
	struct fact_sink sink;
	struct seen seen;
	struct wait w;
	struct rig r;
	pid_t reader;

	(void)state;
	rig_up(&r);
	rig_start(&r, stuck_reader_victim);
	reader = rig_blocked(&r, 0, 3, SYS_futex);
	w = rig_recognise(&r, 0, rig_blocked(&r, 0, 0, SYS_msgsnd), &seen);
	assert_int_equal(way_proc.look(r.way, r.pids[0], reader, &seen), 0);
	seen_receiving[0] = seen_receiving[1] = seen.ref;
	seen_receiving[1].start--;
	assert_int_equal(way_proc.look(r.way, r.pids[0], r.page->tid[0], &seen), 0);
	hooked.users = two_drainers;
	d = description_new(w.key);
	sink = description_sink(d);
	env = (struct probe_env){&r.os, &hooked, r.way, &sink};
	assert_int_equal(w.probe->describe(&env, &seen, &w), 0);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_TRACKED);
	assert_int_equal(d->holds[0].hold.ref.tid, reader);
	description_free(d);
	down(&r);
}

static void empty_victim(struct page *p)
{
	make_queue(p);
	rig_thread(p, 0, drain);
}

static void empty_queue_is_no_claim(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, empty_victim);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_msgrcv), &w);
	assert_string_equal(w.kind, "sysvmsg-empty");
	assert_int_equal(w.class, CLASS_EMPTY);
	assert_string_equal(d->holds[0].hold.why, "nobody has written to it");
	description_free(d);
	down(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_queue_that_nobody_reads),
		cmocka_unit_test(reader_that_is_stuck_elsewhere),
		cmocka_unit_test(readers_that_cannot_be_told_apart),
		cmocka_unit_test(reader_that_waited_is_known_by_its_thread),
		cmocka_unit_test(reader_process_that_ended_is_gone),
		cmocka_unit_test(threads_seen_receiving_are_tracked),
		cmocka_unit_test(empty_queue_is_no_claim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
