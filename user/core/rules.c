// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "rule_advice.h"
#include "rule_circles.h"
#include "rule_holders.h"
#include "rule_titles.h"
#include "rules.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct model_resource *resource_of(const struct diagnosis *d, uint32_t wait)
{
	return &d->model->resources[d->model->waits[wait].resource];
}

static bool is_owner_gone(const struct diagnosis *d, const struct finding *f)
{
	const struct model *m = d->model;
	uint32_t end = finding_end(f);

	if (f->kind != ROOT_GONE)
		return false;
	for (uint32_t i = m->first_held[end]; i < m->first_held[end + 1]; i++) {
		const struct model_resource *r = &m->resources[m->holds[m->held_by[i]].resource];

		if (r->fact.class == CLASS_LOCK && r->n_waits)
			return true;
	}
	return false;
}

static bool ends_in_child(const struct diagnosis *d, const struct finding *f)
{
	static const char *const children[RULE_KINDS] = {"child", "vfork"};
	const struct model_resource *last = last_resource(d, f);

	return last && rules_is_kind(last, children);
}

/* Readers keep it, whether they are known or not. */
static bool is_behind_readers(const struct diagnosis *d, const struct finding *f)
{
	for (uint32_t i = 0; i < f->n_triggers; i++) {
		const struct model_resource *r = resource_of(d, f->triggers[i]);

		if (!strcmp(r->fact.kind, "rwlock") && model_number(r, "readers", 0) > 0 &&
		    model_number(r, "writer", 0) == 0)
			return true;
	}
	return false;
}

static bool is_unknown(const struct diagnosis *d, const struct finding *f)
{
	(void)d;
	return f->kind == ROOT_UNKNOWN;
}

/* The resource that the chain ends at has a trigger that is longer than ever. */
static bool is_abnormal(const struct diagnosis *d, const struct finding *f)
{
	for (uint32_t i = 0; f->kind == ROOT_UNKNOWN && i < f->n_triggers; i++) {
		if (d->model->waits[f->triggers[i]].abnormal)
			return true;
	}
	return false;
}

/* Nothing is told but what was asked for: such waits come last among the triggers. */
static bool is_parked(const struct diagnosis *d, const struct finding *f)
{
	const struct model_wait *w = &d->model->waits[f->triggers[0]];

	return w->told_idle && !w->abnormal;
}

