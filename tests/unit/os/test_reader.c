// SPDX-License-Identifier: GPL-2.0
/*
 * A read that hangs must not hang the one who asks: neither on a page that
 * never comes (userfaultfd, which takes root) nor on a child that was stopped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/lost.h"
#include "os/proc.h"
#include "os/reader.h"

static pid_t reader_pid;

static int find_child(void *ctx, pid_t pid)
{
	struct proc_stat st;

	if (proc_stat(*(int *)ctx, pid, pid, &st) == 0 && st.ppid == getpid() && st.state != 'Z')
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

/* A link of a program in a container leads to the container's file. */
static void links_stay_within_the_root_of_the_process(void **state)
{
	char root[] = "/tmp/reader-XXXXXX", path[128], text[16] = "";
	struct reader *r;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(root));
	snprintf(path, sizeof(path),
		 "mkdir -p %s/7/root/lib %s/7/root/etc && echo its >%s/7/root/etc/passwd", root,
		 root, root);
	assert_int_equal(system(path), 0);
	snprintf(path, sizeof(path), "%s/7/root/lib/link", root);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	snprintf(path, sizeof(path), "%s/7/root/lib/up", root);
	assert_int_equal(symlink("../../../../../../../etc/passwd", path), 0);
	assert_int_equal(reader_new(root, &r), 0);
	static const char *const names[] = {"root/lib/link", "root/lib/up",
					    "root/../../etc/passwd"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		fd = reader_proc_open(r, 7, names[i]);
		assert_true(fd >= 0);
		assert_int_equal(read(fd, text, sizeof(text)), 4);
		assert_memory_equal(text, "its\n", 4);
		close(fd);
	}
	reader_free(r);
	snprintf(path, sizeof(path), "rm -r %s", root);
	assert_int_equal(system(path), 0);
}

static void a_file_is_read_whole_or_refused(void **state)
{
	char root[] = "/tmp/reader-XXXXXX", path[64];
	struct reader *r;
	char *text = NULL;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(root));
	snprintf(path, sizeof(path), "%s/7", root);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/7/maps", root);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(ftruncate(fd, (15 << 20) + 7), 0);
	assert_int_equal(reader_new(root, &r), 0);
	assert_int_equal(reader_proc_file(r, 7, "maps", &text), (15 << 20) + 7);
	assert_int_equal(text[(15 << 20) + 7], '\0');
	free(text);
	assert_int_equal(ftruncate(fd, 17 << 20), 0);
	text = NULL;
	assert_int_equal(reader_proc_file(r, 7, "maps", &text), -E2BIG);
	assert_null(text);
	close(fd);
	reader_free(r);
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	rmdir(root);
}

static uint64_t ms_since(const struct timespec *before)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)((now.tv_sec - before->tv_sec) * 1000 +
			  (now.tv_nsec - before->tv_nsec) / 1000000);
}

static uint64_t losses;

static int add_losses(void *ctx, const struct fact *fact)
{
	(void)ctx;
	if (fact->type == FACT_LOST && strcmp(fact->lost.reason, "read-timeout") == 0)
		losses = fact->lost.count;
	return 0;
}

static void a_read_that_hangs_comes_back_in_time_and_spoils_only_itself(void **state)
{
	const struct fact_sink sink = {.put = add_losses};
	struct timespec before;
	struct reader *r;
	struct lost *lost;
	char buf[8];

	(void)state;
	assert_int_equal(reader_new("/proc", &r), 0);
	assert_int_equal(lost_new(&lost), 0);
	reader_count_lost(r, lost);
	pid_t child = child_of_reader();

	assert_true(child > 0);
	kill(child, SIGSTOP);
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(reader_memory(r, getpid(), (uintptr_t)buf, buf, 8), -ETIMEDOUT);
	assert_in_range(ms_since(&before), 450, 1500);
	/* what hung is left alone for a while; others are read, and so is the rest of it */
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(reader_memory(r, getpid(), (uintptr_t)buf, buf, 8), -ETIMEDOUT);
	assert_in_range(ms_since(&before), 0, 300);
	assert_true(reader_memory(r, getppid(), 0, buf, 8) != -ETIMEDOUT);
	assert_int_equal(reader_memory_all(r, getpid(), (uintptr_t)&losses, buf, 8), 0);
	losses = 0;
	lost_state(lost, &sink);
	assert_int_equal(losses, 1);
	reader_free(r);
	lost_free(lost);
}

