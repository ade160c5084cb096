// SPDX-License-Identifier: GPL-2.0
/*
 * Waits on futexes. The key is the user address: the futex_key that the kernel
 * makes of it is not among the arguments of futex_wait(), and user space
 * computes the same identity from address and memory map, for the census too.
 *
 * A wait that is entered again can be the same wait: a signal with SA_RESTART
 * came, or the thread was woken and another one was faster at the lock. The
 * thread would be called young for ever although it has stood there for
 * minutes. It is the same wait if address, stack pointer and deadline are the
 * same, the thread has not itself called futex_wake() on that address since,
 * and the word is a lock of three states (0 free, 1 taken, 2 taken and waited
 * for): who has slept on such a lock leaves it at 2 when it gets it, and so
 * must call futex_wake() when it lets it go. Hence "no wake" means "never had
 * it". The operation tells which words these are, with the value 2:
 *
 *	FUTEX_WAIT		   glibc's mutex and FILE lock, Go's runtime lock
 *	FUTEX_WAIT_BITSET	   Rust's Mutex
 *	... | FUTEX_CLOCK_REALTIME glibc's timed mutex, but also its rwlock: a
 *				   writer behind readers waits for the value 2 as
 *				   well, and unlocks without a wake. So only with
 *				   a deadline, which bounds the error.
 *
 * What is left: a thread that locks a plain mutex again which it got after a
 * wait, from the same place, is shown as waiting since that first wait.
 */
#include "wait.bpf.h"

#define LT_FUTEX_PRIVATE     128
#define LT_FUTEX_WAIT	     0
#define LT_FUTEX_WAIT_BITSET 9
#define LT_THREE_STATES	     2

static __always_inline bool same_lock_wait(struct lt_wait *wait, struct pt_regs *regs, __u64 uaddr,
					   __u32 val, __u64 deadline)
{
	__u64 op;

	if (wait->kind != LT_KIND_FUTEX || wait->key != uaddr || wait->val != LT_THREE_STATES ||
	    val != LT_THREE_STATES || wait->flags & LT_WAIT_ENDED || wait->sp != lt_sp(regs) ||
	    wait->deadline != deadline)
		return false;
	if (deadline)
		return true;
	op = lt_arg1(regs) & ~(__u64)LT_FUTEX_PRIVATE;
	return op == LT_FUTEX_WAIT || op == LT_FUTEX_WAIT_BITSET;
}

static __always_inline void futex_wait_begin(__u64 uaddr, __u64 flags __attribute__((unused)),
					     __u64 val, __u64 abs_time)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lt_state *state = lt_state_of(task);
	struct pt_regs *regs;
	__u64 deadline = 0;

	if (!state)
		return;
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	if (abs_time)
		bpf_probe_read_kernel(&deadline, sizeof(deadline), (void *)abs_time);
	if (same_lock_wait(&state->wait, regs, uaddr, (__u32)val, deadline)) {
		state->wait.flags |= LT_WAIT_RESTARTED;
		state->wait.syscall = lt_nr(regs); /* restart_syscall by now? */
		return;
	}
	lt_begin(&state->wait, regs, LT_KIND_FUTEX, uaddr);
	state->wait.val = (__u32)val;
	state->wait.deadline = deadline;
}

static __always_inline void futex_wake_by_self(__u64 uaddr)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lt_state *state = lt_find_state(task);

	if (state && state->wait.key == uaddr)
		state->wait.flags |= LT_WAIT_ENDED;
}

/* A PI mutex may be let go without a call, so a wait that is entered again is a new one. */
static __always_inline void futex_lock_pi_begin(__u64 uaddr)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lt_state *state = lt_state_of(task);

	if (!state)
		return;
	lt_begin(&state->wait, (struct pt_regs *)bpf_task_pt_regs(task), LT_KIND_FUTEX, uaddr);
	state->wait.val = 0;
	state->wait.deadline = 0;
}

/* Here as this is the kind that every thread goes through: its record makes room for another's. */
SEC("tp_btf/sched_process_exit")
int lt_state_ends(unsigned long long *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lt_slot *slot = lt_slot_of(task);

	(void)ctx;
	if (slot)
		lt_disown(&slot->owner, task);
	return 0;
}

LT_HOOK(4, futex_wait, futex_wait_begin)
LT_HOOK(1, futex_wake, futex_wake_by_self)
LT_HOOK_OPTIONAL(1, futex_lock_pi, futex_lock_pi_begin)

char LICENSE[] SEC("license") = "GPL";
