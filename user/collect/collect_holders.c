// SPDX-License-Identifier: GPL-2.0
/* Whoever is named as a holder becomes a node, and is looked at as it is then. */
#include <errno.h>
#include <string.h>

#include "collect_private.h"
#include "../os/lost.h"
#include "../os/os.h"
#include "../os/polled.h"
#include "../os/proc.h"
#include "../ways/way.h"

/*
 * In poll() for one descriptor, which is a connection or a pipe: it waits for the
 * other end. Others may wait for whatever comes next, as event loops do.
 */
static bool waits_in_poll(struct collector *c, struct node *node)
{
	static const char *const kinds[] = {"unix-stream-empty", "tcp-empty", "pipe-empty"};
	int fd = polled_fd(c->os, &node->seen);
	bool waits = false;

	if (fd < 0)
		return false;
	struct seen as_read = polled_as_read(&node->seen, fd);

	if (probes_recognise(c->os, &as_read, &node->wait) != 1)
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		waits |= !strcmp(node->wait.kind, kinds[i]);
	node->polled_fd = waits ? fd : -1;
	return waits;
}

/* What a thread that somebody waits for does now. */
void holder_look(struct collector *c, struct node *node)
{
	bool whole = !node->ref.tid;
	struct seen before = node->seen;

	node->waits = false;
	node->polled_fd = -1;
	node->error = c->way->look(c->way_self, node->ref.pid,
				   whole ? node->ref.pid : node->ref.tid, &node->seen);
	if (node->error) {
		memset(&node->seen, 0, sizeof(node->seen));
		if (node->error != -ESRCH)
			lost_count(c->os->lost, "look-failed");
		return;
	}
	if (seen_same_wait(&before, &node->seen)) {
		node->seen.standstill = before.standstill;
		node->seen.other = before.other;
	}
	/* that its main thread waits for something does not stop a whole process */
	if (!whole)
		node->waits = probes_recognise(c->os, &node->seen, &node->wait) == 1 ||
			      waits_in_poll(c, node);
}

/*
 * The node of a holder; completes *ref. Returns 0, -ESTALE if it went away after it
 * was named, or -errno.
 */
static int hold_node(struct collector *c, struct thread_ref *ref, bool gone)
{
	struct node *node;
	struct proc_stat st;
	int r;

	if (!ref->tid && !gone && !proc_stat(c->os->proc_fd, ref->pid, ref->pid, &st) &&
	    st.n_threads == 1) {
		ref->tid = ref->pid;
		ref->start = st.start;
	}
	node = node_find_ref(c, ref);
	if (!node) {
		r = node_add(c, ref, &node);
		if (r)
			return r == -ENOSPC ? 0 : r;
		if (gone)
			node->error = -ESRCH;
		else
			holder_look(c, node);
	} else if (!node->stated && !node->held) {
		/* it was a waiter, and may have moved on since: with this lock, perhaps */
		holder_look(c, node);
	}
	/* perhaps it gave back what it held before it ended */
	if (!gone && node->error == -ESRCH) {
		node->done = true;
		return -ESTALE;
	}
	node->held = true;
	node->done = node->stated;
	if (!node->ref.start)
		node->ref.start = node->seen.ref.start;
	if (!ref->start)
		ref->start = node->ref.start;
	return 0;
}

int holders_find(struct collector *c, struct description *d)
{
	int r = 0;

	for (size_t i = 0; i < d->n_holds && !r; i++) {
		struct fact_hold *h = &d->holds[i].hold;

		if (h->ref.pid)
			r = hold_node(c, &h->ref, h->gone);
	}
	return r;
}

struct node *holders_self(const struct collector *c, const struct description *d)
{
	for (size_t i = 0; i < d->n_holds; i++) {
		const struct fact_hold *h = &d->holds[i].hold;
		struct node *node = h->ref.tid ? node_find_ref(c, &h->ref) : NULL;

		if (h->evidence == EVIDENCE_EXACT && class_is_lock(d->resource.resource.class) &&
		    node && node->waits && !strcmp(node->wait.key, d->key))
			return node;
	}
	return NULL;
}
