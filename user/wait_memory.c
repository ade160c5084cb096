// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "wait_memory.h"

struct entry {
	struct thread_ref ref;
	char key[WAIT_KEY];
	uint64_t sp, nvcsw, nivcsw;
	struct since since;
	uint64_t look;	    /* in which it was last asked about */
	struct entry *next; /* all of them */
};

struct wait_memory {
	void *tree; /* struct entry by ref */
	struct entry *all;
	uint64_t began_ns; /* when the first look was */
	uint64_t now_ns;
	uint64_t look;
};

int wait_memory_new(struct wait_memory **ret)
{
	struct wait_memory *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	*ret = m;
	return 0;
}

static int by_ref(const void *pa, const void *pb)
{
	const struct thread_ref *a = &((const struct entry *)pa)->ref;
	const struct thread_ref *b = &((const struct entry *)pb)->ref;

	if (a->tid != b->tid)
		return a->tid < b->tid ? -1 : 1;
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return a->start < b->start ? -1 : a->start > b->start;
}

/* Forgets all that were last asked about before this look. */
static void forget(struct wait_memory *m, uint64_t look)
{
	struct entry **link = &m->all, *e;

	while ((e = *link)) {
		if (e->look >= look) {
			link = &e->next;
			continue;
		}
		*link = e->next;
		tdelete(e, &m->tree, by_ref);
		free(e);
	}
}

void wait_memory_free(struct wait_memory *m)
{
	if (!m)
		return;
	forget(m, UINT64_MAX);
	free(m);
}

void wait_memory_begin(struct wait_memory *m, uint64_t now_ns)
{
	if (!m->look++)
		m->began_ns = now_ns;
	m->now_ns = now_ns;
}

void wait_memory_end(struct wait_memory *m)
{
	forget(m, m->look);
}

/* What this look alone tells. */
static struct since fresh(const struct wait_memory *m, const struct seen *s, const struct wait *w)
{
	struct since since = {.ns = m->now_ns, .quality = SINCE_AT_LEAST};

	if (s->hook_since_ns && w->probe && s->hook_kind == w->probe->kind) {
		since.ns = s->hook_since_ns;
		since.quality = SINCE_EXACT;
	} else if (s->ran_ns) {
		since.ns = s->ran_ns;
		since.quality = s->ran_quality ? s->ran_quality : SINCE_AT_LEAST;
	} else {
		/* nothing tells; at the first look it was there before us, so much is sure */
		since.before = m->look == 1;
	}
	since.before |= since.ns < m->began_ns;
	return since;
}

static bool same(const struct entry *e, const struct seen *s, const struct wait *w)
{
	return e->look && e->sp == s->sp && e->nvcsw == s->nvcsw && e->nivcsw == s->nivcsw &&
	       !strcmp(e->key, w->key);
}

static struct entry *entry_of(struct wait_memory *m, const struct thread_ref *ref)
{
	struct entry wanted = {.ref = *ref}, *e;
	void *found = tfind(&wanted, &m->tree, by_ref);

	if (found)
		return *(struct entry **)found;
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->ref = *ref;
	if (!tsearch(e, &m->tree, by_ref)) {
		free(e);
		return NULL;
	}
	e->next = m->all;
	m->all = e;
	return e;
}

int wait_memory_since(struct wait_memory *m, const struct seen *s, const struct wait *w,
		      struct since *ret)
{
	struct since now = fresh(m, s, w);
	struct entry *e = entry_of(m, &s->ref);

	if (!e)
		return -ENOMEM;
	if (same(e, s, w)) {
		/* a hook's word replaces a guess; of two bounds the earlier says more */
		if (now.quality > e->since.quality ||
		    (now.quality == SINCE_AT_LEAST && e->since.quality == SINCE_AT_LEAST &&
		     now.ns < e->since.ns))
			e->since = now;
	} else {
		memcpy(e->key, w->key, sizeof(e->key));
		e->sp = s->sp;
		e->nvcsw = s->nvcsw;
		e->nivcsw = s->nivcsw;
		e->since = now;
	}
	e->look = m->look;
	*ret = e->since;
	return 0;
}
