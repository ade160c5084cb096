// SPDX-License-Identifier: GPL-2.0
#include "unread.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proc.h"

/* So many are named; a machine full of such programs need not be listed. */
#define PROGRAMS_MAX 32

struct program {
	pid_t pid;
	uint64_t start;
	const char *why;
	char comm[sizeof(((struct proc_stat *)0)->comm)];
};

struct unread {
	struct program programs[PROGRAMS_MAX];
	size_t n, n_stated;
};

int unread_new(struct unread **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void unread_free(struct unread *u)
{
	free(u);
}

void unread_add(struct unread *u, int proc_fd, pid_t pid, const char *why)
{
	struct proc_stat st;

	if (!u || u->n == PROGRAMS_MAX || proc_stat(proc_fd, pid, pid, &st))
		return;
	for (size_t i = 0; i < u->n; i++)
		if (u->programs[i].pid == pid && u->programs[i].start == st.start &&
		    u->programs[i].why == why)
			return;
	struct program *p = &u->programs[u->n++];

	*p = (struct program){.pid = pid, .start = st.start, .why = why};
	memcpy(p->comm, st.comm, sizeof(p->comm));
}

int unread_state(struct unread *u, const struct fact_sink *sink)
{
	for (; u && u->n_stated < u->n; u->n_stated++) {
		const struct program *p = &u->programs[u->n_stated];
		char text[320];
		struct fact f = {.type = FACT_NOTE, .note = {NOTE_INFO, text}};

		snprintf(text, sizeof(text), "%d %s: %s", p->pid, p->comm, p->why);
		int err = fact_put(sink, &f);

		if (err)
			return err;
	}
	return 0;
}