/* Says in that /proc that a process is in that state, whatever it is in. */
static void put_state(const char *root, pid_t pid, char state)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "mkdir -p %s/%d/task/%d", root, pid, pid);
	assert_int_equal(system(path), 0);
	snprintf(path, sizeof(path), "%s/%d/task/%d/stat", root, pid, pid);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f,
		"%d (reader) %c 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0 0 0 0 0 0 0 0 0 0 "
		"0 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n",
		pid, state);
	fclose(f);
}

static void remove_root(const char *dir)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

static pid_t wakes_after(pid_t stopped, unsigned int ms)
{
	pid_t pid = fork();

	if (pid == 0) {
		usleep(ms * 1000);
		kill(stopped, SIGCONT);
		_exit(0);
	}
	return pid;
}

/* Its state is that of who waits for a processor: that is no hanging, for a while. */
static void one_that_gets_no_processor_is_waited_for(void **state)
{
	struct timespec before;
	char dir[32], buf[8];
	struct reader *r;
	pid_t child, waker;

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/reader-XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(reader_new(dir, &r), 0);
	child = child_of_reader();
	assert_true(child > 0);
	put_state(dir, child, 'R');
	kill(child, SIGSTOP);
	waker = wakes_after(child, 900);
	assert_int_equal(reader_memory_all(r, getpid(), (uintptr_t)&child, buf, 4), 0);
	assert_int_equal(memcmp(buf, &child, 4), 0);
	waitpid(waker, NULL, 0);
	/* not for ever */
	kill(child, SIGSTOP);
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(reader_memory(r, getpid(), (uintptr_t)buf, buf, 8), -ETIMEDOUT);
	assert_in_range(ms_since(&before), 2900, 6000);
	reader_free(r);
	remove_root(dir);
}

/* Pages that are asked of somebody who never answers. NULL: not permitted here. */
static char *pages_that_never_come(size_t n, int *ret_fd)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register reg = {.mode = UFFDIO_REGISTER_MODE_MISSING};
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	char *p;

	if (fd < 0)
		return NULL;
	p = mmap(NULL, n * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	reg.range.start = (uintptr_t)p;
	reg.range.len = n * page;
	if (p == MAP_FAILED || ioctl(fd, UFFDIO_API, &api) < 0 ||
	    ioctl(fd, UFFDIO_REGISTER, &reg) < 0) {
		close(fd);
		return NULL;
	}
	*ret_fd = fd;
	return p;
}

static void a_page_that_never_comes_is_given_up(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct timespec before;
	struct reader *r;
	char buf[8], here = 'x';
	int uffd = -1, status;
	char *pages = pages_that_never_come(4, &uffd);
	pid_t first, now;

	(void)state;
	if (!pages) {
		print_message("# userfaultfd is not permitted here\n");
		skip();
	}
	assert_int_equal(reader_new("/proc", &r), 0);
	first = child_of_reader();
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(reader_memory(r, getpid(), (uintptr_t)pages, buf, 8), -ETIMEDOUT);
	assert_in_range(ms_since(&before), 450, 1500);
	/* the page next to what hangs is read, by another child */
	assert_int_equal(reader_memory_all(r, getpid(), (uintptr_t)&here, buf, 1), 0);
	assert_int_equal(buf[0], 'x');
	now = child_of_reader();
	assert_int_not_equal(first, now);
	/* two more of that, and the process is left alone */
	for (int i = 1; i < 3; i++)
		assert_int_equal(reader_memory(r, getpid(), (uintptr_t)pages + i * page, buf, 8),
				 -ETIMEDOUT);
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(reader_memory(r, getpid(), (uintptr_t)pages + 3 * page, buf, 8),
			 -ETIMEDOUT);
	assert_int_equal(reader_memory_all(r, getpid(), (uintptr_t)&here, buf, 1), -ETIMEDOUT);
	assert_in_range(ms_since(&before), 0, 150);
	reader_free(r);
	munmap(pages, 4 * page);
	close(uffd);
	/* no child is left behind */
	while (waitpid(-1, &status, 0) > 0)
		;
	assert_int_equal(child_of_reader(), 0);
}