const struct rule rules[] = {
	{
		.name = "reentered-in-signal",
		.title = "signal handler waits for a lock that its own thread holds",
		.advice = "The handler interrupted the thread while it had the lock, which cannot "
			  "be given back before the handler returns: restart the process. In the "
			  "code, call nothing in a signal handler that takes a lock (malloc and "
			  "printf do), and leave the work to a thread that reads a signalfd.",
		.match = is_reentered_in_signal,
	},
	{
		.name = "reentered-callback",
		.title = "lock re-entered through a callback: likely waits for itself",
		.advice = "This kind of lock names no owner, so this is read from the thread's own "
			  "stack: see there the outer call, and the callback that comes back. "
			  "Restart the process. In the code, do not use the object in a callback "
			  "that it makes while it is locked.",
		.match = is_reentered_callback,
	},
	{
		.name = "self-deadlock",
		.title = "thread waits for a lock that it holds itself",
		.advice = "The thread took the lock twice, often through a callback or a signal "
			  "handler: its stack shows both places. Restart the process; in the code, "
			  "release the lock before calling out.",
		.match = is_self_deadlock,
	},
	{
		.name = "deadlock",
		.title = "deadlock",
		.advice = "None of these threads can go on by itself: restart the process. In the "
			  "code, take these locks in the same order everywhere; the stacks show "
			  "where it is broken.",
		.match = is_deadlock,
		.advice_of = advice_of_deadlock,
		.title_of = title_of_deadlock,
	},
	{
		.name = "abnormal-wait",
		.title = "parked for longer than ever at this place",
		.advice = "Such a wait used to be over soon, and the rest of the process goes on: "
			  "what this thread waits for may have been lost. See in its stack what "
			  "that is, and who should have sent it.",
		.lead = CLASS_PARK,
		.match = is_abnormal,
	},
	{
		.name = "parked",
		.title = "parked",
		.advice =
			"Shown because --include-parked asked for it. Idle threads look like this, "
			"too: the stack tells what it waits for.",
		.match = is_parked,
	},
	{
		.name = "fork-copied-lock",
		.title = "lock copied by fork while another thread held it",
		.advice = "Nobody in this process holds this lock, so nobody will release it: "
			  "restart the process. In the code, call nothing between fork and exec "
			  "that takes a lock, or take and release it in pthread_atfork handlers.",
		.match = is_copied,
	},
	{
		.name = "owner-gone",
		.title = "lock held by a thread that does not exist any more",
		.advice = "Nobody will ever release this lock: restart the processes that use it. "
			  "In the code, find how its owner could end while holding it, or make the "
			  "lock robust.",
		.match = is_owner_gone,
	},
	{
		.name = "pipe-full",
		.title = "pipe full",
		.advice = "Get the reader of the pipe going (or restart it): the writers then go "
			  "on by themselves. In the code, do not hold a lock that the reader "
			  "needs while writing to it.",
		.lead = CLASS_FULL,
		.kinds = {"pipe-full"},
		.title_of = title_of_pipe,
	},
	{
		.name = "socket-full",
		.title = "socket full",
		.advice = "Get the receiver going (or restart it): the senders then go on by "
			  "themselves. In the code, send with a time limit, or drop.",
		.lead = CLASS_FULL,
		.kinds = {"unix-stream-full", "unix-dgram-full", "tcp-full"},
		.title_of = title_of_socket,
	},
	{
		.name = "queue-full",
		.title = "queue full",
		.advice = "Get the root blocker going (or restart it): the queue then drains by "
			  "itself. In the code, do not let the reader of a queue wait without a "
			  "time limit.",
		.lead = CLASS_FULL,
		.title_of = title_of_queue,
	},
	{
		.name = "backlog-full",
		.title = "connections that are not accepted",
		.advice = "Get the listener going (or restart it). In the code, connect without "
			  "blocking or with a time limit.",
		.lead = CLASS_BACKLOG,
		.title_of = title_of_backlog,
	},
	{
		.name = "child-never-exits",
		.title = "lock held by a thread that waits for its child to exit",
		.advice = "See what the child waits for, and end it if need be. In the code, do "
			  "not wait for a child while holding a lock.",
		.match = ends_in_child,
	},
	{
		.name = "kernel-lock",
		.title = "wait for a lock inside the kernel",
		.advice = "The kernel stacks show where the lock is held and wanted. What its "
			  "holder does (a dead mount, a disk, a page fault that nobody answers) "
			  "has to end; those who wait cannot be killed until then.",
		.lead = CLASS_LOCK,
		.kinds = {"kernel-mutex", "kernel-rwsem"},
		.title_of = title_of_kernel_lock,
	},
	{
		.name = "file-lock-held",
		.title = "file lock held for long",
		.advice = "See whether the holder still needs the lock, and end it if not. In the "
			  "code, ask for the lock with a time limit, and say who has it.",
		.kinds = {"flock", "posix-lock", "ofd-lock", "lease"},
		.title_of = title_of_file_lock,
	},
	{
		.name = "semaphore-exhausted",
		.title = "semaphore exhausted",
		.advice =
			"Whoever took the last unit does not give it back: get it going, or "
			"reset the semaphore. In the code, use SEM_UNDO (SysV) or a robust mutex, "
			"so that what a process took is given back when it ends.",
		.kinds = {"sysvsem", "semaphore"},
		.title_of = title_of_semaphore,
	},
	{
		.name = "writer-behind-readers",
		.title = "writer waits behind readers that do not let go",
		.advice = "The lock counts its readers and does not name them: look in the stacks "
			  "for who reads under it. In the code, do not wait while holding a lock "
			  "for reading.",
		.kinds = {"rwlock"},
		.match = is_behind_readers,
	},
	{
		.name = "pile-up",
		.title = "pile-up: threads come to one place and none leaves",
		.advice = "Each waits for something that does not come: see in the stack what, "
			  "and who should bring it. There will be more of them, until there is "
			  "no room for another thread. In the code, wait with a time limit.",
		.lead = CLASS_PILE,
	},
	{
		.name = "lost-wakeup",
		.title = "lock is free, and those who wait for it were not woken",
		.advice = "Nobody has this lock, and the same threads sleep for it all the same: a "
			  "wake-up went missing, or something overwrote the word of the lock. "
			  "Whoever takes and releases it next may wake them. In the code, look "
			  "for a release that does not wake, and for writes past the end of "
			  "what lies before the lock.",
		.lead = CLASS_LOCK,
		.match = is_lost_wakeup,
	},
	{
		.name = "convoy",
		.title = "a long queue for a lock that goes from hand to hand",
		.severity = SEVERITY_CONTENTION,
		.advice = "Nothing is stuck: each has the lock for a short while, and there are "
			  "too many of them. In the code, hold it for less, or share the work "
			  "among several locks.",
		.lead = CLASS_LOCK,
		.match = is_convoy,
	},
	{
		.name = "unknown-holder",
		.title = "wait for a lock whose holder is not known",
		.advice = "Why nobody can be named stands with the lock, as drawn: look in the "
			  "stacks of the process for who could have it.",
		.match = is_unknown,
	},
	{
		.name = "polling-holder",
		.title = "stalled behind a polling holder",
		.advice = "The holder has had the lock all the time, and does nothing but look "
			  "again and again whether something has happened: see in its stack what "
			  "it polls for, and whether that needs one of those who wait for the "
			  "lock. In the code, release the lock before waiting.",
		.match = is_polling_holder,
	},
	{
		.name = "starved-holder",
		.title = "lock held by a thread that gets no processor",
		.advice =
			"The holder could go on, if it got a processor: see its priority and "
			"scheduling class, the quota of its control group, and who runs on the "
			"processors that it may use. In the code, let threads of different priorities "
			"share only locks that inherit priority.",
		.match = is_starved_holder,
	},
	{
		.name = "slow-holder",
		.title = "lock held for long",
		.advice = "See in its stack what the root blocker does while others wait for it. "
			  "In the code, do not sleep, wait or do I/O while holding the lock.",
		.advice_of = advice_of_holder,
		.title_of = title_of_holder,
	},
};

const size_t n_rules = COUNT(rules);
