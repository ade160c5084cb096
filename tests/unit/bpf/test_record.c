// SPDX-License-Identifier: GPL-2.0
/* What the kernel side writes of a thread becomes what probes read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ways/record.h"

static struct lt_task waiting(void)
{
	struct lt_task t = {
		.now_ns = 9000000000,
		.start_ns = 123456789012,
		.nvcsw = 7,
		.nivcsw = 2,
		.ran_clock = 4000000000,
		.args = {0xabc, 0x80, 2},
		.pid = 306,
		.tid = 311,
		.syscall = 202,
		.cpu = 1,
		.state = 1,
		.flags = LT_TASK_REGS,
		.comm = "logger",
	};

	t.regs[LT_REGS - 1] = 0x1234; /* the pc is the last one */
	return t;
}

static void states_are_masked_and_not_compared(void **state)
{
	(void)state;
	assert_int_equal(record_state(0, 0), 'R');
	assert_int_equal(record_state(1, 0), 'S');
	assert_int_equal(record_state(0x2001, 0), 'S'); /* freezable, 6.1 */
	assert_int_equal(record_state(2, 0), 'D');
	assert_int_equal(record_state(0x102, 0), 'D'); /* killable */
	assert_int_equal(record_state(0x402, 0), 'I');
	assert_int_equal(record_state(0x8000, 0), 'D'); /* frozen */
	assert_int_equal(record_state(0x104, 0), 'T');
	assert_int_equal(record_state(8, 0), 't');
	assert_int_equal(record_state(0x80, 0x20), 'Z');
	assert_int_equal(record_state(0x80, 0x10), 'X');
}

static void a_waiting_thread_is_told_whole(void **state)
{
	struct lt_task t = waiting();
	struct seen s;

	(void)state;
	record_seen(&t, 1000000000, NULL, &s);
	assert_int_equal(s.ref.pid, 306);
	assert_int_equal(s.ref.tid, 311);
	assert_int_equal(s.ref.start, 12345); /* ticks, rounded down as /proc does */
	assert_string_equal(s.comm, "logger");
	assert_int_equal(s.state, 'S');
	assert_int_equal(s.syscall, 202);
	assert_int_equal(s.args[0], 0xabc);
	assert_true(s.have_regs);
	assert_int_equal(s.pc, 0x1234);
	assert_int_equal(s.hook_kind, LT_KIND_NONE);
}

static void the_schedulers_clock_is_converted(void **state)
{
	struct lt_task t = waiting();
	struct seen s;

	(void)state;
	record_seen(&t, 1000000000, NULL, &s);
	assert_int_equal(s.ran_ns, 5000000000);
	assert_int_equal(s.ran_quality, SINCE_AT_LEAST);
}

static void a_time_that_cannot_be_is_not_told(void **state)
{
	struct lt_task t = waiting();
	struct seen s;

	(void)state;
	record_seen(&t, 6000000000, NULL, &s); /* would be later than now */
	assert_int_equal(s.ran_ns, 0);
	assert_int_equal(s.ran_quality, SINCE_UNKNOWN);
	t.ran_clock = 0;
	record_seen(&t, 0, NULL, &s);
	assert_int_equal(s.ran_ns, 0);
}

static void a_record_that_does_not_hold_is_not_shown(void **state)
{
	struct lt_task t = waiting();
	struct seen s;

	(void)state;
	t.wait = (struct lt_wait){.kind = LT_KIND_SYSVMSG, .key = 5, .since_ns = 42};
	record_seen(&t, 0, NULL, &s);
	assert_int_equal(s.hook_kind, LT_KIND_NONE);
	t.flags |= LT_TASK_HOOKED;
	record_seen(&t, 0, NULL, &s);
	assert_int_equal(s.hook_kind, LT_KIND_SYSVMSG);
	assert_int_equal(s.hook_key, 5);
	assert_int_equal(s.hook_since_ns, 42);
	t.wait.kind = LT_KIND_MAX; /* of another version */
	record_seen(&t, 0, NULL, &s);
	assert_int_equal(s.hook_kind, LT_KIND_NONE);
}

