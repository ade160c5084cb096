// SPDX-License-Identifier: GPL-2.0
#include "metrics_server.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../os/clock.h"
#include "http_request.h"
#include "metrics_answer.h"

/* Until it has the answer, the other end may still be sending: that much is thrown away. */
#define DRAIN_MAX (1UL << 20)

/* If no connection can be taken (descriptors, memory), it is not tried again at once. */
#define PAUSE_NS ((uint64_t)1000000000)

enum client_state { CLIENT_FREE, CLIENT_READS, CLIENT_WRITES, CLIENT_DRAINS };

struct client {
	enum client_state state;
	int fd;
	uint64_t began_ns;
	char request[HTTP_REQUEST_MAX];
	size_t n; /* of the request; then drained bytes */
	char *answer;
	size_t size, sent;
};

struct server {
	int fd;
	struct exporter_metrics *m;
	uint64_t pause_until_ns;
	struct client clients[SERVER_CLIENTS];
};

int server_new(int listen_fd, struct exporter_metrics *m, struct server **ret)
{
	struct server *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->fd = listen_fd;
	s->m = m;
	*ret = s;
	return 0;
}

static void drop(struct client *c)
{
	close(c->fd);
	free(c->answer);
	c->answer = NULL;
	c->state = CLIENT_FREE;
}

void server_free(struct server *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < SERVER_CLIENTS; i++) {
		if (s->clients[i].state != CLIENT_FREE)
			drop(&s->clients[i]);
	}
	free(s);
}

/* Its answer is on its way, or it is told why there is none. */
static bool is_answered(const struct client *c)
{
	return c->state == CLIENT_DRAINS;
}

static struct client *find_room(struct server *s)
{
	struct client *oldest = &s->clients[0];

	for (size_t i = 0; i < SERVER_CLIENTS; i++) {
		struct client *c = &s->clients[i];

		if (c->state == CLIENT_FREE)
			return c;
		if (c->began_ns < oldest->began_ns)
			oldest = c;
	}
	s->m->dropped += !is_answered(oldest);
	drop(oldest);
	return oldest;
}

static void take_client(struct server *s, uint64_t now_ns)
{
	int fd = accept4(s->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct client *c;

	if (fd < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			s->pause_until_ns = now_ns + PAUSE_NS;
		return;
	}
	c = find_room(s);
	c->state = CLIENT_READS;
	c->fd = fd;
	c->began_ns = now_ns;
	c->n = c->size = c->sent = 0;
}

static void writes(struct client *c)
{
	ssize_t n = send(c->fd, c->answer + c->sent, c->size - c->sent, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		drop(c);
		return;
	}
	c->sent += n > 0 ? (size_t)n : 0;
	if (c->sent < c->size)
		return;
	/* closing with bytes unread would take the answer back */
	shutdown(c->fd, SHUT_WR);
	free(c->answer);
	c->answer = NULL;
	c->n = 0;
	c->state = CLIENT_DRAINS;
}

static void reads(struct server *s, struct client *c)
{
	ssize_t n = recv(c->fd, c->request + c->n, sizeof(c->request) - c->n, 0);
	int answered;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		s->m->dropped++;
		drop(c);
		return;
	}
	c->n += (size_t)n;
	answered = metrics_answer(s->m, c->request, c->n, os_wall_ns(), &c->answer, &c->size);
	if (answered < 0) {
		s->m->dropped++;
		drop(c);
	} else if (answered) {
		c->state = CLIENT_WRITES;
		writes(c);
	}
}

static void drains(struct client *c)
{
	ssize_t n = recv(c->fd, c->request, sizeof(c->request), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	c->n += n > 0 ? (size_t)n : 0;
	if (n <= 0 || c->n > DRAIN_MAX)
		drop(c);
}

static void serve(struct server *s, struct client *c)
{
	if (c->state == CLIENT_READS)
		reads(s, c);
	else if (c->state == CLIENT_WRITES)
		writes(c);
	else
		drains(c);
}

/* Whose time is over goes; returns how long (ms) the next one still has, -1 if there is none. */
static int expire(struct server *s, uint64_t now_ns)
{
	uint64_t first_ns = UINT64_MAX;

	for (size_t i = 0; i < SERVER_CLIENTS; i++) {
		struct client *c = &s->clients[i];

		if (c->state == CLIENT_FREE)
			continue;
		if (now_ns - c->began_ns >= SERVER_TIME_NS) {
			s->m->dropped += !is_answered(c);
			drop(c);
		} else if (c->began_ns + SERVER_TIME_NS < first_ns) {
			first_ns = c->began_ns + SERVER_TIME_NS;
		}
	}
	if (s->pause_until_ns > now_ns && s->pause_until_ns < first_ns)
		first_ns = s->pause_until_ns;
	return first_ns == UINT64_MAX ? -1 : (int)((first_ns - now_ns) / 1000000 + 1);
}

static int shorter(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

int server_turn(struct server *s, int timeout_ms)
{
	struct pollfd fds[SERVER_CLIENTS + 1];
	uint64_t now_ns = os_now_ns();
	int left_ms = expire(s, now_ns), n;

	for (size_t i = 0; i < SERVER_CLIENTS; i++) {
		const struct client *c = &s->clients[i];

		fds[i] = (struct pollfd){.fd = c->state == CLIENT_FREE ? -1 : c->fd,
					 .events = c->state == CLIENT_WRITES ? POLLOUT : POLLIN};
	}
	fds[SERVER_CLIENTS] = (struct pollfd){.fd = now_ns < s->pause_until_ns ? -1 : s->fd,
					      .events = POLLIN};
	n = poll(fds, SERVER_CLIENTS + 1, shorter(timeout_ms, left_ms));
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (size_t i = 0; i < SERVER_CLIENTS; i++) {
		if (fds[i].revents)
			serve(s, &s->clients[i]);
	}
	if (fds[SERVER_CLIENTS].revents)
		take_client(s, os_now_ns());
	return 0;
}
