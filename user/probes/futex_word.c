// SPDX-License-Identifier: GPL-2.0
/*
 * Where a futex word is: its key and its name.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../os/maps.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "../os/reader.h"
#include "../os/stacks.h"
#include "futex.h"

static int private_key(struct os *os, const struct seen *s, uint64_t addr, char key[WAIT_KEY])
{
	uint64_t start;
	int r = os_process_start(os, s->ref.pid, &start);

	if (r)
		return r;
	snprintf(key, WAIT_KEY, "futex:%d:%" PRIu64 ":0x%" PRIx64, s->ref.pid, start, addr);
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

struct stack_search {
	struct os *os;
	pid_t pid;
	const struct mapping *m;
	uint64_t addr, sp;
	pid_t tid;
};

/* A stack grows down: of several in one mapping it is that of the thread nearest below. */
static int look_at_sp(void *ctx, pid_t tid)
{
	struct stack_search *q = ctx;
	struct proc_syscall call;

	if (!proc_syscall(q->os->proc_fd, q->pid, tid, &call) && !call.running &&
	    call.sp >= q->m->start && call.sp <= q->addr && call.sp > q->sp) {
		q->sp = call.sp;
		q->tid = tid;
	}
	return 0;
}

/* A frame is rarely larger, and nobody should read for long for the sake of a name. */
#define STACK_SEARCHED (1UL << 20)

/*
 * What is mapped right above a stack becomes one mapping with it. Between the two
 * is the control block of the thread, which points to itself, in glibc and musl.
 * What cannot be read, or is too far up, is not said to be in the stack either.
 */
static bool is_above_stack(struct os *os, pid_t pid, uint64_t sp, uint64_t addr)
{
	uint64_t words[512];

	sp &= ~(uint64_t)(sizeof(*words) - 1);
	if (addr - sp > STACK_SEARCHED)
		return true;
	while (sp < addr) {
		size_t size = addr - sp < sizeof(words) ? addr - sp : sizeof(words);

		if (reader_memory_all(os->reader, pid, sp, words, size))
			return true;
		for (size_t i = 0; i < size / sizeof(*words); i++) {
			if (words[i] == sp + i * sizeof(*words))
				return true;
		}
		sp += size;
	}
	return false;
}

static bool in_stack(struct os *os, pid_t pid, const struct mapping *m, uint64_t addr, char *buf,
		     size_t size)
{
	struct stack_search q = {.os = os, .pid = pid, .m = m, .addr = addr};
	struct proc_stat st;

	if (m->shared || m->inode || !m->write)
		return false;
	proc_each_tid(os->proc_fd, pid, look_at_sp, &q);
	if (!q.tid || proc_stat(os->proc_fd, pid, q.tid, &st))
		return false;
	if (strcmp(m->path, "[stack]") != 0 && is_above_stack(os, pid, q.sp, addr))
		return false;
	snprintf(buf, size, "at 0x%" PRIx64 " in the stack of %d %s", addr, q.tid, st.comm);
	return true;
}

static void place(struct os *os, const struct seen *s, const struct mapping *m, uint64_t addr,
		  char *buf, size_t size)
{
	uint64_t at = m ? m->offset + (addr - m->start) : 0;

	if (!m)
		snprintf(buf, size, "at 0x%" PRIx64, addr);
	else if (!strcmp(m->path, "[heap]"))
		snprintf(buf, size, "at 0x%" PRIx64 " on the heap", addr);
	else if (in_stack(os, s->ref.pid, m, addr, buf, size))
		return;
	else if (m->shared && (!m->path[0] || !strcmp(m->path, "/dev/zero")))
		snprintf(buf, size, "at 0x%" PRIx64 " in anonymous shared memory", at);
	else if (m->shared && !strncmp(m->path, "/SYSV", 5))
		snprintf(buf, size, "at 0x%" PRIx64 " in SysV shared memory %" PRIu64 " (key 0x%s)",
			 at, m->inode, m->path + 5);
	else if (m->shared && !strncmp(m->path, "/memfd:", 7))
		snprintf(buf, size, "at 0x%" PRIx64 " in memfd %s", at, m->path + 7);
	else if (m->path[0] == '/')
		snprintf(buf, size, "in %s+0x%" PRIx64, m->path, at);
	else
		snprintf(buf, size, "at 0x%" PRIx64 " in %s", addr,
			 m->path[0] ? m->path : "anonymous memory");
}

void futex_name(struct os *os, const struct seen *s, const char *what, uint64_t addr,
		char buf[FUTEX_NAME])
{
	char where[FUTEX_NAME - 64];
	struct maps *maps = NULL;

	if (stacks_variable(os->stacks, os, s->ref.pid, addr, where, sizeof(where))) {
		if (maps_read(os->reader, s->ref.pid, &maps))
			maps = NULL;
		place(os, s, maps ? maps_find(maps, addr) : NULL, addr, where, sizeof(where));
		maps_free(maps);
	}
	/* the dynamic linker's one lock, as pthread_mutex_lock sees it */
	if (!strncmp(where, "_rtld_global+", 13))
		what = "loader lock";
	snprintf(buf, FUTEX_NAME, "%.60s %s", what, where);
}
