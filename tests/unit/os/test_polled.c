// SPDX-License-Identifier: GPL-2.0
/* Who polls for one descriptor reads from it; who polls for more lives an event loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/os.h"
#include "os/polled.h"
#include "os/reader.h"

static struct os os;

static int open_os(void **state)
{
	(void)state;
	return reader_new("/proc", &os.reader);
}

static int close_os(void **state)
{
	(void)state;
	reader_free(os.reader);
	return 0;
}

static struct seen asleep_in(int32_t call, uint64_t a, uint64_t b)
{
	return (struct seen){
		.ref = {getpid(), getpid(), 1}, .state = 'S', .syscall = call, .args = {a, b}};
}

static int by_poll(const struct pollfd *fds, uint64_t n)
{
	struct seen s = asleep_in(SYS_ppoll, (uintptr_t)fds, n);

	return polled_fd(&os, &s);
}

static int by_select(int n, const fd_set *reads, const fd_set *writes)
{
	struct seen s = asleep_in(SYS_pselect6, (uint64_t)n, (uintptr_t)reads);

	s.args[2] = (uintptr_t)writes;
	return polled_fd(&os, &s);
}

static void poll_for_one_to_be_readable_is_a_read(void **state)
{
	const struct pollfd one[] = {{.fd = 7, .events = POLLIN | POLLPRI}};
	const struct pollfd one_of_two[] = {{.fd = -1, .events = POLLIN},
					    {.fd = 9, .events = POLLIN}};
	/* as libpq asks, though errors are told of anyway */
	const struct pollfd errors[] = {{.fd = 8, .events = POLLIN | POLLERR | POLLHUP}};
	struct seen restarted = asleep_in(SYS_restart_syscall, (uintptr_t)one, 1);

	(void)state;
	strcpy(restarted.kframes[restarted.n_kframes++], "do_sys_poll");
	assert_int_equal(by_poll(errors, 1), 8);
	assert_int_equal(polled_fd(&os, &restarted), 7);
	assert_int_equal(by_poll(one, 1), 7);
	assert_int_equal(by_poll(one_of_two, 2), 9);
}

static void poll_for_two_or_for_room_is_not(void **state)
{
	const struct pollfd two[] = {{.fd = 7, .events = POLLIN}, {.fd = 8, .events = POLLIN}};
	const struct pollfd room[] = {{.fd = 7, .events = POLLIN | POLLOUT}};
	const struct pollfd end[] = {{.fd = 7}};

	(void)state;
	assert_int_equal(by_poll(two, 2), -ENOENT);
	assert_int_equal(by_poll(room, 1), -ENOENT);
	assert_int_equal(by_poll(end, 1), -ENOENT);
	assert_int_equal(by_poll(NULL, 0), -ENOENT);
}

static void select_is_the_same_in_other_words(void **state)
{
	fd_set one, two;

	(void)state;
	FD_ZERO(&one);
	FD_ZERO(&two);
	FD_SET(130, &one);
	FD_SET(3, &two);
	FD_SET(130, &two);
	assert_int_equal(by_select(131, &one, NULL), 130);
	assert_int_equal(by_select(131, &two, NULL), -ENOENT);
	assert_int_equal(by_select(130, &two, NULL), 3);
	assert_int_equal(by_select(131, &one, &one), -ENOENT);
	assert_int_equal(by_select(0, NULL, NULL), -ENOENT);
}

static void what_cannot_be_read_or_is_no_poll_is_no_read(void **state)
{
	struct seen s = asleep_in(SYS_futex, 0, 1);

	(void)state;
	assert_true(by_poll((const struct pollfd *)8, 1) < 0);
	assert_true(by_select(3, (const fd_set *)8, NULL) < 0);
	assert_int_equal(polled_fd(&os, &s), -ENOENT);
}

static void it_then_looks_like_a_reader(void **state)
{
	struct seen s = asleep_in(SYS_ppoll, 0, 1), as_read;

	(void)state;
	strcpy(s.kframes[s.n_kframes++], "do_sys_poll");
	as_read = polled_as_read(&s, 5);
	assert_int_equal(as_read.syscall, SYS_read);
	assert_int_equal(as_read.args[0], 5);
	assert_int_equal(as_read.n_kframes, 0);
	assert_int_equal(as_read.ref.tid, s.ref.tid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(poll_for_one_to_be_readable_is_a_read),
		cmocka_unit_test(poll_for_two_or_for_room_is_not),
		cmocka_unit_test(select_is_the_same_in_other_words),
		cmocka_unit_test(what_cannot_be_read_or_is_no_poll_is_no_read),
		cmocka_unit_test(it_then_looks_like_a_reader),
	};

	return cmocka_run_group_tests_name("polled", tests, open_os, close_os);
}
