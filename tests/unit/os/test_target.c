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

/* Gives it a name and a control group. */
static void put_in(int pid, const char *comm, const char *cgroup)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%d/cgroup", root, pid);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "4:memory:/\n0::%s\n", cgroup);
	fclose(f);
	snprintf(path, sizeof(path), "%s/%d/task/%d/stat", root, pid, pid);
	f = fopen(path, "r+");
	assert_non_null(f);
	int ppid = 0;
	assert_int_equal(fscanf(f, "%*d (%*[^)]) %*c %d", &ppid), 1);
	rewind(f);
	fprintf(f, "%d (%s) S %d 1 1 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 100 1 1\n", pid, comm, ppid);
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

static struct target *choose(const struct target_choice *choice)
{
	struct target *t;
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(target_new_of(fd, choice, &t), 0);
	return t;
}

static void expect_chosen(const struct target_choice *choice, const char *wanted)
{
	struct target *t = choose(choice);
	char got[128] = "";
	size_t n;
	const pid_t *pids = target_pids(t, &n);

	assert_false(target_is_system(t));
	for (size_t i = 0; i < n; i++) {
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%d", i ? " " : "",
			 pids[i]);
		assert_true(target_has(t, pids[i]));
	}
	assert_string_equal(got, wanted);
	assert_false(target_has(t, 1));
	target_free(t);
}

/* nginx with two workers, one of which has a child of another name; and somebody else. */
static void make_nginx(void)
{
	put_process(1, 0, 'S', 100);
	put_process(10, 1, 'S', 100);
	put_process(12, 10, 'S', 100);
	put_process(11, 10, 'S', 100);
	put_process(13, 12, 'S', 100);
	put_process(20, 1, 'S', 100);
	put_in(1, "init", "/init.scope");
	put_in(10, "nginx", "/system.slice/nginx.service");
	put_in(11, "nginx", "/system.slice/nginx.service");
	put_in(12, "nginx", "/system.slice/nginx.service/workers");
	put_in(13, "helper", "/elsewhere");
	put_in(20, "nginxd", "/system.slice/nginxd.service");
}

static void chosen_by_name_unit_or_group(void **state)
{
	(void)state;
	make_nginx();
	expect_chosen(&(struct target_choice){.comm = "nginx"}, "10 11 12");
	expect_chosen(&(struct target_choice){.comm = "nginx", .children = true}, "10 11 12 13");
	expect_chosen(&(struct target_choice){.unit = "nginx"}, "10 11 12");
	expect_chosen(&(struct target_choice){.unit = "nginx.service", .children = true},
		      "10 11 12 13");
	expect_chosen(&(struct target_choice){.cgroup = "/system.slice/nginx.service"}, "10 11 12");
	expect_chosen(&(struct target_choice){.cgroup = "/system.slice/nginx.service/workers/"},
		      "12");
	expect_chosen(&(struct target_choice){.cgroup = "/system.slice"}, "10 11 12 20");
	expect_chosen(&(struct target_choice){.cgroup = "/system.sl"}, "");
	expect_chosen(&(struct target_choice){.comm = "apache", .children = true}, "");
}

/* Services are restarted: who comes later is one of them, and nobody left is no end. */
static void chosen_processes_come_and_go(void **state)
{
	struct target *t;
	size_t n;

	(void)state;
	make_nginx();
	t = choose(&(struct target_choice){.unit = "nginx"});
	remove_process(10);
	remove_process(11);
	remove_process(12);
	assert_int_equal(target_refresh_all(t), 0);
	target_pids(t, &n);
	assert_int_equal(n, 0);
	assert_false(target_has(t, 10));
	put_process(30, 1, 'S', 200);
	put_in(30, "nginx", "/system.slice/nginx.service");
	assert_int_equal(target_refresh_all(t), 0);
	assert_true(target_has(t, 30));
	target_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_family_is_followed_as_it_grows, new_root,
						remove_root),
		cmocka_unit_test_setup_teardown(an_id_that_is_used_again_is_not_ours_for_long,
						new_root, remove_root),
		cmocka_unit_test_setup_teardown(the_target_itself_may_go, new_root, remove_root),
		cmocka_unit_test_setup_teardown(chosen_by_name_unit_or_group, new_root,
						remove_root),
		cmocka_unit_test_setup_teardown(chosen_processes_come_and_go, new_root,
						remove_root),
		cmocka_unit_test(the_whole_system_is_all_but_ourselves),
		cmocka_unit_test(we_are_never_part_of_it),
	};

	return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
