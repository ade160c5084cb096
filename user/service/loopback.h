/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_LOOPBACK_H
#define SERVICE_LOOPBACK_H

/* A TCP socket to be asked at by this machine itself, and by nobody else. */
#include <netinet/in.h>

/*
 * "127.0.0.1:9464", "[::1]:9464", "localhost:9464"; port 0 is any that is free.
 * Returns 0, -EINVAL, or -EPERM if the address is not this machine's own.
 */
int loopback_parse(const char *text, struct sockaddr_storage *ret, socklen_t *ret_size);

/* Returns a listening descriptor that does not block, or -errno. */
int loopback_listen(const struct sockaddr_storage *to, socklen_t size);

/* The socket that a service manager opened for us (LISTEN_FDS), or -ENOENT, or -EINVAL. */
int loopback_inherited(void);

/* Where it listens, as in a URL: "127.0.0.1:9464"; "?" if that is no internet address. */
#define LOOPBACK_NAME 64
const char *loopback_name(int fd, char buf[LOOPBACK_NAME]);

#endif
