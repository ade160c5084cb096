// SPDX-License-Identifier: GPL-2.0
#include "notified.h"

#include "service/notify.h"

#define S 1000000000ULL

static char buf[1024];

static const char *next(int fd)
{
	return notified_next(fd, buf, sizeof(buf), MSG_DONTWAIT);
}

static void the_first_look_means_ready(void **state)
{
	int fd = notified_open();
	struct notify n;

	(void)state;
	notify_open(&n);
	assert_string_equal(next(fd), "");
	notify_looked(&n, 100 * S, "all by proc", 1, 0);
	assert_string_equal(next(fd),
			    "READY=1\nSTATUS=Watching all by proc: 0 stalls open, 1 look taken");
	notify_looked(&n, 101 * S, "all by proc", 2, 0);
	assert_string_equal(next(fd), "");
	notify_looked(&n, 102 * S, "all by proc", 3, 1);
	assert_string_equal(next(fd), "STATUS=Watching all by proc: 1 stall open, 3 looks taken");
	notify_looked(&n, 111 * S, "all by proc", 4, 1);
	assert_string_equal(next(fd), "");
	notify_looked(&n, 112 * S, "all by proc", 5, 1);
	assert_string_equal(next(fd), "STATUS=Watching all by proc: 1 stall open, 5 looks taken");
	notify_reloading(&n, 113 * S);
	assert_string_equal(next(fd), "RELOADING=1\nMONOTONIC_USEC=113000000");
	notify_reloaded(&n);
	assert_string_equal(next(fd), "READY=1");
	notify_stopping(&n, 1);
	assert_string_equal(next(fd), "STOPPING=1\nSTATUS=Stopping: 1 stall open");
	notify_close(&n);
	close(fd);
}

static void only_looks_are_signs_of_life(void **state)
{
	int fd = notified_open();
	struct notify n;
	size_t lives = 0;

	(void)state;
	setenv("WATCHDOG_USEC", "20000000", 1);
	notify_open(&n);
	for (uint64_t now = 100; now < 200; now++) {
		notify_looked(&n, now * S, "x", now, 0);
		for (const char *text = next(fd); *text; text = next(fd))
			lives += strcmp(text, "WATCHDOG=1") == 0;
	}
	assert_int_equal(lives, 20); /* each quarter of the limit */
	notify_close(&n);

	/* somebody else's watchdog */
	setenv("WATCHDOG_PID", "1", 1);
	notify_open(&n);
	notify_looked(&n, 300 * S, "x", 1, 0);
	assert_non_null(strstr(next(fd), "READY=1"));
	assert_string_equal(next(fd), "");
	notify_close(&n);
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
	close(fd);
}

static void what_does_not_look_says_that_it_is_ready(void **state)
{
	int fd = notified_open();
	struct notify n;

	(void)state;
	notify_open(&n);
	notify_ready(&n, "Delivering to journal");
	assert_string_equal(next(fd), "READY=1\nSTATUS=Delivering to journal");
	notify_close(&n);
	notify_ready(&n, "to nobody");
	assert_string_equal(next(fd), "");
	close(fd);
}

/* Nobody reads: looks go on, and ready is said when there is room. */
static void a_full_socket_is_not_waited_for(void **state)
{
	int fd = notified_open();
	struct notify n;

	(void)state;
	notify_open(&n);
	for (int i = 0; i < 10000; i++)
		notify_reloading(&n, 1);
	notify_looked(&n, 100 * S, "x", 1, 0);
	while (*next(fd))
		assert_null(strstr(buf, "READY"));
	notify_looked(&n, 101 * S, "x", 2, 0);
	assert_non_null(strstr(next(fd), "READY=1"));
	notify_close(&n);
	close(fd);
}

static void without_a_manager_nothing_is_said(void **state)
{
	static const char *const bad[] = {"", "@", "/", "relative", "vsock:2:3"};
	struct notify n;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		setenv("NOTIFY_SOCKET", bad[i], 1);
		notify_open(&n);
		assert_int_equal(n.fd, -1);
	}
	unsetenv("NOTIFY_SOCKET");
	notify_open(&n);
	notify_looked(&n, S, "x", 1, 0);
	notify_reloading(&n, S);
	notify_reloaded(&n);
	notify_stopping(&n, 0);
	notify_close(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_look_means_ready),
		cmocka_unit_test(only_looks_are_signs_of_life),
		cmocka_unit_test(what_does_not_look_says_that_it_is_ready),
		cmocka_unit_test(a_full_socket_is_not_waited_for),
		cmocka_unit_test(without_a_manager_nothing_is_said),
	};

	return cmocka_run_group_tests_name("notify", tests, NULL, NULL);
}
