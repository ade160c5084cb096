// SPDX-License-Identifier: GPL-2.0
#include "loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define INHERITED_FD 3 /* sd_listen_fds(3) */

static int parse_port(const char *text, in_port_t *ret)
{
	char *end;
	unsigned long port;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	port = strtoul(text, &end, 10);
	if (*end || port > 65535)
		return -EINVAL;
	*ret = htons((uint16_t)port);
	return 0;
}

static int parse_v6(const char *host, in_port_t port, struct sockaddr_storage *ret,
		    socklen_t *ret_size)
{
	struct sockaddr_in6 *to = (struct sockaddr_in6 *)ret;

	if (inet_pton(AF_INET6, host, &to->sin6_addr) != 1)
		return -EINVAL;
	if (!IN6_IS_ADDR_LOOPBACK(&to->sin6_addr))
		return -EPERM;
	to->sin6_family = AF_INET6;
	to->sin6_port = port;
	*ret_size = sizeof(*to);
	return 0;
}

static int parse_v4(const char *host, in_port_t port, struct sockaddr_storage *ret,
		    socklen_t *ret_size)
{
	struct sockaddr_in *to = (struct sockaddr_in *)ret;

	if (strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	if (inet_pton(AF_INET, host, &to->sin_addr) != 1)
		return -EINVAL;
	if (ntohl(to->sin_addr.s_addr) >> 24 != IN_LOOPBACKNET)
		return -EPERM;
	to->sin_family = AF_INET;
	to->sin_port = port;
	*ret_size = sizeof(*to);
	return 0;
}

int loopback_parse(const char *text, struct sockaddr_storage *ret, socklen_t *ret_size)
{
	const char *colon = strrchr(text, ':');
	struct sockaddr_storage to = {0};
	char host[64];
	in_port_t port;
	int err;

	if (!colon || (size_t)(colon - text) >= sizeof(host) || parse_port(colon + 1, &port) != 0)
		return -EINVAL;
	snprintf(host, sizeof(host), "%.*s", (int)(colon - text), text);
	if (host[0] == '[' && host[strlen(host) - 1] == ']') {
		host[strlen(host) - 1] = '\0';
		err = parse_v6(host + 1, port, &to, ret_size);
	} else {
		err = parse_v4(host, port, &to, ret_size);
	}
	if (!err)
		*ret = to;
	return err;
}

int loopback_listen(const struct sockaddr_storage *to, socklen_t size)
{
	int fd = socket(to->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	const int on = 1;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)to, size) != 0 || listen(fd, SOMAXCONN) != 0) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

static bool is_number(const char *name, long wanted)
{
	const char *text = getenv(name);
	char *end;

	return text && *text >= '0' && *text <= '9' && strtol(text, &end, 10) == wanted && !*end;
}

int loopback_inherited(void)
{
	int listens = 0, flags;
	socklen_t size = sizeof(listens);

	if (!getenv("LISTEN_FDS") || !is_number("LISTEN_PID", getpid()))
		return -ENOENT;
	if (!is_number("LISTEN_FDS", 1) ||
	    getsockopt(INHERITED_FD, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || !listens)
		return -EINVAL;
	flags = fcntl(INHERITED_FD, F_GETFL);
	if (flags < 0 || fcntl(INHERITED_FD, F_SETFL, flags | O_NONBLOCK) != 0 ||
	    fcntl(INHERITED_FD, F_SETFD, FD_CLOEXEC) != 0)
		return -errno;
	return INHERITED_FD;
}

const char *loopback_name(int fd, char buf[LOOPBACK_NAME])
{
	struct sockaddr_storage at;
	socklen_t size = sizeof(at);
	char host[INET6_ADDRSTRLEN];

	snprintf(buf, LOOPBACK_NAME, "?");
	if (getsockname(fd, (struct sockaddr *)&at, &size) != 0)
		return buf;
	if (at.ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)&at;

		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(buf, LOOPBACK_NAME, "%s:%u", host, ntohs(in->sin_port));
	} else if (at.ss_family == AF_INET6) {
		const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)&at;

		inet_ntop(AF_INET6, &in->sin6_addr, host, sizeof(host));
		snprintf(buf, LOOPBACK_NAME, "[%s]:%u", host, ntohs(in->sin6_port));
	}
	return buf;
}
