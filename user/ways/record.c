// SPDX-License-Identifier: GPL-2.0
#include "record.h"

#include <string.h>

#include "../os/ksyms.h"
#include "text.h"

/* Ticks of /proc, whatever the kernel's own are: 100 a second on every Linux. */
#define NS_PER_TICK 10000000ULL

#define TASK_STOPPED  0x04
#define TASK_TRACED   0x08
#define TASK_PARKED   0x40
#define TASK_IDLE     0x402
#define TASK_RTLOCK   0x1000
#define TASK_FROZEN   0x8000
#define EXIT_DEAD     0x10
#define EXIT_ZOMBIE   0x20
#define INTERRUPTIBLE 0x01
#define UNINTERRUPT   0x02

static const struct {
	uint32_t bit;
	char letter;
} letters[] = {
	/* The highest bit wins, as in the kernel. Never compared: 6.1 added 0x2000 to sleeps. */
	{TASK_PARKED, 'P'},  {EXIT_ZOMBIE, 'Z'}, {EXIT_DEAD, 'X'},     {TASK_TRACED, 't'},
	{TASK_STOPPED, 'T'}, {UNINTERRUPT, 'D'}, {INTERRUPTIBLE, 'S'},
};

char record_state(uint32_t state, uint32_t exit_state)
{
	if ((state & TASK_IDLE) == TASK_IDLE)
		return 'I';
	if (state & (TASK_RTLOCK | TASK_FROZEN))
		state = UNINTERRUPT;
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		if ((state | exit_state) & letters[i].bit)
			return letters[i].letter;
	}
	return 'R';
}

uint64_t record_start(uint64_t start_ns)
{
	return start_ns / NS_PER_TICK;
}

static void frames(const struct lt_task *t, const struct ksyms *ksyms, struct seen *ret)
{
	uint32_t n = t->n_kstack < LT_KSTACK ? t->n_kstack : LT_KSTACK;

	for (uint32_t i = 0; ksyms && i < n; i++) {
		struct ksyms_name name;

		/* Without a name a frame tells nothing, and its neighbours still do. */
		if (ksyms_name(ksyms, t->kstack[i], &name) == 0)
			seen_add_kframe(ret, name.function, strlen(name.function), name.module,
					strlen(name.module));
	}
}

static void registers(const struct lt_task *t, struct seen *ret)
{
	for (int i = 0; i < LT_REGS; i++)
		ret->regs[i] = t->regs[i];
#if defined(__aarch64__)
	ret->sp = t->regs[31];
	ret->pc = t->regs[32];
#else
	ret->sp = t->regs[7];
	ret->pc = t->regs[16];
#endif
	ret->have_regs = true;
}

void record_seen(const struct lt_task *t, int64_t clock_offset, const struct ksyms *ksyms,
		 struct seen *ret)
{
	uint64_t ran_ns = t->ran_clock ? t->ran_clock + clock_offset : 0;

	*ret = (struct seen){
		.ref = {t->pid, t->tid, record_start(t->start_ns)},
		.state = record_state(t->state, t->exit_state),
		.kthread = t->flags & LT_TASK_KTHREAD,
		.compat = t->flags & LT_TASK_COMPAT,
		.cpu = t->cpu,
		.syscall = t->syscall,
		.nvcsw = t->nvcsw,
		.nivcsw = t->nivcsw,
		.ran_quality = SINCE_UNKNOWN,
	};
	text_copy(ret->comm, sizeof(ret->comm) < LT_COMM ? sizeof(ret->comm) : LT_COMM, t->comm);
	if (t->syscall >= 0)
		memcpy(ret->args, t->args, sizeof(ret->args));
	/* Any wake-up sets it anew, a signal's too: the wait may be older. */
	if (ran_ns && ran_ns <= t->now_ns) {
		ret->ran_ns = ran_ns;
		ret->ran_quality = SINCE_AT_LEAST;
	}
	if (t->flags & LT_TASK_REGS)
		registers(t, ret);
	frames(t, ksyms, ret);
	if (t->lock.address) {
		ret->klock = (struct seen_klock){
			.address = t->lock.address,
			.since_ns = t->lock.since_ns,
			.mutex = t->lock.flags & LT_KLOCK_MUTEX,
			.percpu = t->lock.flags & LT_KLOCK_PERCPU,
			.reads = t->lock.flags & LT_KLOCK_READ,
			.readers = t->flags & LT_TASK_READERS,
		};
		if (t->lock_owner_pid)
			ret->klock.owner =
				(struct thread_ref){t->lock_owner_pid, t->lock_owner_tid,
						    record_start(t->lock_owner_start_ns)};
	}
	if (t->flags & LT_TASK_HOOKED && t->wait.kind < LT_KIND_MAX) {
		ret->hook_kind = (enum lt_kind)t->wait.kind;
		ret->hook_key = t->wait.key;
		ret->hook_since_ns = t->wait.since_ns;
	}
}

/* Between the hook and the sleep; on a busy machine it is put off in between. */
#define FALLS_ASLEEP_NS 20000000

/*
 * A wait that began before is the same one only if the thread has slept once
 * since, and has not run again. Otherwise it may have gone on, and come again,
 * unseen.
 */
void record_unhooked(const struct lt_task *t, uint64_t until_ns, struct seen *s)
{
	bool same = t->nvcsw - t->wait.nvcsw <= 1 && s->ran_quality != SINCE_UNKNOWN &&
		    s->ran_ns <= t->wait.since_ns + FALLS_ASLEEP_NS;

	if (!s->hook_since_ns || t->wait.since_ns > until_ns || same)
		return;
	s->hook_kind = LT_KIND_NONE;
	s->hook_key = s->hook_since_ns = 0;
}
