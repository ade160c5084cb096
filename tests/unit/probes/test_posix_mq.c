// SPDX-License-Identifier: GPL-2.0
/*
 * POSIX queues: how full, and who has the other end.
 */
#include "rig.h"

#include <fcntl.h>
#include <mqueue.h>

#include "../../../user/os/holders.h"

#define ROOM 2

static mqd_t open_queue(struct page *p, int flags)
{
	struct mq_attr attr = {.mq_maxmsg = ROOM, .mq_msgsize = 8};

	return mq_open(p->memory, flags | O_CREAT | O_CLOEXEC, 0600, &attr);
}

static void up(struct rig *r)
{
	rig_up(r);
	snprintf(r->page->memory, sizeof(r->page->memory), "/locktrace-test-%d", getpid());
}

static void down(struct rig *r)
{
	mq_unlink(r->page->memory);
	rig_down(r);
}

static void fill(struct page *p)
{
	for (;;)
		mq_send(atomic_load(&p->id), "message", 8, 0);
}

static void sender(struct page *p)
{
	rig_await(&p->step, 1);
	atomic_store(&p->id, open_queue(p, O_WRONLY));
	rig_thread(p, 0, fill);
}

static void sender_both_ways(struct page *p)
{
	mqd_t q = open_queue(p, O_RDWR);

	for (int i = 0; i < RIG_TIDS; i++) {
		pid_t none = 0;

		if (atomic_compare_exchange_strong(&p->tid[i], &none, getpid()))
			break;
	}
	for (;;)
		mq_send(q, "message", 8, 0);
}

static void reader(struct page *p)
{
	open_queue(p, O_RDONLY);
	atomic_fetch_add(&p->step, 1);
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

static void assert_one(const struct description *d, pid_t pid, pid_t tid, enum evidence evidence,
		       const char *why)
{
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.pid, pid);
	assert_int_equal(d->holds[0].hold.ref.tid, tid);
	assert_int_equal(d->holds[0].hold.evidence, evidence);
	assert_non_null(strstr(d->holds[0].hold.why, why));
}

static void full_queue_and_its_only_reader(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;
	char name[128];
	pid_t tid;

	(void)state;
	up(&r);
	rig_start(&r, sender);
	rig_start(&r, reader);
	tid = rig_blocked(&r, 0, 0, SYS_mq_timedsend);
	d = rig_describe(&r, 0, tid, &w);
	assert_string_equal(w.kind, "posix-mq-full");
	assert_int_equal(w.class, CLASS_FULL);
	snprintf(name, sizeof(name), "POSIX queue %.64s", r.page->memory);
	assert_string_equal(d->resource.resource.name, name);
	assert_string_equal(d->resource.resource.detail, "full, 2 of 2 messages");
	assert_int_equal(number(d, "bytes"), 16);
	assert_int_equal(number(d, "max_message_bytes"), 8);
	assert_one(d, r.pids[1], r.pids[1], EVIDENCE_INFERRED, "only process");
	description_free(d);
	/* without a name nobody else can come by it */
	mq_unlink(r.page->memory);
	holders_forget(r.os.holders);
	d = rig_describe(&r, 0, tid, NULL);
	snprintf(name, sizeof(name), "POSIX queue %.64s (removed)", r.page->memory);
	assert_string_equal(d->resource.resource.name, name);
	assert_one(d, r.pids[1], r.pids[1], EVIDENCE_EXACT, "only process");
	description_free(d);
	down(&r);
}

static void two_readers(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	up(&r);
	rig_start(&r, sender);
	rig_start(&r, reader);
	rig_start(&r, reader);
	rig_await(&r.page->step, 2);
	rig_blocked(&r, 0, 0, SYS_mq_timedsend);
	mq_unlink(r.page->memory);
	d = rig_describe(&r, 0, r.page->tid[0], NULL);
	assert_int_equal(d->n_holds, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(d->holds[i].hold.evidence, EVIDENCE_INFERRED);
		assert_non_null(strstr(d->holds[i].hold.why, "one of 2 processes"));
	}
	description_free(d);
	down(&r);
}

