// SPDX-License-Identifier: GPL-2.0
/*
 * Where a futex word is: its key and its name.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../os/maps.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "../os/stacks.h"
#include "futex.h"

static int private_key(struct os *os, const struct seen *s, uint64_t addr, char key[WAIT_KEY])
{
	struct proc_stat st;
	int r = proc_stat(os->proc_fd, s->ref.pid, s->ref.pid, &st);

	if (r)
		return r;
	snprintf(key, WAIT_KEY, "futex:%d:%" PRIu64 ":0x%" PRIx64, s->ref.pid, st.start, addr);
	return 0;
}

int futex_key(struct os *os, const struct seen *s, uint64_t addr, bool private, char key[WAIT_KEY])
{
	const struct mapping *m;
	struct maps *maps;
	int r;

	if (private)
		return private_key(os, s, addr, key);
	r = maps_read(os->reader, s->ref.pid, &maps);
	if (r)
		return r;
	m = maps_find(maps, addr);
	if (m && m->shared)
		snprintf(key, WAIT_KEY, "futex:shared:%x.%x:%" PRIu64 ":0x%" PRIx64, m->dev_major,
			 m->dev_minor, m->inode, m->offset + (addr - m->start));
	else
		r = private_key(os, s, addr, key);
	maps_free(maps);
	return r;
}

static void place(const struct seen *s, const struct mapping *m, uint64_t addr, char *buf,
		  size_t size)
{
	if (m && !strcmp(m->path, "[heap]"))
		snprintf(buf, size, "at 0x%" PRIx64 " on the heap", addr);
	else if (m && !strcmp(m->path, "[stack]"))
		snprintf(buf, size, "at 0x%" PRIx64 " in the stack of %d", addr, s->ref.pid);
	else if (m && s->sp >= m->start && s->sp < m->end && addr >= s->sp)
		snprintf(buf, size, "at 0x%" PRIx64 " in the stack of %d", addr, s->ref.tid);
	else if (m && m->path[0])
		snprintf(buf, size, "in %s+0x%" PRIx64, m->path, m->offset + (addr - m->start));
	else
		snprintf(buf, size, "at 0x%" PRIx64 "%s", addr,
			 m && m->shared ? " in shared memory" : "");
}

void futex_name(struct os *os, const struct seen *s, const char *what, uint64_t addr,
		char buf[FUTEX_NAME])
{
	char where[FUTEX_NAME - 64];
	struct maps *maps = NULL;

	if (stacks_variable(os->stacks, os, s->ref.pid, addr, where, sizeof(where))) {
		if (maps_read(os->reader, s->ref.pid, &maps))
			maps = NULL;
		place(s, maps ? maps_find(maps, addr) : NULL, addr, where, sizeof(where));
		maps_free(maps);
	}
	snprintf(buf, FUTEX_NAME, "%.60s %s", what, where);
}
