/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NOTIFIED_H
#define NOTIFIED_H

/* A service manager: how it starts a service, and its end of $NOTIFY_SOCKET. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The program with that configuration and a watchdog; what it says goes into err. */
static inline pid_t notified_start(const char *conf, const char *err)
{
	pid_t pid;

	setenv("WATCHDOG_USEC", "400000", 1);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!freopen(err, "w", stderr))
			_exit(125);
		execl(LOCKTRACE, LOCKTRACE, "--config", conf, NULL);
		_exit(126);
	}
	unsetenv("WATCHDOG_USEC");
	return pid;
}

/* Listens on a name that the kernel chooses, and sets $NOTIFY_SOCKET to it. */
static inline int notified_open(void)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct timeval most = {.tv_sec = 60};
	socklen_t size = sizeof(sa_family_t);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char name[128];

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
	size = sizeof(at);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof(most));
	snprintf(name, sizeof(name), "@%.*s",
		 (int)(size - offsetof(struct sockaddr_un, sun_path) - 1), at.sun_path + 1);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

/* The next message, or "" if there is none and flags say not to wait. */
static inline const char *notified_next(int fd, char *buf, size_t size, int flags)
{
	ssize_t n = recv(fd, buf, size - 1, flags);

	if (n < 0 && !flags)
		fail_msg("no message came within a minute");
	buf[n < 0 ? 0 : n] = '\0';
	return buf;
}

/* Reads on to a message with that text. */
static inline void notified_until(int fd, const char *text)
{
	char buf[1024];

	while (!strstr(notified_next(fd, buf, sizeof(buf), 0), text))
		;
}

#endif