/* Each could read it, and none of them does: they wait for each other's room, not for each other.
 */
static void senders_that_could_read(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	up(&r);
	rig_start(&r, sender_both_ways);
	while (!atomic_load(&r.page->tid[0]))
		sched_yield();
	rig_start(&r, sender_both_ways);
	rig_blocked(&r, 0, 0, SYS_mq_timedsend);
	rig_blocked(&r, 1, 1, SYS_mq_timedsend);
	d = rig_describe(&r, 0, r.pids[0], NULL);
	assert_one(d, 0, 0, EVIDENCE_UNKNOWN, "waits for it as well");
	description_free(d);
	down(&r);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void read_once_and_hang(struct page *p)
{
	char buf[8];

	mq_receive(atomic_load(&p->id), buf, 8, NULL);
	pthread_mutex_lock(&mutex);
}

static void nap(struct page *p)
{
	(void)p;
	for (;;)
		sleep(1000);
}

static void threaded_victim(struct page *p)
{
	pthread_mutex_lock(&mutex);
	atomic_store(&p->id, open_queue(p, O_RDWR));
	rig_thread(p, 0, fill);
	rig_thread(p, 1, nap);
	rig_thread(p, 2, read_once_and_hang);
}

static void reader_that_is_stuck_elsewhere(void **state)
{
	struct description *d;
	struct rig r;
	pid_t stuck;

	(void)state;
	up(&r);
	rig_start(&r, threaded_victim);
	stuck = rig_blocked(&r, 0, 2, SYS_futex);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_mq_timedsend), NULL);
	assert_one(d, r.pids[0], stuck, EVIDENCE_INFERRED, "stuck elsewhere");
	description_free(d);
	down(&r);
}

static void receiver(struct page *p)
{
	char buf[8];
	mqd_t q = open_queue(p, O_RDONLY);

	atomic_store(&p->tid[0], getpid());
	for (;;)
		mq_receive(q, buf, 8, NULL);
}

/* In an IPC namespace of its own, where the same name is another queue. */
static void hidden_receiver(struct page *p)
{
	if (unshare(CLONE_NEWIPC)) {
		atomic_store(&p->step, -1);
		return;
	}
	receiver(p);
}

static void writer(struct page *p)
{
	open_queue(p, O_WRONLY);
	atomic_store(&p->step, 1);
}

static void empty_queue_and_its_writer(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	up(&r);
	rig_start(&r, receiver);
	rig_start(&r, writer);
	rig_await(&r.page->step, 1);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_mq_timedreceive), &w);
	assert_string_equal(w.kind, "posix-mq-empty");
	assert_int_equal(w.class, CLASS_EMPTY);
	assert_string_equal(d->resource.resource.detail, "empty");
	assert_one(d, r.pids[1], r.pids[1], EVIDENCE_INFERRED, "writing");
	description_free(d);
	down(&r);
}

static void queue_of_the_same_name_elsewhere(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	up(&r);
	rig_start(&r, hidden_receiver);
	rig_start(&r, writer);
	while (!atomic_load(&r.page->tid[0]) && atomic_load(&r.page->step) >= 0)
		sched_yield();
	if (atomic_load(&r.page->step) < 0) {
		down(&r);
		skip();
	}
	rig_await(&r.page->step, 1);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_mq_timedreceive), NULL);
	assert_string_equal(d->resource.resource.detail, "empty");
	assert_one(d, 0, 0, EVIDENCE_UNKNOWN, "no process has it open for writing");
	description_free(d);
	down(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_queue_and_its_only_reader),
		cmocka_unit_test(two_readers),
		cmocka_unit_test(senders_that_could_read),
		cmocka_unit_test(reader_that_is_stuck_elsewhere),
		cmocka_unit_test(empty_queue_and_its_writer),
		cmocka_unit_test(queue_of_the_same_name_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
