// SPDX-License-Identifier: GPL-2.0
/*
 * eventfds: all of them are one inode, and yet each is its own.
 */
#include "rig.h"

#include <sys/eventfd.h>

static int fds[2]; /* inherited by the victims */

static void make(void)
{
	for (int i = 0; i < 2; i++) {
		fds[i] = eventfd(0, 0);
		assert_true(fds[i] >= 0);
	}
}

static void leave(void)
{
	close(fds[0]);
	close(fds[1]);
}

static void takes(struct page *p)
{
	uint64_t n;

	(void)p;
	if (read(fds[0], &n, sizeof(n)) < 0)
		_exit(1);
}

static void reader(struct page *p)
{
	close(fds[1]);
	rig_thread(p, 0, takes);
}

static void adds(struct page *p)
{
	uint64_t most = UINT64_MAX - 1, one = 1;

	(void)p;
	if (write(fds[0], &most, sizeof(most)) < 0 || write(fds[0], &one, sizeof(one)) < 0)
		_exit(1);
}

static void filler(struct page *p)
{
	close(fds[1]);
	rig_thread(p, 0, adds);
}

static void has_it(struct page *p)
{
	close(fds[1]);
	atomic_fetch_add(&p->step, 1);
}

static void has_another(struct page *p)
{
	close(fds[0]);
	atomic_fetch_add(&p->step, 1);
}

static void check(void (*victim)(struct page *), int syscall, const char *kind,
		  enum wait_class class)
{
	struct description *d;
	struct wait w;
	struct rig r;

	rig_up(&r);
	make();
	rig_start(&r, victim);
	rig_start(&r, has_it);
	rig_start(&r, has_another);
	leave();
	rig_await(&r.page->step, 2);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, syscall), &w);
	assert_string_equal(w.kind, kind);
	assert_int_equal(w.class, class);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.tid, r.pids[1]);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_INFERRED);
	description_free(d);
	rig_down(&r);
}

static void reader_waits_for_who_has_it(void **state)
{
	(void)state;
	check(reader, SYS_read, "eventfd-empty", CLASS_EMPTY);
}

static void writer_waits_for_who_has_it(void **state)
{
	(void)state;
	check(filler, SYS_write, "eventfd-full", CLASS_FULL);
}

static void alone(struct page *p)
{
	close(fds[1]);
	atomic_store(&p->tid[0], getpid());
	takes(p);
}

static void nobody_else_has_it(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	rig_up(&r);
	make();
	rig_start(&r, alone);
	rig_start(&r, has_another);
	leave();
	rig_await(&r.page->step, 1);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_read), NULL);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.pid, 0);
	assert_string_equal(d->holds[0].hold.why, "only the thread that waits has it open");
	description_free(d);
	rig_down(&r);
}

static void two_eventfds_are_two_resources(void **state)
{
	struct seen s;
	struct wait a, b;
	struct rig r;

	(void)state;
	rig_up(&r);
	make();
	s = (struct seen){.ref = {.pid = getpid(), .tid = getpid()},
			  .state = 'S',
			  .syscall = SYS_read,
			  .args = {(uint64_t)fds[0]}};
	assert_int_equal(probes_recognise(&r.os, &s, &a), 1);
	s.args[0] = (uint64_t)fds[1];
	assert_int_equal(probes_recognise(&r.os, &s, &b), 1);
	assert_string_not_equal(a.key, b.key);
	leave();
	rig_down(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reader_waits_for_who_has_it),
		cmocka_unit_test(writer_waits_for_who_has_it),
		cmocka_unit_test(nobody_else_has_it),
		cmocka_unit_test(two_eventfds_are_two_resources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
