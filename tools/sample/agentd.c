// SPDX-License-Identifier: GPL-2.0
/*
 * agentd: stands for the daemon at the other end of statemachined's socket. It
 * listens, accepts for SECONDS, then naps and accepts no more.
 *
 *	agentd SOCKET SECONDS
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static void accept_until(int fd, time_t end)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char buf[128];

	while (now() < end) {
		int conn;

		if (poll(&p, 1, 100) < 1)
			continue;
		conn = accept(fd, NULL, NULL);
		if (conn < 0)
			continue;
		while (read(conn, buf, sizeof(buf)) > 0)
			continue;
		close(conn);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd;

	if (argc != 3 || strlen(argv[1]) >= sizeof(a.sun_path)) {
		fprintf(stderr, "usage: agentd SOCKET SECONDS\n");
		return 2;
	}
	memcpy(a.sun_path, argv[1], strlen(argv[1]) + 1);
	unlink(a.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0 || listen(fd, 5) < 0) {
		perror("agentd");
		return 1;
	}
	accept_until(fd, now() + strtol(argv[2], NULL, 10));
	for (;;)
		sleep(3600);
}
