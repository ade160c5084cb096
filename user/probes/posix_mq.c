// SPDX-License-Identifier: GPL-2.0
/*
 * POSIX message queues: a sender waits for room, a receiver for a message. A
 * queue is a file; the kernel remembers nobody who used it, but whoever could
 * use its other end has a descriptor of it that is open for that.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "../os/holders.h"
#include "../os/os.h"
#include "../os/posix_mq.h"
#include "../os/proc.h"
#include "queue_end.h"
#include "state.h"
#include "users.h"

/* More processes than this at the other end: there is no one to blame. */
#define ENDS_MAX 8

static void key_of(const struct held *h, bool full, char key[WAIT_KEY])
{
	snprintf(key, WAIT_KEY, "mqueue:%" PRIx64 ":%" PRIu64 ":%s", h->dev, h->inode,
		 full ? "space" : "messages");
}

static int recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	bool sends = s->syscall == SYS_mq_timedsend;
	struct held held;
	int r;

	if (s->state == 'R')
		return 0;
	/* asleep for another reason: a page of the message that must be read from disk */
	if (s->n_kframes && !seen_in_kernel(s, "wq_sleep"))
		return 0;
	r = held_by_fd(os->proc_fd, s->ref.pid, (int)s->args[0], &held);
	if (r)
		return r;
	ret->kind = sends ? "posix-mq-full" : "posix-mq-empty";
	ret->class = sends ? CLASS_FULL : CLASS_EMPTY;
	ret->verb = sends ? "sends to" : "receives from";
	ret->id = (int)s->args[0];
	ret->address = held.dev;
	ret->address2 = held.inode;
	key_of(&held, sends, ret->key);
	return 1;
}

/* "/name", or the path by which it was opened; the queue may have been removed since. */
static bool read_name(const struct probe_env *env, const struct seen *s, const struct wait *w,
		      char *buf, size_t size)
{
	static const char deleted[] = " (deleted)";
	char link[256];
	size_t len;
	bool gone;

	if (proc_fd_name(env->os->proc_fd, s->ref.pid, (int)w->id, link, sizeof(link)))
		snprintf(link, sizeof(link), "of descriptor %d", (int)w->id);
	len = strlen(link);
	gone = len > strlen(deleted) && !strcmp(link + len - strlen(deleted), deleted);
	if (gone)
		link[len - strlen(deleted)] = '\0';
	snprintf(buf, size, "POSIX queue %s%s", link, gone ? " (removed)" : "");
	return !gone;
}

static int state_queue(const struct probe_env *env, const struct seen *s, const struct wait *w,
		       const char *name)
{
	struct posix_mq q;
	struct fact_number state[4];
	char detail[128];
	size_t n = 0;
	int r = posix_mq_state(env->os->proc_fd, s->ref.pid, w->id, &q);

	if (r) {
		snprintf(detail, sizeof(detail), "state not readable: %s", strerror(-r));
		return state_resource(env, w, name, detail, NULL, 0);
	}
	state[n++] = (struct fact_number){"messages", q.messages};
	state[n++] = (struct fact_number){"max_messages", q.max_messages};
	state[n++] = (struct fact_number){"max_message_bytes", q.max_message};
	if (q.bytes >= 0)
		state[n++] = (struct fact_number){"bytes", q.bytes};
	if (w->class == CLASS_FULL ? q.messages < q.max_messages : q.messages)
		return -ESTALE;
	if (w->class == CLASS_FULL)
		snprintf(detail, sizeof(detail), "full, %" PRId64 " of %" PRId64 " messages",
			 q.messages, q.max_messages);
	else
		snprintf(detail, sizeof(detail), "empty");
	return state_resource(env, w, name, detail, state, n);
}

/* Who is at the other end. */
struct ends {
	size_t n;
	pid_t pids[ENDS_MAX];
	bool all; /* there are no others */
};

static int find_ends(const struct probe_env *env, const struct wait *w, struct ends *ret)
{
	const struct held held = held_file(w->address, w->address2);
	const uint8_t use = w->class == CLASS_FULL ? HOLDER_READS : HOLDER_WRITES;
	struct holder_list l;
	int r = holders_of(env->os->holders, env->os->proc_fd, &held, &l);

	*ret = (struct ends){.all = !r && !l.more && !l.unseen};
	for (size_t i = 0; !r && i < l.n; i++) {
		if (l.uses[i] & use && ret->n++ < ENDS_MAX)
			ret->pids[ret->n - 1] = l.pids[i];
	}
	return r;
}

/*
 * One process alone at the other end of a queue without a name is who could
 * end it. A queue with a name others can open, too.
 */
static int state_ends(const struct probe_env *env, const struct wait *w, const struct ends *ends,
		      bool named)
{
	bool full = w->class == CLASS_FULL;
	const char *what = full ? "reading" : "writing";
	const struct held held = held_file(w->address, w->address2);
	char why[96], reverse[WAIT_KEY];
	struct queue_end end = {
		.did = why,
		.doing = full ? "receiving from it" : "sending to it",
		.what = "the queue",
		.this_key = reverse,
		.sole = ends->n == 1 && ends->all && !named,
		.no_waiters = true,
	};
	size_t waiting = 0;

	key_of(&held, !full, reverse);
	if (ends->n > 1)
		snprintf(why, sizeof(why), "one of %zu processes that have it open for %s", ends->n,
			 what);
	else
		snprintf(why, sizeof(why), "the only %sprocess that has it open for %s",
			 ends->all ? "" : "visible ", what);
	for (size_t i = 0; i < ends->n && i < ENDS_MAX; i++) {
		int r;

		end.pid = ends->pids[i];
		r = queue_end_state(env, w, &end);
		if (r && r != -ENOENT)
			return r;
		waiting += r == -ENOENT;
	}
	if (waiting < ends->n)
		return 0;
	if (ends->n)
		snprintf(why, sizeof(why), "whoever has it open for %s waits for it as well", what);
	else
		snprintf(why, sizeof(why), "no process %shas it open for %s",
			 ends->all ? "" : "that may be looked at ", what);
	return state_nobody(env, w, why);
}

/* As the kernel numbers devices. */
static uint32_t kernel_dev(uint64_t dev)
{
	return major(dev) << 20 | minor(dev);
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	char name[320];
	struct ends ends;
	bool named = read_name(env, s, w, name, sizeof(name));
	int r = state_queue(env, s, w, name);

	if (r)
		return r;
	r = w->class == CLASS_FULL
		    ? users_state_drainers(env, w, kernel_dev(w->address), w->address2)
		    : 0;
	if (r)
		return r < 0 ? r : 0;
	r = find_ends(env, w, &ends);
	if (r)
		return state_nobody(env, w, "the descriptors of other processes cannot be read");
	return state_ends(env, w, &ends, named);
}

static const struct probe_kind kinds[] = {
	{"posix-mq-full", CLASS_FULL, KNOWS_EXACT | KNOWS_INFERRED, KNOWS_TRACKED},
	{"posix-mq-empty", CLASS_EMPTY, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{0},
};
static const int syscalls[] = {SYS_mq_timedsend, SYS_mq_timedreceive, -1};

const struct probe probe_posix_mq = {
	.kind = LT_KIND_POSIX_MQ,
	.name = "posix_mq",
	.kinds = kinds,
	.syscalls = syscalls,
	.unseen = "when waits on POSIX queues began, and who was seen reading them",
	.recognise = recognise,
	.describe = describe,
};
