/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_NOTIFY_H
#define SERVICE_NOTIFY_H

/*
 * What a service manager wants to know of a service: sd_notify(3)'s protocol,
 * datagrams to the socket that $NOTIFY_SOCKET names. Nothing here ever waits,
 * and a message that cannot be sent now is sent later or left out: to be
 * watched must not hinder watching. Without $NOTIFY_SOCKET nothing is done.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct notify {
	int fd; /* -1: nobody asked */
	struct sockaddr_un to;
	socklen_t to_size;
	uint64_t every_ns;	     /* how often a sign of life is sent; 0: none is wanted */
	uint64_t life_ns, status_ns; /* when each was sent last */
	size_t told_open;
	bool ready; /* was said */
};

void notify_open(struct notify *n);
void notify_close(struct notify *n);

/*
 * After each look, which is the only sign of life: a look that hangs is seen.
 * The first one means that the service is ready. how: "the whole system by hooks".
 */
void notify_looked(struct notify *n, uint64_t now_ns, const char *how, uint64_t looks, size_t open);

/* Of what does not look: it is ready. status: one line. */
void notify_ready(struct notify *n, const char *status);

void notify_reloading(struct notify *n, uint64_t now_ns);
void notify_reloaded(struct notify *n);
void notify_stopping(struct notify *n, size_t open);

#endif
