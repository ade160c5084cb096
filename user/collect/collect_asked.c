// SPDX-License-Identifier: GPL-2.0
#include "collect_asked.h"

#include <stdio.h>
#include <sys/syscall.h>

#include "../os/doing.h"
#include "../os/os.h"
#include "../os/polled.h"
#include "../os/proc.h"
#include "../os/syscalls.h"
#include "../ways/way.h"

#define OTHER (DOING_MAX + SEEN_COMM + 64)
#define NOTE  (OTHER + DOING_MAX + SEEN_COMM + 64)

/* "2301 postgres (waiting for events in epoll_wait)": who alone could end what it waits for. */
static bool name_other_end(struct collector *c, const struct node *node, char buf[OTHER])
{
	struct seen asleep = node->polled_fd < 0 ? node->seen
						 : polled_as_read(&node->seen, node->polled_fd);
	char doing[DOING_MAX];
	enum activity activity;
	struct fact_hold hold;
	struct seen other;

	if (!node->waits || only_holder(c, &asleep, &node->wait, &hold) != 1 || hold.gone ||
	    c->way->look(c->way_self, hold.ref.pid, hold.ref.tid ? hold.ref.tid : hold.ref.pid,
			 &other) ||
	    doing_describe(c->os, &other, &activity, doing, sizeof(doing)))
		return false;
	snprintf(buf, OTHER, ", which is up to %d %s (%s)", other.ref.tid, other.comm, doing);
	return true;
}

int asked_state(struct collector *c)
{
	struct node node = {.ref = {.pid = c->asked_pid, .tid = c->asked_pid}};
	char doing[DOING_MAX], other[OTHER] = "", text[NOTE];
	struct fact f = {.type = FACT_NOTE, .note = {NOTE_INFO, text}};
	enum activity activity;
	struct proc_stat st;

	if (!c->asked_pid || c->n_nodes)
		return 0;
	holder_look(c, &node);
	/* whoever is parked is counted, and --include-parked shows it */
	if (node.error || node.seen.state == 'Z' || syscall_of(&node.seen) == SYS_futex ||
	    proc_stat(c->os->proc_fd, c->asked_pid, c->asked_pid, &st) ||
	    doing_describe(c->os, &node.seen, &activity, doing, sizeof(doing)))
		return 0;
	if (!name_other_end(c, &node, other))
		other[0] = '\0';
	snprintf(text, sizeof(text), "%s%d %s is %s%s",
		 st.n_threads > 1 ? "the main thread of " : "", c->asked_pid, node.seen.comm, doing,
		 other);
	c->asked_pid = 0;
	return fact_put(c->out, &f);
}