static void a_reader_that_is_killed_is_replaced_at_once(void **state)
{
	struct reader *r;
	char from = 'a', to = 'b';

	(void)state;
	assert_int_equal(reader_new("/proc", &r), 0);
	for (int i = 0; i < 5; i++) {
		kill(child_of_reader(), SIGKILL);
		to = 'b';
		assert_int_equal(reader_memory_all(r, getpid(), (uintptr_t)&from, &to, 1), 0);
		assert_int_equal(to, 'a');
	}
	reader_free(r);
}

/* A service manager that stops us sends that to all of us; we still read, to tell how it ended. */
static void what_ends_a_service_leaves_the_reader_to_us(void **state)
{
	static const int all[] = {SIGTERM, SIGINT, SIGHUP};
	struct reader *r;
	char from = 'a', to = 'b';
	pid_t child;

	(void)state;
	assert_int_equal(reader_new("/proc", &r), 0);
	assert_int_equal(reader_memory_all(r, getpid(), (uintptr_t)&from, &to, 1), 0);
	child = child_of_reader();
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		kill(child, all[i]);
	to = 'b';
	assert_int_equal(reader_memory_all(r, getpid(), (uintptr_t)&from, &to, 1), 0);
	assert_int_equal(to, 'a');
	assert_int_equal(child_of_reader(), child);
	reader_free(r);
}

static void it_works_where_children_are_not_waited_for(void **state)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	struct reader *r;
	char from = 'a', to = 'b';

	(void)state;
	sigaction(SIGCHLD, &ignore, &before);
	assert_int_equal(reader_new("/proc", &r), 0);
	kill(child_of_reader(), SIGKILL);
	assert_int_equal(reader_memory_all(r, getpid(), (uintptr_t)&from, &to, 1), 0);
	assert_int_equal(to, 'a');
	reader_free(r);
	sigaction(SIGCHLD, &before, NULL);
}

/* The pipe to a pager must end with us, even if a child hangs for ever. */
static void a_child_holds_nothing_of_ours(void **state)
{
	struct reader *r;
	char path[64], name[64];
	int ends[2];
	DIR *dir;
	struct dirent *e;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(reader_new("/proc", &r), 0);
	/* it has answered: so it is past its beginning */
	assert_true(reader_memory(r, getpid(), (uintptr_t)ends, name, 8) == 8);
	snprintf(path, sizeof(path), "/proc/%d/fd", child_of_reader());
	dir = opendir(path);
	assert_non_null(dir);
	while ((e = readdir(dir))) {
		ssize_t n = readlinkat(dirfd(dir), e->d_name, name, sizeof(name) - 1);

		if (n < 0)
			continue;
		name[n] = '\0';
		assert_null(strstr(name, "pipe:"));
	}
	closedir(dir);
	reader_free(r);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_arrives_up_to_the_border_of_what_is_mapped),
		cmocka_unit_test(files_arrive_whole_and_only_regular_ones_are_opened),
		cmocka_unit_test(links_stay_within_the_root_of_the_process),
		cmocka_unit_test(a_file_is_read_whole_or_refused),
		cmocka_unit_test(a_read_that_hangs_comes_back_in_time_and_spoils_only_itself),
		cmocka_unit_test(one_that_gets_no_processor_is_waited_for),
		cmocka_unit_test(a_page_that_never_comes_is_given_up),
		cmocka_unit_test(a_reader_that_is_killed_is_replaced_at_once),
		cmocka_unit_test(what_ends_a_service_leaves_the_reader_to_us),
		cmocka_unit_test(it_works_where_children_are_not_waited_for),
		cmocka_unit_test(a_child_holds_nothing_of_ours),
	};

	return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
