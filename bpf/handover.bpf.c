// SPDX-License-Identifier: GPL-2.0
/*
 * Who woke whom: what each thread did last with the words that threads wait on,
 * and how long it usually waits at a place. For locks that record no owner, and
 * for waits that are longer than ever. Both are kept in the thread itself, so
 * that the oldest record, which is the stuck holder's, is not the one to be
 * evicted by what others do.
 *
 * Of the processes in lt_targets only, and loaded only if there are such: the
 * price is paid at each futex call that enters the kernel. Entries only, as
 * everywhere (compat.bpf.h). A wait is over at the thread's next call at the
 * latest, so what is kept is never too short; and whether a wake found somebody
 * is not known.
 */
#include "targets.bpf.h"
#include "wait.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct lt_handovers);
} lt_handovers SEC(".maps");

/* As lt_slots: faster for those who have one. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LT_HANDOVER_SLOTS);
	__type(key, __u32);
	__type(value, struct lt_handover_slot);
} lt_handover_slots SEC(".maps");

/* The verifier sees a bound only if the compiler does not turn it into another one. */
static __always_inline __u32 within(__u32 at, __u32 n)
{
	asm volatile("" : "+r"(at));
	return at & (n - 1);
}

_Static_assert(!(LT_WORDS & (LT_WORDS - 1)) && !(LT_PLACES & (LT_PLACES - 1)) &&
		       !(LT_BUCKETS & (LT_BUCKETS - 1)),
	       "within() wants powers of two");

/* The position of the highest bit, by halves. */
static __always_inline __u32 bucket_of(__u64 ns)
{
	__u64 rest = ns >> LT_BUCKET_SHIFT;
	__u32 b = 0;

	if (rest >> (LT_BUCKETS - 1))
		return LT_BUCKETS - 1;
	if (rest >> 8) {
		rest >>= 8;
		b += 8;
	}
	if (rest >> 4) {
		rest >>= 4;
		b += 4;
	}
	if (rest >> 2) {
		rest >>= 2;
		b += 2;
	}
	return b + (rest >> 1 ? 2 : rest);
}

static __always_inline void end_pending(struct lt_handovers *h, __u64 now_ns)
{
	struct lt_place *p;
	__u64 ns;
	__u32 b;

	if (!h->pending)
		return;
	p = &h->place[within(h->pending - 1, LT_PLACES)];
	h->pending = 0;
	ns = now_ns - p->began_ns;
	if (ns > p->longest_ns)
		p->longest_ns = ns;
	p->ended++;
	b = within(bucket_of(ns), LT_BUCKETS);
	if (p->bucket[b] != 0xffff)
		p->bucket[b]++;
}

/* The thread's slot for this depth of the stack; the one that was used least makes room. */
static __always_inline void begin_place(struct lt_handovers *h, __u64 sp, __u64 now_ns)
{
	__u64 least = ~0ull;
	struct lt_place *p;
	__u32 at = 0;

#pragma unroll
	for (__u32 i = 0; i < LT_PLACES; i++) {
		if (h->place[i].sp == sp) {
			at = i;
			break;
		}
		if (h->place[i].began_ns < least) {
			least = h->place[i].began_ns;
			at = i;
		}
	}
	at = within(at, LT_PLACES);
	p = &h->place[at];
	if (p->sp != sp) {
		__builtin_memset(p, 0, sizeof(*p));
		p->sp = sp;
		p->first_ns = now_ns;
	}
	p->began_ns = now_ns;
	h->pending = at + 1;
}

/* When somebody last did something with it: what it still has is kept longer than the rest. */
static __always_inline __u64 word_age(const struct lt_word *w)
{
	return w->waited_ns > w->woke_ns ? w->waited_ns : w->woke_ns;
}

static __always_inline struct lt_word *word_of(struct lt_handovers *h, __u64 address)
{
	__u64 oldest = ~0ull;
	struct lt_word *w;
	__u32 at = 0;

#pragma unroll
	for (__u32 i = 0; i < LT_WORDS; i++) {
		if (h->word[i].address == address)
			return &h->word[i];
		if (word_age(&h->word[i]) < oldest) {
			oldest = word_age(&h->word[i]);
			at = i;
		}
	}
	w = &h->word[within(at, LT_WORDS)];
	if (w->waits && !w->wakes)
		h->dropped++;
	__builtin_memset(w, 0, sizeof(*w));
	w->address = address;
	return w;
}

static __always_inline struct lt_handover_slot *slot_of(struct task_struct *task)
{
	__u32 at = (__u32)task->pid & (LT_HANDOVER_SLOTS - 1);

	return bpf_map_lookup_elem(&lt_handover_slots, &at);
}

static __always_inline struct lt_handovers *handovers_of(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lt_handover_slot *slot = slot_of(task);
	struct lt_handovers *h;
	__s32 pid = task->tgid;

	if (slot && lt_owns(&slot->owner, task))
		return &slot->handovers;
	if (!bpf_map_lookup_elem(&lt_targets, &pid))
		return NULL;
	h = bpf_task_storage_get(&lt_handovers, task, NULL, 0);
	if (h)
		return h;
	if (slot && lt_claim(&slot->owner, task)) {
		__builtin_memset(&slot->handovers, 0, sizeof(slot->handovers));
		slot->owner.start_ns = task->start_boottime;
		return &slot->handovers;
	}
	h = bpf_task_storage_get(&lt_handovers, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!h)
		lt_count_lost(LT_LOST_HANDOVERS);
	return h;
}

static __always_inline void handover_wait(__u64 address, __u64 flags __attribute__((unused)),
					  __u64 val __attribute__((unused)), __u64 abs_time)
{
	struct lt_handovers *h = handovers_of();
	struct lt_word *w;
	__u64 now_ns;

	if (!h)
		return;
	now_ns = bpf_ktime_get_ns();
	h->calls++;
	end_pending(h, now_ns);
	if (!abs_time)
		begin_place(h,
			    lt_sp((struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf())),
			    now_ns);
	w = word_of(h, address);
	w->waited_ns = now_ns;
	w->waits++;
	w->wakes = 0;
}

static __always_inline void handover_wake(__u64 address)
{
	struct lt_handovers *h = handovers_of();
	struct lt_word *w;
	__u64 now_ns;

	if (!h)
		return;
	now_ns = bpf_ktime_get_ns();
	h->calls++;
	end_pending(h, now_ns);
	w = word_of(h, address);
	w->woke_ns = now_ns;
	w->wakes++;
}

LT_HOOK(4, futex_wait, handover_wait)
LT_HOOK(1, futex_wake, handover_wake)

SEC("tp_btf/sched_process_exit")
int lt_handovers_end(unsigned long long *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lt_handover_slot *slot = slot_of(task);

	(void)ctx;
	if (slot)
		lt_disown(&slot->owner, task);
	return 0;
}

SEC("iter/task")
int lt_list_handovers(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct {
		__u64 start_ns;
		__s32 pid;
		__s32 tid;
	} who;
	struct lt_handover_slot *slot;
	struct lt_handovers *h;

	if (!task)
		return 0;
	slot = slot_of(task);
	h = slot && lt_owns(&slot->owner, task)
		    ? &slot->handovers
		    : bpf_task_storage_get(&lt_handovers, task, NULL, 0);
	if (!h)
		return 0;
	who.start_ns = task->start_boottime;
	who.pid = task->tgid;
	who.tid = task->pid;
	/* a record is larger than a program's stack may be: in two parts */
	if (bpf_seq_write(ctx->meta->seq, h, sizeof(*h)))
		return 0;
	bpf_seq_write(ctx->meta->seq, &who, sizeof(who));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
