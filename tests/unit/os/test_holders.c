// SPDX-License-Identifier: GPL-2.0
/*
 * Who has a descriptor of what: pipes, sockets, files under more than one
 * name, and how each may be used.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../../user/os/holders_private.h"
#include "../../../user/os/proc.h"

static struct holders *holders;
static int proc_fd;

static int up(void **state)
{
	(void)state;
	proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return proc_fd < 0 ? -1 : holders_new(&holders);
}

static int down(void **state)
{
	(void)state;
	holders_free(holders);
	return close(proc_fd);
}

/* A child that has what we have, but for one descriptor. */
static pid_t child_without(int fd)
{
	int ready[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(fd);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static uint64_t inode_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return st.st_ino;
}

/* How pid uses it; 0: it has no descriptor of it. */
static int uses(const struct held *what, pid_t pid)
{
	struct holder_list l;

	assert_int_equal(holders_of(holders, proc_fd, what, &l), 0);
	assert_false(l.more);
	for (size_t i = 0; i < l.n; i++) {
		if (l.pids[i] == pid)
			return l.uses[i];
	}
	return 0;
}

static void ends_of_a_pipe(void **state)
{
	struct held pipe_held;
	pid_t reader, writer;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pipe_held = held_link("pipe", inode_of(fds[0]));
	reader = child_without(fds[1]);
	writer = child_without(fds[0]);
	holders_forget(holders);
	assert_int_equal(uses(&pipe_held, getpid()), HOLDER_READS | HOLDER_WRITES);
	assert_int_equal(uses(&pipe_held, reader), HOLDER_READS);
	assert_int_equal(uses(&pipe_held, writer), HOLDER_WRITES);
	end(writer);
	close(fds[1]);
	/* a look is one moment; the next one sees what has changed */
	assert_int_equal(uses(&pipe_held, writer), HOLDER_WRITES);
	holders_forget(holders);
	assert_int_equal(uses(&pipe_held, writer), 0);
	assert_int_equal(uses(&pipe_held, getpid()), HOLDER_READS);
	end(reader);
	close(fds[0]);
}

static void sockets_are_told_apart(void **state)
{
	struct held left, right;
	pid_t other;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	left = held_link("socket", inode_of(fds[0]));
	right = held_link("socket", inode_of(fds[1]));
	other = child_without(fds[0]);
	close(fds[1]);
	holders_forget(holders);
	assert_int_equal(uses(&left, getpid()), HOLDER_READS | HOLDER_WRITES);
	assert_int_equal(uses(&left, other), 0);
	assert_int_equal(uses(&right, getpid()), 0);
	assert_int_equal(uses(&right, other), HOLDER_READS | HOLDER_WRITES);
	end(other);
	close(fds[0]);
}

static void fifo_has_many_names(void **state)
{
	char dir[] = "/tmp/locktrace-test-XXXXXX", a[64], b[64], c[64];
	struct held by_fd, by_stat;
	struct stat st;
	int fd_a, fd_b, fd_c;
	pid_t pid;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(a, sizeof(a), "%s/a", dir);
	snprintf(b, sizeof(b), "%s/b", dir);
	snprintf(c, sizeof(c), "%s/c", dir);
	assert_int_equal(mkfifo(a, 0600), 0);
	assert_int_equal(link(a, b), 0);
	assert_int_equal(mkfifo(c, 0600), 0);
	fd_a = open(a, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	fd_b = open(b, O_WRONLY | O_CLOEXEC);
	fd_c = open(c, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd_a >= 0 && fd_b >= 0 && fd_c >= 0);
	assert_int_equal(fstat(fd_a, &st), 0);
	unlink(a);
	unlink(b);
	unlink(c);
	rmdir(dir);
	assert_int_equal(held_by_fd(proc_fd, getpid(), fd_b, &by_fd), 0);
	by_stat = held_file(st.st_dev, st.st_ino);
	assert_memory_equal(&by_fd, &by_stat, sizeof(by_fd));
	pid = child_without(fd_a);
	holders_forget(holders);
	assert_int_equal(uses(&by_fd, getpid()), HOLDER_READS | HOLDER_WRITES);
	assert_int_equal(uses(&by_fd, pid), HOLDER_WRITES);
	end(pid);
	close(fd_a);
	close(fd_b);
	close(fd_c);
}

static void *stay(void *p)
{
	(void)p;
	for (;;)
		pause();
	return NULL;
}

static void first_thread_has_exited(void **state)
{
	struct held pipe_held;
	struct proc_stat st;
	pthread_t id;
	int fds[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pipe_held = held_link("pipe", inode_of(fds[0]));
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(fds[1]);
		pthread_create(&id, NULL, stay, NULL);
		pthread_exit(NULL);
	}
	do {
		assert_int_equal(proc_stat(proc_fd, pid, pid, &st), 0);
	} while (st.state != 'Z');
	holders_forget(holders);
	assert_int_equal(uses(&pipe_held, pid), HOLDER_READS);
	end(pid);
	close(fds[0]);
	close(fds[1]);
}

/* So that what a pass found serves for as long as it may. */
static void next_look(void)
{
	holders_forget(holders);
	holders->until_ns = UINT64_MAX;
}

static void what_is_asked_again_is_not_searched_again(void **state)
{
	struct held pipe_held, other_held;
	int fds[2], others[2];
	pid_t pid, reader;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(pipe2(others, O_CLOEXEC), 0);
	pipe_held = held_link("pipe", inode_of(fds[0]));
	other_held = held_link("pipe", inode_of(others[0]));
	holders_forget(holders);
	assert_int_equal(uses(&pipe_held, getpid()), HOLDER_READS | HOLDER_WRITES);
	pid = child_without(fds[0]);
	next_look();
	assert_int_equal(uses(&pipe_held, pid), 0);
	/* what is new is searched for, and with it all else */
	assert_int_equal(uses(&other_held, pid), HOLDER_READS | HOLDER_WRITES);
	assert_int_equal(uses(&pipe_held, pid), HOLDER_WRITES);
	/* and so is what was not asked for by the last look */
	reader = child_without(fds[1]);
	next_look();
	assert_int_equal(uses(&other_held, reader), 0);
	next_look();
	assert_int_equal(uses(&pipe_held, reader), HOLDER_READS);
	end(reader);
	end(pid);
	close(fds[0]);
	close(fds[1]);
	close(others[0]);
	close(others[1]);
}

static void descriptor_that_moved_is_found_where_it_is(void **state)
{
	struct held pipe_held;
	int fds[2], moved;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pipe_held = held_link("pipe", inode_of(fds[0]));
	holders_forget(holders);
	assert_int_equal(uses(&pipe_held, getpid()), HOLDER_READS | HOLDER_WRITES);
	moved = fcntl(fds[0], F_DUPFD_CLOEXEC, 100);
	close(fds[0]);
	next_look();
	assert_int_equal(uses(&pipe_held, getpid()), HOLDER_READS | HOLDER_WRITES);
	close(moved);
	next_look();
	assert_int_equal(uses(&pipe_held, getpid()), HOLDER_WRITES);
	close(fds[1]);
	next_look();
	assert_int_equal(uses(&pipe_held, getpid()), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_of_a_pipe),
		cmocka_unit_test(sockets_are_told_apart),
		cmocka_unit_test(fifo_has_many_names),
		cmocka_unit_test(first_thread_has_exited),
		cmocka_unit_test(what_is_asked_again_is_not_searched_again),
		cmocka_unit_test(descriptor_that_moved_is_found_where_it_is),
	};

	return cmocka_run_group_tests(tests, up, down);
}
