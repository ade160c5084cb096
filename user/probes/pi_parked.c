// SPDX-License-Identifier: GPL-2.0
/*
 * What glibc does when the kernel refuses a priority-inheriting mutex because
 * waiting for it would be a deadlock (EDEADLK), or because its owner has died
 * (ESRCH): it waits for ever on a zero of its own stack. The mutex is no
 * argument of that call any more. The code that called pthread_mutex_lock may
 * tell, or the caller's registers, which were saved above that zero: the lock is
 * often close to what they point to. Whether a lock found there is the one is a
 * guess, and it must fit: the kernel had a reason to refuse.
 */
#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>

#include "../os/ns.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "../os/reader.h"
#include "call_argument.h"
#include "futex.h"
#include "on_stack.h"
#include "state.h"

#define NEAR	  512 /* bytes: the zero is in the frame next to the call's */
#define WORDS	  32
#define AROUND	  512 /* bytes on either side of what a word points to */
#define PAGE	  4096ull
#define CHAIN	  32
#define STUCK_MAX 64

/* Why a mutex may be the one. */
enum reason {
	REASON_CYCLE, /* its owner waits, directly or not, for one of the waiter's */
	REASON_SELF,  /* the waiter has it already, and nobody waits for one of the waiter's */
	REASON_DEAD,  /* its owner does not exist */
};

struct candidate {
	uint64_t addr;
	enum reason reason;
	struct thread_ref owner; /* tid of a dead one is as in the lock */
};

struct search {
	struct os *os;
	const struct seen *s;
	struct thread_ref stuck[STUCK_MAX]; /* wait for one of the waiter's locks */
	size_t n_stuck;
	bool private; /* the lock is of this process alone */
	struct candidate best;
	size_t n_best; /* different ones that are as good */
};

static bool is_pi_mutex(const struct glibc_mutex *m)
{
	return (m->kind & GLIBC_KIND_PI) && !(m->kind & ~GLIBC_KIND_VALID) && m->owner > 0 &&
	       m->nusers && (m->lock & FUTEX_TID_MASK) == (uint32_t)m->owner;
}

/* The owner of what a thread waits for in the kernel; 0: it does not wait for such a lock. */
static int next_owner(struct os *os, const struct thread_ref *t, struct thread_ref *ret)
{
	struct proc_syscall call;
	uint32_t word;

	if (proc_syscall(os->proc_fd, t->pid, t->tid, &call) || call.running ||
	    call.nr != SYS_futex || (call.args[1] & FUTEX_CMD_MASK) != FUTEX_LOCK_PI ||
	    reader_memory_all(os->reader, t->pid, call.args[0], &word, sizeof(word)) ||
	    ns_find_thread(os->proc_fd, t->pid, word & FUTEX_TID_MASK,
			   call.args[1] & FUTEX_PRIVATE_FLAG, ret))
		return 0;
	return 1;
}

static int note_stuck(void *ctx, pid_t tid)
{
	struct thread_ref first = {.pid = ((struct search *)ctx)->s->ref.pid, .tid = tid},
			  t = first;
	struct search *q = ctx;

	if (tid == q->s->ref.tid)
		return 0;
	for (int i = 0; i < CHAIN && next_owner(q->os, &t, &t); i++) {
		if (t.tid != q->s->ref.tid)
			continue;
		q->stuck[q->n_stuck++] = first;
		return q->n_stuck == STUCK_MAX ? -E2BIG : 0;
	}
	return 0;
}

/* ... of a lock that processes share: by the way from its owner, whatever process that is in. */
static bool leads_here(const struct search *q, struct thread_ref t)
{
	for (int i = 0; i < CHAIN && next_owner(q->os, &t, &t); i++) {
		if (t.pid == q->s->ref.pid && t.tid == q->s->ref.tid)
			return true;
	}
	return false;
}

static bool is_stuck(const struct search *q, pid_t tid)
{
	for (size_t i = 0; i < q->n_stuck; i++) {
		if (q->stuck[i].tid == tid)
			return true;
	}
	return false;
}

/*
 * Could the mutex at addr be the one that was refused? Who holds locks often
 * has their addresses in its frame, so that it owns one proves nothing as long
 * as others wait for it: then the circle goes through these.
 */
static void consider(struct search *q, uint64_t addr, const struct glibc_mutex *m)
{
	struct candidate c = {.addr = addr};
	int r;

	if (!is_pi_mutex(m) || (q->n_best && q->best.addr == addr))
		return;
	r = ns_find_thread(q->os->proc_fd, q->s->ref.pid, m->owner, q->private, &c.owner);
	if (r && r != -ESRCH)
		return;
	/* whose number it is in another process is not worth a guess, unless it leads back */
	if (!q->private && (r || !leads_here(q, c.owner)))
		return;
	if (r) {
		c.owner = (struct thread_ref){.pid = q->s->ref.pid, .tid = m->owner};
		c.reason = REASON_DEAD;
	} else {
		c.reason = c.owner.tid == q->s->ref.tid ? REASON_SELF : REASON_CYCLE;
	}
	if (c.reason == REASON_CYCLE && q->private && !is_stuck(q, c.owner.tid))
		return;
	if (c.reason != REASON_CYCLE && q->n_stuck)
		return;
	q->best = c;
	q->n_best++;
}

