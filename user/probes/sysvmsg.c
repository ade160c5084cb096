// SPDX-License-Identifier: GPL-2.0
/*
 * SysV message queues: a sender waits for room, a receiver for a message.
 * These are two waits on one queue, and other threads end them, so each is a
 * resource of its own. Whoever receives ends the wait of a sender.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "../os/ns.h"
#include "../os/os.h"
#include "../os/sysvipc.h"
#include "queue_end.h"
#include "state.h"
#include "users.h"

static void key_of(uint64_t ns, int id, bool full, char key[WAIT_KEY])
{
	snprintf(key, WAIT_KEY, "sysvmsg:%" PRIu64 ":%d:%s", ns, id, full ? "space" : "messages");
}

static int recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	bool sends = s->syscall == SYS_msgsnd;
	uint64_t ns = 0;

	if (s->state == 'R')
		return 0;
	/* asleep for another reason: a page of the message that must be read from disk */
	if (s->n_kframes && !seen_in_kernel(s, sends ? "do_msgsnd" : "do_msgrcv"))
		return 0;
	if (ns_inode(os->proc_fd, s->ref.pid, "ipc", &ns))
		ns = 0;
	ret->kind = sends ? "sysvmsg-full" : "sysvmsg-empty";
	ret->class = sends ? CLASS_FULL : CLASS_EMPTY;
	ret->verb = sends ? "sends to" : "receives from";
	ret->id = (int)s->args[0];
	ret->address = ns;
	key_of(ns, ret->id, sends, ret->key);
	return 1;
}

static int state_queue(const struct probe_env *env, const struct wait *w, const struct msg_queue *q)
{
	const struct fact_number state[] = {
		{"messages", q->messages},	 {"bytes", q->bytes},
		{"max_bytes", q->max_bytes},	 {"key", q->key},
		{"last_sender", q->last_sender}, {"last_receiver", q->last_receiver},
		{"last_sent_s", q->sent_s},	 {"last_received_s", q->received_s},
	};
	char name[64], detail[128];

	if (q->key)
		snprintf(name, sizeof(name), "SysV queue %d (key 0x%x)", (int)w->id, q->key);
	else
		snprintf(name, sizeof(name), "SysV queue %d (private)", (int)w->id);
	snprintf(detail, sizeof(detail),
		 "%s%" PRIu64 " message%s, %" PRIu64 " of %" PRIu64 " bytes",
		 w->class == CLASS_FULL ? "full, "
		 : q->messages		? ""
					: "empty, ",
		 q->messages, q->messages == 1 ? "" : "s", q->bytes, q->max_bytes);
	return state_resource(env, w, name, detail, state, sizeof(state) / sizeof(*state));
}

static int state_unreadable(const struct probe_env *env, const struct wait *w, int error)
{
	char name[64], detail[160];
	int r;

	snprintf(name, sizeof(name), "SysV queue %d", (int)w->id);
	snprintf(detail, sizeof(detail), "state not readable: %s",
		 error == -EPERM ? "it is in another IPC namespace" : strerror(-error));
	r = state_resource(env, w, name, detail, NULL, 0);
	return r ? r : state_nobody(env, w, detail);
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	bool full = w->class == CLASS_FULL;
	char reverse[WAIT_KEY];
	struct queue_end end = {
		.did = full ? "read it last" : "wrote to it last",
		.doing = full ? "receiving from it" : "sending to it",
		.what = "the queue",
		.this_key = reverse,
	};
	struct msg_queue q;
	int r;

	r = sysvipc_queue(env->os->proc_fd, s->ref.pid, w->id, &q);
	if (r == -ESRCH || r == -EIDRM || r == -EINVAL)
		return -ESTALE; /* removed: whoever waits for it is being woken */
	if (r)
		return state_unreadable(env, w, r);
	r = state_queue(env, w, &q);
	if (r)
		return r;
	r = full ? users_state_drainers(env, w, w->address, (uint32_t)w->id) : 0;
	if (r)
		return r < 0 ? r : 0;
	key_of(w->address, w->id, !full, reverse);
	end.pid = full ? q.last_receiver : q.last_sender;
	end.at_s = full ? q.received_s : q.sent_s;
	if (!end.pid)
		return state_nobody(env, w,
				    !end.at_s ? full ? "nobody has read from it"
						     : "nobody has written to it"
					      : "it was last used from another PID namespace");
	return queue_end_state(env, w, &end);
}

static const struct probe_kind kinds[] = {
	{"sysvmsg-full", CLASS_FULL, KNOWS_INFERRED, KNOWS_TRACKED},
	{"sysvmsg-empty", CLASS_EMPTY, KNOWS_INFERRED, 0},
	{0},
};
static const int syscalls[] = {SYS_msgsnd, SYS_msgrcv, -1};

const struct probe probe_sysvmsg = {
	.kind = LT_KIND_SYSVMSG,
	.name = "sysvmsg",
	.kinds = kinds,
	.syscalls = syscalls,
	.unseen = "when waits on SysV queues began, and who was seen reading them",
	.recognise = recognise,
	.describe = describe,
};
