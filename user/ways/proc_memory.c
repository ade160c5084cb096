// SPDX-License-Identifier: GPL-2.0
#include "proc_memory.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* More threads than a machine has; the entries of so many take 80 MB. */
#define ENTRIES_MAX 200000
#define FIRST_SLOTS 256 /* a power of two */
/* So many looks in a row must have passed an entry over. */
#define KEPT_LOOKS 2

/* Both kinds of entry begin like this. */
struct entry {
	struct entry *next; /* in the same slot */
	pid_t id;
	uint32_t look;
};

struct table {
	struct entry **slots;
	size_t n_slots, used;
	size_t entry_size;
};

struct proc_memory {
	struct table threads, processes;
	uint32_t look;
	size_t max_fds, n_fds;
};

_Static_assert(offsetof(struct proc_thread, tid) == offsetof(struct entry, id) &&
		       offsetof(struct proc_thread, look) == offsetof(struct entry, look),
	       "a thread begins as an entry does");
_Static_assert(offsetof(struct proc_process, pid) == offsetof(struct entry, id) &&
		       offsetof(struct proc_process, look) == offsetof(struct entry, look),
	       "a process begins as an entry does");

static int table_init(struct table *t, size_t entry_size)
{
	*t = (struct table){.n_slots = FIRST_SLOTS, .entry_size = entry_size};
	t->slots = calloc(t->n_slots, sizeof(struct entry *));
	return t->slots ? 0 : -ENOMEM;
}

static struct entry **slot_of(const struct table *t, pid_t id)
{
	return &t->slots[((uint64_t)id * 0x9e3779b97f4a7c15ULL >> 32) & (t->n_slots - 1)];
}

static struct entry *table_find(const struct table *t, pid_t id)
{
	struct entry *e = *slot_of(t, id);

	while (e && e->id != id)
		e = e->next;
	return e;
}

static void put(struct table *t, struct entry *e)
{
	struct entry **slot = slot_of(t, e->id);

	e->next = *slot;
	*slot = e;
}

/* Without memory for more slots the chains just grow longer. */
static void grow(struct table *t)
{
	struct table bigger = {.n_slots = t->n_slots * 2};

	bigger.slots = calloc(bigger.n_slots, sizeof(struct entry *));
	if (!bigger.slots)
		return;
	for (size_t i = 0; i < t->n_slots; i++) {
		for (struct entry *e = t->slots[i], *next; e; e = next) {
			next = e->next;
			put(&bigger, e);
		}
	}
	free(t->slots);
	t->slots = bigger.slots;
	t->n_slots = bigger.n_slots;
}

static struct entry *table_get(struct table *t, pid_t id, bool *ret_is_new)
{
	struct entry *e = table_find(t, id);

	*ret_is_new = !e;
	if (e)
		return e;
	if (t->used >= ENTRIES_MAX)
		return NULL;
	e = calloc(1, t->entry_size);
	if (!e)
		return NULL;
	if (t->used >= t->n_slots)
		grow(t);
	e->id = id;
	put(t, e);
	t->used++;
	return e;
}

bool proc_memory_keep(struct proc_memory *m, int *slot, int fd)
{
	if (*slot >= 0 || m->n_fds >= m->max_fds)
		return false;
	*slot = fd;
	m->n_fds++;
	return true;
}

void proc_memory_drop(struct proc_memory *m, int *slot)
{
	if (*slot < 0)
		return;
	close(*slot);
	*slot = -1;
	m->n_fds--;
}

static void forget_thread(struct proc_memory *m, struct proc_thread *t)
{
	proc_memory_drop(m, &t->fd);
	free(t->stack);
}

/* Takes out what was not touched since that look. */
static void sweep(struct proc_memory *m, struct table *t, uint32_t oldest)
{
	for (size_t i = 0; i < t->n_slots; i++) {
		for (struct entry **at = &t->slots[i], *e = *at; e; e = *at) {
			if (e->look >= oldest) {
				at = &e->next;
				continue;
			}
			*at = e->next;
			t->used--;
			if (t == &m->threads)
				forget_thread(m, (struct proc_thread *)e);
			else
				proc_memory_drop(m, &((struct proc_process *)e)->task_fd);
			free(e);
		}
	}
}

int proc_memory_new(size_t max_fds, struct proc_memory **ret)
{
	struct proc_memory *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->max_fds = max_fds;
	if (table_init(&m->threads, sizeof(struct proc_thread)) != 0 ||
	    table_init(&m->processes, sizeof(struct proc_process)) != 0) {
		proc_memory_free(m);
		return -ENOMEM;
	}
	*ret = m;
	return 0;
}

void proc_memory_free(struct proc_memory *m)
{
	if (!m)
		return;
	if (m->threads.slots)
		sweep(m, &m->threads, UINT32_MAX);
	if (m->processes.slots)
		sweep(m, &m->processes, UINT32_MAX);
	free(m->threads.slots);
	free(m->processes.slots);
	free(m);
}

void proc_memory_begin(struct proc_memory *m)
{
	m->look++;
	if (m->look <= KEPT_LOOKS)
		return;
	sweep(m, &m->threads, m->look - KEPT_LOOKS);
	sweep(m, &m->processes, m->look - KEPT_LOOKS);
}

struct proc_thread *proc_memory_thread(struct proc_memory *m, pid_t pid, pid_t tid)
{
	bool is_new;
	struct proc_thread *t = (struct proc_thread *)table_get(&m->threads, tid, &is_new);

	if (!t)
		return NULL;
	if (!is_new && t->pid != pid) {
		/* the id is another thread's now */
		forget_thread(m, t);
		*t = (struct proc_thread){.next = t->next, .tid = tid};
		is_new = true;
	}
	if (is_new) {
		t->pid = pid;
		t->fd = -1;
	}
	t->look = m->look;
	return t;
}

struct proc_process *proc_memory_process(struct proc_memory *m, pid_t pid)
{
	bool is_new;
	struct proc_process *p = (struct proc_process *)table_get(&m->processes, pid, &is_new);

	if (!p)
		return NULL;
	if (is_new)
		p->task_fd = -1;
	p->look = m->look;
	return p;
}

pid_t proc_memory_process_of(const struct proc_memory *m, pid_t tid)
{
	const struct proc_thread *t = (const struct proc_thread *)table_find(&m->threads, tid);

	return t ? t->pid : 0;
}
