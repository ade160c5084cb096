/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_UNREAD_H
#define OS_UNREAD_H

/*
 * Programs whose waits cannot be told, whatever is stuck in them: each is named
 * in a note, once, so that silence about it is not taken for health.
 */
#include <sys/types.h>

#include "../core/facts.h"

struct unread;

#define UNREAD_32BIT	"32-bit: not read"
#define UNREAD_STRIPPED "stripped static program: kind of lock not known"

int unread_new(struct unread **ret);
void unread_free(struct unread *u);

/* Of process pid this cannot be read, a static string. Cheap when said before; u may be NULL. */
void unread_add(struct unread *u, int proc_fd, pid_t pid, const char *why);

/* States a NOTE for each that came since the last time; u may be NULL. Returns 0 or an error of
 * sink. */
int unread_state(struct unread *u, const struct fact_sink *sink);

#endif
