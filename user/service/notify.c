// SPDX-License-Identifier: GPL-2.0
#include "notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The status line says little that is new: seldom, but at once when a stall comes or goes. */
#define STATUS_NS 10000000000ULL

static bool say(const struct notify *n, const char *text)
{
	return n->fd >= 0 &&
	       sendto(n->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL,
		      (const struct sockaddr *)&n->to, n->to_size) == (ssize_t)strlen(text);
}

/* A path, or with "@" a name that is in no directory. */
static bool address(const char *name, struct notify *n)
{
	size_t len = strlen(name);

	if ((*name != '/' && *name != '@') || len < 2 || len >= sizeof(n->to.sun_path))
		return false;
	n->to.sun_family = AF_UNIX;
	memcpy(n->to.sun_path, name, len + 1);
	n->to_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (*name == '@')
		n->to.sun_path[0] = '\0';
	else
		n->to_size++;
	return true;
}

/* A number above 0, or 0. */
static uint64_t number(const char *name)
{
	const char *text = getenv(name);
	unsigned long long value;
	char *end;

	if (!text || *text < '0' || *text > '9')
		return 0;
	errno = 0;
	value = strtoull(text, &end, 10);
	return errno || *end ? 0 : value;
}

void notify_open(struct notify *n)
{
	const char *name = getenv("NOTIFY_SOCKET");
	uint64_t limit_us = number("WATCHDOG_USEC");

	*n = (struct notify){.fd = -1};
	if (!name || !address(name, n))
		return;
	n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (getenv("WATCHDOG_PID") && number("WATCHDOG_PID") != (uint64_t)getpid())
		limit_us = 0;
	/* more often than it must be, so that one look may take long */
	n->every_ns = limit_us < UINT64_MAX / 1000 ? limit_us * 1000 / 4 : 0;
}

void notify_close(struct notify *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}

void notify_looked(struct notify *n, uint64_t now_ns, const char *how, uint64_t looks, size_t open)
{
	char text[512];

	if (n->fd < 0)
		return;
	if (n->every_ns && now_ns - n->life_ns >= n->every_ns && say(n, "WATCHDOG=1"))
		n->life_ns = now_ns;
	if (n->ready && open == n->told_open && now_ns - n->status_ns < STATUS_NS)
		return;
	snprintf(text, sizeof(text), "%sSTATUS=Watching %s: %zu %s open, %" PRIu64 " look%s taken",
		 n->ready ? "" : "READY=1\n", how, open, open == 1 ? "stall" : "stalls", looks,
		 looks == 1 ? "" : "s");
	if (!say(n, text))
		return;
	n->ready = true;
	n->told_open = open;
	n->status_ns = now_ns;
}

void notify_ready(struct notify *n, const char *status)
{
	char text[512];

	snprintf(text, sizeof(text), "READY=1\nSTATUS=%s", status);
	n->ready = say(n, text);
}

void notify_reloading(struct notify *n, uint64_t now_ns)
{
	char text[128];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, now_ns / 1000);
	say(n, text);
}

/* Whoever waits for it would wait for ever: if it cannot be said now, the next look says it. */
void notify_reloaded(struct notify *n)
{
	n->ready = say(n, "READY=1");
}

void notify_stopping(struct notify *n, size_t open)
{
	char text[128];

	snprintf(text, sizeof(text), "STOPPING=1\nSTATUS=Stopping: %zu %s open", open,
		 open == 1 ? "stall" : "stalls");
	say(n, text);
}
