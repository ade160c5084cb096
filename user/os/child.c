// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "clock.h"

struct message {
	int result;
	/* for any type; the whole fits a pipe's atomic write */
	_Alignas(max_align_t) char answer[CHILD_ANSWER_MAX];
};

/* Waits for the message; a child that dies closes the pipe, which ends the wait as well. */
static int await(int fd, uint64_t deadline_ns, struct message *ret)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	uint64_t now;
	ssize_t n;
	int r;

	do {
		now = os_now_ns();
		r = poll(&p, 1, now < deadline_ns ? (deadline_ns - now) / 1000000 + 1 : 0);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	if (!r)
		return -ETIMEDOUT;
	do {
		n = read(fd, ret, sizeof(*ret));
	} while (n < 0 && errno == EINTR);
	return n == sizeof(*ret) ? 0 : -EPIPE;
}

/*
 * A child stuck in the kernel may not die of its SIGKILL at once. Waiting for
 * it would be the very hang that it is there to prevent, so after 20 ms it is
 * left to init: it was told to die.
 */
static void bury(pid_t pid)
{
	struct timespec ms = {.tv_nsec = 1000000};

	kill(pid, SIGKILL);
	for (int i = 0; i < 20; i++) {
		pid_t r = waitpid(pid, NULL, WNOHANG);

		if (r == pid || (r < 0 && errno != EINTR))
			return;
		nanosleep(&ms, NULL);
	}
}

void child_signals(sigset_t *ret)
{
	static const int enders[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE};

	sigemptyset(ret);
	for (size_t i = 0; i < sizeof(enders) / sizeof(enders[0]); i++)
		sigaddset(ret, enders[i]);
}

int child_ask(int (*ask)(const void *question, void *answer), const void *question, void *answer,
	      size_t size, uint64_t timeout_ns)
{
	uint64_t deadline_ns = os_now_ns() + timeout_ns;
	struct message m = {0};
	int fds[2], r;
	pid_t pid;

	if (size > sizeof(m.answer))
		return -EINVAL;
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid < 0) {
		r = -errno;
		close(fds[0]);
		close(fds[1]);
		return r;
	}
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		m.result = ask(question, m.answer);
		_exit(write(fds[1], &m, sizeof(m)) != sizeof(m));
	}
	close(fds[1]);
	r = await(fds[0], deadline_ns, &m);
	close(fds[0]);
	bury(pid);
	if (r)
		return r;
	if (m.result >= 0)
		memcpy(answer, m.answer, size);
	return m.result;
}
