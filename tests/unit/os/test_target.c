// SPDX-License-Identifier: GPL-2.0
/* Whose threads matter: families of processes in a made-up /proc, then a real one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/proc.h"
#include "target.h"

static char root[] = "/tmp/target-XXXXXX";

static void put_process(int pid, int ppid, char state, int start)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%d", root, pid);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%d/task", root, pid);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%d/task/%d", root, pid, pid);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%d/task/%d/stat", root, pid, pid);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "%d (p) %c %d 1 1 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 %d 1 1\n", pid, state, ppid,
		start);
	fclose(f);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void remove_process(int pid)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%d", root, pid);
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int new_root(void **state)
{
	(void)state;
	memcpy(root, "/tmp/target-XXXXXX", sizeof(root));
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	(void)state;
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Past the time for which a refresh is not repeated. */
static void later(struct target *t, int result)
{
	poll(NULL, 0, 550);
	assert_int_equal(target_refresh(t), result);
}

static void assert_pids(const struct target *t, const pid_t *want, size_t n_want)
{
	size_t n;
	const pid_t *pids = target_pids(t, &n);

	assert_int_equal(n, n_want);
	assert_memory_equal(pids, want, n * sizeof(*pids));
	for (size_t i = 0; i < n; i++)
		assert_true(target_has(t, pids[i]));
}
#define ASSERT_PIDS(t, ...)                                                                        \
	assert_pids(t, (const pid_t[]){__VA_ARGS__},                                               \
		    sizeof((const pid_t[]){__VA_ARGS__}) / sizeof(pid_t))

static void a_family_is_followed_as_it_grows(void **state)
{
	int proc_fd = open(root, O_RDONLY | O_DIRECTORY);
	struct target *t;

	(void)state;
	put_process(1, 0, 'S', 1);
	put_process(306, 1, 'S', 10);
	put_process(400, 306, 'S', 11);
	put_process(300, 400, 'S', 12); /* ids were used up in between */
	put_process(401, 1, 'S', 13);
	assert_int_equal(target_new(proc_fd, 306, true, &t), 0);
	assert_false(target_is_system(t));
	ASSERT_PIDS(t, 306, 300, 400);
	assert_false(target_has(t, 401));
	assert_false(target_has(t, 1));

	put_process(500, 300, 'S', 20);
	later(t, 0);
	ASSERT_PIDS(t, 306, 300, 400, 500);
	/* the one between exits, its child is adopted by init and stays ours */
	remove_process(300);
	put_process(500, 1, 'S', 20);
	later(t, 0);
	ASSERT_PIDS(t, 306, 400, 500);
	target_free(t);
	close(proc_fd);
}

static void an_id_that_is_used_again_is_not_ours_for_long(void **state)
{
	int proc_fd = open(root, O_RDONLY | O_DIRECTORY);
	struct target *t;

	(void)state;
	put_process(306, 1, 'S', 10);
	put_process(400, 306, 'S', 11);
	assert_int_equal(target_new(proc_fd, 306, true, &t), 0);
	ASSERT_PIDS(t, 306, 400);
	put_process(400, 1, 'S', 99);
	assert_int_equal(target_refresh_all(t), 0);
	ASSERT_PIDS(t, 306);
	target_free(t);
	close(proc_fd);
}

static void the_target_itself_may_go(void **state)
{
	int proc_fd = open(root, O_RDONLY | O_DIRECTORY);
	struct target *t;

	(void)state;
	put_process(306, 1, 'S', 10);
	assert_int_equal(target_new(proc_fd, 307, true, &t), -ESRCH);
	assert_int_equal(target_new(proc_fd, 306, false, &t), 0);
	ASSERT_PIDS(t, 306);
	put_process(306, 1, 'Z', 10);
	assert_int_equal(target_refresh(t), -ESRCH);
	put_process(306, 1, 'S', 11);
	assert_int_equal(target_refresh(t), -ESRCH);
	put_process(306, 1, 'S', 10);
	assert_int_equal(target_refresh(t), 0);
	remove_process(306);
	assert_int_equal(target_refresh(t), -ESRCH);
	target_free(t);
	close(proc_fd);
}

static void the_whole_system_is_all_but_ourselves(void **state)
{
	int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY);
	struct target *t;
	size_t n;

	(void)state;
	assert_int_equal(target_new(proc_fd, 0, true, &t), 0);
	assert_int_equal(target_refresh(t), 0);
	assert_true(target_is_system(t));
	assert_true(target_has(t, 1));
	assert_false(target_has(t, getpid()));
	target_pids(t, &n);
	assert_int_equal(n, 0);
	target_free(t);
	close(proc_fd);
}

/* Whoever looks is often a child of what is looked at, a shell; it is never part of it. */
static void we_are_never_part_of_it(void **state)
{
	int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY);
	struct target *t;
	pid_t helper = fork();
	size_t n;

	(void)state;
	if (helper == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	assert_int_equal(target_new(proc_fd, getppid(), true, &t), 0);
	assert_false(target_has(t, getpid()));
	assert_false(target_has(t, helper));
	assert_int_equal(target_pids(t, &n)[0], getppid());
	kill(helper, SIGKILL);
	waitpid(helper, NULL, 0);
	target_free(t);
	close(proc_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_family_is_followed_as_it_grows, new_root,
						remove_root),
		cmocka_unit_test_setup_teardown(an_id_that_is_used_again_is_not_ours_for_long,
						new_root, remove_root),
		cmocka_unit_test_setup_teardown(the_target_itself_may_go, new_root, remove_root),
		cmocka_unit_test(the_whole_system_is_all_but_ourselves),
		cmocka_unit_test(we_are_never_part_of_it),
	};

	return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