/* Its hook was off until 5 s; the wait began at 3 s, and the thread has slept once since. */
static struct seen after_off(struct lt_task *t)
{
	struct seen s;

	t->flags |= LT_TASK_HOOKED;
	record_seen(t, 0, NULL, &s);
	record_unhooked(t, 5000000000, &s);
	return s;
}

static void what_a_hook_saw_before_it_was_off_holds_for_who_did_not_move(void **state)
{
	struct lt_task t = waiting();
	struct seen s;

	(void)state;
	t.wait = (struct lt_wait){
		.kind = LT_KIND_FUTEX, .key = 5, .since_ns = 3000000000, .nvcsw = 6};
	t.ran_clock = 3000100000;
	s = after_off(&t);
	assert_true(s.hook_since_ns == 3000000000);

	t.wait.nvcsw = 5; /* slept twice: perhaps another wait, at the same place */
	s = after_off(&t);
	assert_int_equal(s.hook_kind, LT_KIND_NONE);
	assert_int_equal(s.hook_since_ns, 0);
	assert_int_equal(s.hook_key, 0);

	t.wait.nvcsw = 6; /* the first did not sleep at all: it ran until 4.5 s */
	t.ran_clock = 4500000000;
	assert_int_equal(after_off(&t).hook_since_ns, 0);
	t.ran_clock = 0; /* not known when it ran */
	assert_int_equal(after_off(&t).hook_since_ns, 0);

	t.wait.since_ns = 5500000000; /* since the hook is on again */
	t.wait.nvcsw = 1;
	assert_true(after_off(&t).hook_since_ns == 5500000000);
}

static void a_lock_of_the_kernel_and_its_owner(void **state)
{
	struct lt_task t = waiting();
	struct seen s;

	(void)state;
	record_seen(&t, 0, NULL, &s);
	assert_int_equal(s.klock.address, 0);
	t.lock = (struct lt_klock){.address = 0xffff1, .since_ns = 42, .flags = LT_KLOCK_READ};
	t.lock_owner_pid = 7;
	t.lock_owner_tid = 8;
	t.flags |= LT_TASK_READERS;
	record_seen(&t, 0, NULL, &s);
	assert_int_equal(s.klock.address, 0xffff1);
	assert_int_equal(s.klock.since_ns, 42);
	assert_true(s.klock.reads && s.klock.readers);
	assert_false(s.klock.mutex || s.klock.percpu);
	assert_int_equal(s.klock.owner.pid, 7);
	assert_int_equal(s.klock.owner.tid, 8);
	t.lock.flags = LT_KLOCK_MUTEX;
	t.lock_owner_pid = 0;
	record_seen(&t, 0, NULL, &s);
	assert_true(s.klock.mutex);
	assert_int_equal(s.klock.owner.tid, 0);
}

static void a_thread_in_no_call_has_no_arguments(void **state)
{
	struct lt_task t = waiting();
	struct seen s;

	(void)state;
	t.syscall = -1;
	record_seen(&t, 0, NULL, &s);
	assert_int_equal(s.syscall, -1);
	assert_int_equal(s.args[0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_are_masked_and_not_compared),
		cmocka_unit_test(a_waiting_thread_is_told_whole),
		cmocka_unit_test(the_schedulers_clock_is_converted),
		cmocka_unit_test(a_time_that_cannot_be_is_not_told),
		cmocka_unit_test(a_record_that_does_not_hold_is_not_shown),
		cmocka_unit_test(a_lock_of_the_kernel_and_its_owner),
		cmocka_unit_test(a_thread_in_no_call_has_no_arguments),
		cmocka_unit_test(what_a_hook_saw_before_it_was_off_holds_for_who_did_not_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
