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

#define STEPS 3
#define STEP  (DOING_MAX + SEEN_COMM + SOLE_WHY)
#define NOTE  ((STEPS + 1) * STEP)

static size_t append(char text[NOTE], size_t n, const char *words, const char *more)
{
	int added = snprintf(text + n, NOTE - n, "%s%s", words, more);

	return added < 0 || n + (size_t)added >= NOTE ? NOTE - 1 : n + (size_t)added;
}

/* Who alone could end the wait of node, and what that one does; node becomes that one. */
static bool step(struct collector *c, struct node *node, char text[NOTE], size_t *n)
{
	struct seen asleep = node->polled_fd < 0 ? node->seen
						 : polled_as_read(&node->seen, node->polled_fd);
	char doing[DOING_MAX], who[SEEN_COMM + 64], why[SOLE_WHY];
	enum activity activity;
	struct fact_hold hold;

	if (!node->waits)
		return false;
	if (only_holder(c, &asleep, &node->wait, &hold, why) != 1) {
		*n = append(text, *n, why[0] ? ": " : "", why);
		return false;
	}
	if (hold.gone)
		return false;
	*node = (struct node){.ref = hold.ref};
	holder_look(c, node);
	if (node->error || doing_describe(c->os, &node->seen, &activity, doing, sizeof(doing)))
		return false;
	snprintf(who, sizeof(who), "%d %s (", node->seen.ref.tid, node->seen.comm);
	*n = append(text, *n, ", which is up to ", who);
	*n = append(text, *n, doing, ")");
	return true;
}

int asked_state(struct collector *c)
{
	struct node node = {.ref = {.pid = c->asked_pid, .tid = c->asked_pid}};
	char doing[DOING_MAX], text[NOTE];
	struct fact f = {.type = FACT_NOTE, .note = {NOTE_INFO, text}};
	enum activity activity;
	struct proc_stat st;
	size_t n;

	if (!c->asked_pid || c->n_nodes)
		return 0;
	holder_look(c, &node);
	/* whoever is parked is counted, and --include-parked shows it */
	if (node.error || node.seen.state == 'Z' || syscall_of(&node.seen) == SYS_futex ||
	    proc_stat(c->os->proc_fd, c->asked_pid, c->asked_pid, &st) ||
	    doing_describe(c->os, &node.seen, &activity, doing, sizeof(doing)))
		return 0;
	n = (size_t)snprintf(text, sizeof(text), "%s%d %s is %s",
			     st.n_threads > 1 ? "the main thread of " : "", c->asked_pid,
			     node.seen.comm, doing);
	for (int i = 0; i < STEPS && step(c, &node, text, &n); i++)
		;
	c->asked_pid = 0;
	return fact_put(c->out, &f);
}
