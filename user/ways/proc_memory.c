// SPDX-License-Identifier: GPL-2.0
#include "proc_memory.h"

#include <errno.h>
#include <stdlib.h>

/* Open addressing; rebuilt at each scan, which also forgets. A power of two. */
#define FIRST_SLOTS 1024

struct proc_memory {
	struct proc_memory_entry *slots; /* tid 0: free */
	size_t n_slots, used;
	uint32_t scan;
};

int proc_memory_new(struct proc_memory **ret)
{
	struct proc_memory *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->n_slots = FIRST_SLOTS;
	m->slots = calloc(m->n_slots, sizeof(*m->slots));
	if (!m->slots) {
		free(m);
		return -ENOMEM;
	}
	*ret = m;
	return 0;
}

void proc_memory_free(struct proc_memory *m)
{
	if (!m)
		return;
	free(m->slots);
	free(m);
}

static struct proc_memory_entry *slot_of(struct proc_memory *m, const struct thread_ref *ref)
{
	size_t i = ((uint64_t)ref->tid * 0x9e3779b97f4a7c15ULL >> 20) & (m->n_slots - 1);

	while (m->slots[i].ref.tid != 0 &&
	       (m->slots[i].ref.tid != ref->tid || m->slots[i].ref.start != ref->start))
		i = (i + 1) & (m->n_slots - 1);
	return &m->slots[i];
}

/* Moves what is still of use to a table of that size. */
static int rebuild(struct proc_memory *m, size_t n_slots)
{
	struct proc_memory_entry *old = m->slots;
	size_t n_old = m->n_slots;
	struct proc_memory_entry *slots = calloc(n_slots, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	m->slots = slots;
	m->n_slots = n_slots;
	m->used = 0;
	for (size_t i = 0; i < n_old; i++) {
		if (old[i].ref.tid == 0 || old[i].scan + 2 < m->scan)
			continue;
		*slot_of(m, &old[i].ref) = old[i];
		m->used++;
	}
	free(old);
	return 0;
}

void proc_memory_begin(struct proc_memory *m)
{
	m->scan++;
	/* without memory for a new table the old one goes on, just fuller */
	rebuild(m,
		m->used * 4 < m->n_slots && m->n_slots > FIRST_SLOTS ? m->n_slots / 2 : m->n_slots);
}

struct proc_memory_entry *proc_memory_get(struct proc_memory *m, const struct thread_ref *ref)
{
	struct proc_memory_entry *e;

	if (m->used * 2 >= m->n_slots && rebuild(m, m->n_slots * 2) != 0)
		return NULL;
	e = slot_of(m, ref);
	if (e->ref.tid == 0) {
		*e = (struct proc_memory_entry){.ref = *ref};
		m->used++;
	}
	e->scan = m->scan;
	return e;
}
