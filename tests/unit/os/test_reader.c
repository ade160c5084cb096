// SPDX-License-Identifier: GPL-2.0
/*
 * A read that hangs must not hang the one who asks. The reader's own child is
 * stopped here, which is what a page that never comes does to it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "os/proc.h"
#include "os/reader.h"

static pid_t reader_pid;

static int find_child(void *ctx, pid_t pid)
{
	struct proc_stat st;

	if (proc_stat(*(int *)ctx, pid, pid, &st) == 0 && st.ppid == getpid())
		reader_pid = pid;
	return 0;
}

static pid_t child_of_reader(void)
{
	int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY);

	reader_pid = 0;
	proc_each_pid(proc_fd, find_child, &proc_fd);
	close(proc_fd);
	return reader_pid;
}

static void memory_arrives_up_to_the_border_of_what_is_mapped(void **state)
{
	struct reader *r;
	long page = sysconf(_SC_PAGESIZE);
	char *two = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0);
	char buf[64];

	(void)state;
	munmap(two + page, page);
	memset(two, 'x', page);
	assert_int_equal(reader_new("/proc", &r), 0);
	assert_int_equal(reader_memory_all(r, getpid(), (uintptr_t)two, buf, sizeof(buf)), 0);
	assert_int_equal(buf[63], 'x');
	assert_int_equal(reader_memory(r, getpid(), (uintptr_t)two + page - 10, buf, sizeof(buf)),
			 10);
	assert_int_equal(
		reader_memory_all(r, getpid(), (uintptr_t)two + page - 10, buf, sizeof(buf)), -EIO);
	assert_int_equal(reader_memory(r, getpid(), (uintptr_t)two + page, buf, sizeof(buf)),
			 -EFAULT);
	assert_int_equal(reader_memory(r, 0x7ffffffe, 4096, buf, sizeof(buf)), -ESRCH);
	reader_free(r);
	munmap(two, page);
}

static void files_arrive_whole_and_only_regular_ones_are_opened(void **state)
{
	char root[] = "/tmp/reader-XXXXXX", path[64];
	struct reader *r;
	char *text;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(root));
	snprintf(path, sizeof(path), "%s/7", root);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/7/fifo", root);
	mkfifo(path, 0600);
	snprintf(path, sizeof(path), "%s/7/maps", root);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "hello", 5), 5);
	close(fd);

	assert_int_equal(reader_new(root, &r), 0);
	assert_int_equal(reader_proc_file(r, 7, "maps", &text), 5);
	assert_string_equal(text, "hello");
	free(text);
	fd = reader_proc_open(r, 7, "maps");
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(reader_proc_open(r, 7, "fifo"), -EINVAL);
	assert_int_equal(reader_proc_open(r, 7, "none"), -ENOENT);
	reader_free(r);
	unlink(path);
	snprintf(path, sizeof(path), "%s/7/fifo", root);
	unlink(path);
	snprintf(path, sizeof(path), "%s/7", root);
	rmdir(path);
	rmdir(root);
}

static void a_read_that_hangs_comes_back_in_time_and_spoils_only_itself(void **state)
{
	struct reader *r;
	struct timespec before, after;
	char buf[8];

	(void)state;
	assert_int_equal(reader_new("/proc", &r), 0);
	pid_t child = child_of_reader();

	assert_true(child > 0);
	kill(child, SIGSTOP);
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(reader_memory(r, getpid(), (uintptr_t)buf, buf, 8), -ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_true(after.tv_sec - before.tv_sec <= 1);
	/* the one who hung it is left alone for a while, others are read */
	assert_int_equal(reader_memory(r, getpid(), (uintptr_t)buf, buf, 8), -ETIMEDOUT);
	assert_true(reader_memory(r, getppid(), 0, buf, 8) != -ETIMEDOUT);
	reader_free(r);
}

static void a_reader_that_is_killed_is_replaced(void **state)
{
	struct reader *r;
	char from = 'a', to = 'b';

	(void)state;
	assert_int_equal(reader_new("/proc", &r), 0);
	kill(child_of_reader(), SIGKILL);
	/* the first may find it gone; the second finds a new one */
	reader_memory_all(r, getpid(), (uintptr_t)&from, &to, 1);
	assert_int_equal(reader_memory_all(r, getpid(), (uintptr_t)&from, &to, 1), 0);
	assert_int_equal(to, 'a');
	reader_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_arrives_up_to_the_border_of_what_is_mapped),
		cmocka_unit_test(files_arrive_whole_and_only_regular_ones_are_opened),
		cmocka_unit_test(a_read_that_hangs_comes_back_in_time_and_spoils_only_itself),
		cmocka_unit_test(a_reader_that_is_killed_is_replaced),
	};

	return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