/* All mutexes around what a word points to: fields of one object, elements of an array. */
static void consider_around(struct search *q, uint64_t addr)
{
	uint64_t bytes[2 * AROUND / 8], from;
	struct glibc_mutex m;
	ssize_t n;

	if (addr < 0x10000 || addr >> 56)
		return;
	addr &= ~7ull;
	from = addr - AROUND;
	n = reader_memory(q->os->reader, q->s->ref.pid, from, bytes, sizeof(bytes));
	/* nothing is mapped before the page that it is in, perhaps */
	if (n < 0 && (from ^ addr) & PAGE) {
		from = addr & ~(PAGE - 1);
		n = reader_memory(q->os->reader, q->s->ref.pid, from, bytes, sizeof(bytes));
	}
	for (size_t i = 0; n > 0 && (i + 5) * 8 <= (size_t)n; i++) {
		memcpy(&m, bytes + i, sizeof(m));
		consider(q, from + 8 * i, &m);
	}
}

/* What the code that called the C library says about the argument. */
static bool argument_of(struct os *os, const struct seen *s, struct call_argument *ret)
{
	uint8_t code[CALL_ARGUMENT_BYTES];
	struct on_stack *o;
	uint64_t ra = 0;

	if (on_stack_new(&o))
		return false;
	if (!on_stack_walk(o, os, s)) {
		for (size_t i = 1; !ra && i < o->u.n; i++) {
			const struct parser_frame *f = &o->u.frames[i];

			if (!f->file || f->libc != LIBC_GLIBC)
				ra = f->pc;
		}
	}
	on_stack_free(o);
	return ra &&
	       !reader_memory_all(os->reader, s->ref.pid, ra - sizeof(code), code, sizeof(code)) &&
	       call_argument(code, ra, ret);
}

static bool is_private(const struct seen *s)
{
	return s->args[1] & FUTEX_PRIVATE_FLAG;
}

/* Returns false if there is none that fits, or more than one. */
static bool find_mutex(struct os *os, const struct seen *s, struct candidate *ret)
{
	uint64_t words[WORDS + SEEN_REGS] = {0};
	struct call_argument argument = {0};
	struct search q = {.os = os, .s = s, .private = is_private(s)};
	struct glibc_mutex m;

	if (proc_each_tid(os->proc_fd, s->ref.pid, note_stuck, &q) ||
	    reader_memory(os->reader, s->ref.pid, s->sp, words, WORDS * sizeof(*words)) < 0)
		return false;
	if (argument_of(os, s, &argument) && argument.fixed) {
		if (!reader_memory_all(os->reader, s->ref.pid, argument.value, &m, sizeof(m)))
			consider(&q, argument.value, &m);
	} else {
		for (int i = 0; s->have_regs && i < SEEN_REGS; i++)
			words[WORDS + i] = s->regs[i];
		for (size_t i = 0; i < WORDS + SEEN_REGS; i++)
			consider_around(&q, words[i]);
	}
	*ret = q.best;
	return q.n_best == 1;
}

bool futex_may_be_pi_parked(const struct seen *s, const struct futex_call *c)
{
	return !c->val && s->sp && c->addr >= s->sp && c->addr - s->sp < NEAR && !s->args[3];
}

static int recognise(struct os *os, const struct seen *s, const struct futex_call *c,
		     struct wait *ret)
{
	struct candidate mutex;
	uint32_t word;
	int r;

	if (!futex_may_be_pi_parked(s, c) ||
	    reader_memory_all(os->reader, s->ref.pid, c->addr, &word, sizeof(word)) || word)
		return 0;
	if (find_mutex(os, s, &mutex))
		ret->address = mutex.addr;
	/* the same as of those who wait for it in the kernel; what is not known is on the stack */
	r = futex_key(os, s, ret->address, is_private(s) || ret->address == c->addr, ret->key);
	return r ? r : 1;
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	static const char *const why[] = {
		[REASON_CYCLE] =
			"its call has this lock, whose owner waits for one of the waiter's",
		[REASON_SELF] = "its call has this lock, and the waiter has it already",
		[REASON_DEAD] = "its call has this lock, whose owner has ended",
	};
	struct candidate mutex;
	char name[FUTEX_NAME];
	int r;

	if (!find_mutex(env->os, s, &mutex)) {
		r = state_resource(env, w, "priority-inheriting mutex that was refused",
				   "the C library waits for ever instead", NULL, 0);
		return r ? r
			 : state_nobody(env, w,
					"the kernel refused it (EDEADLK, a deadlock, or ESRCH, its "
					"owner has died); which lock it was is not kept");
	}
	if (mutex.addr != w->address)
		return -ESTALE;
	futex_name(env->os, s, "mutex", mutex.addr, name);
	r = state_resource(env, w, name,
			   mutex.reason == REASON_DEAD
				   ? "priority-inheriting; refused by the kernel (owner died)"
				   : "priority-inheriting; refused by the kernel (deadlock)",
			   NULL, 0);
	if (r)
		return r;
	if (mutex.reason == REASON_DEAD)
		return state_gone(env, w, &mutex.owner, EVIDENCE_INFERRED, why[mutex.reason]);
	return state_hold(env, w, &mutex.owner, EVIDENCE_INFERRED, why[mutex.reason]);
}

const struct futex_sort futex_pi_parked = {
	.kind = "mutex",
	.class = CLASS_LOCK,
	.verb = "waits for",
	.recognise = recognise,
	.describe = describe,
};
