/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_METRICS_SERVER_H
#define SERVICE_METRICS_SERVER_H

/*
 * Serves the numbers over HTTP, to whoever can connect. Nobody is trusted: a
 * number of connections, of bytes and of seconds is all that one can take up,
 * and who has been there longest makes room for who comes.
 */
#include "../report/metrics/metrics_exporter.h"

#define SERVER_CLIENTS 32
#define SERVER_TIME_NS                                                                             \
	((uint64_t)5000000000) /* of one connection, from its beginning to its end                 \
				*/

struct server;

/* listen_fd: not blocking. *m is the caller's, and counts. Returns 0 or -ENOMEM. */
int server_new(int listen_fd, struct exporter_metrics *m, struct server **ret);
void server_free(struct server *s); /* NULL is fine */

/* Waits for something to do, so long at most (ms; -1: for ever), and does it. */
int server_turn(struct server *s, int timeout_ms);

#endif
