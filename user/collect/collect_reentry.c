// SPDX-License-Identifier: GPL-2.0
#include "collect_reentry.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect_private.h"
#include "../core/reentry.h"
#include "../os/clock.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "../os/stacks.h"
#include "../ways/way.h"

/*
 * Waits whose stacks are examined in one look: a few ms at the most, nearly always
 * none. The first looks find all that were there before; perhaps no other will follow.
 */
#define EXAMINED_A_LOOK	  4
#define EXAMINED_AT_FIRST 256
#define FIRST_LOOKS	  2

/* A thread that is not stuck parks again and again: it is examined less and less often. */
#define AGAIN_NS  UINT64_C(10000000000)
#define AGAIN_MAX 8

/* A stack that was not read to its end, or not in time, is read again: names take longest at first.
 */
#define TRIES	      3
#define TRIES_AT_ONCE 2

#define ENTRIES	   1024
#define FRAMES	   128
#define RIVALS_MAX 256

/* glibc's condition variables and semaphores, and nothing else that is a lock. */
#define OF_CONDITION (FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME)

/* What is known of the wait of one thread. */
struct entry {
	struct thread_ref ref; /* pid 0: empty */
	uint64_t nvcsw, sp;
	uint64_t at_ns;
	bool again;
	int tries; /* at this wait */
	int times; /* ... and at earlier ones, in vain */
	enum reentry_sort sort;
	char *why;  /* or NULL */
	char *name; /* of the lock, as the stack tells it; or NULL */
};

struct reentries {
	struct entry entries[ENTRIES];
	int left; /* to be examined in this look */
	int looks;
};

static void clear(struct entry *e)
{
	free(e->why);
	free(e->name);
}

struct reentries *reentries_new(void)
{
	return calloc(1, sizeof(struct reentries));
}

void reentries_free(struct reentries *r)
{
	for (size_t i = 0; r && i < ENTRIES; i++)
		clear(&r->entries[i]);
	free(r);
}

void reentries_begin(struct reentries *r)
{
	r->left = r->looks++ < FIRST_LOOKS ? EXAMINED_AT_FIRST : EXAMINED_A_LOOK;
}

/* ---- What a stack says ---- */

static int read_stack(struct collector *c, const struct seen *s, struct fact_stack *ret)
{
	int err = -EAGAIN;

	for (int i = 0; i < TRIES_AT_ONCE && (err || !ret->complete); i++)
		err = stacks_unwind(c->os->stacks, c->os, s, FRAMES, true, ret);
	return err;
}

struct rivals {
	struct collector *c;
	struct thread_ref self;
	const char *family;
	int n;
};

/* Returns 1 for a thread that may have the lock, also if its stack cannot be read. */
static int is_rival(void *ctx, pid_t tid)
{
	struct rivals *r = ctx;
	struct collector *c = r->c;
	struct fact_stack stack;
	struct seen s;
	int err;

	if (tid == r->self.tid)
		return 0;
	if (++r->n > RIVALS_MAX)
		return 1;
	err = c->way->look(c->way_self, r->self.pid, tid, &s);
	if (err)
		return err != -ESRCH;
	if (s.state == 'Z' || s.state == 'X')
		return 0;
	if (s.state == 'R' || read_stack(c, &s, &stack))
		return 1;
	return reentry_is_rival(&stack, r->family);
}

static void examine_callback(struct collector *c, const struct seen *s,
			     const struct fact_stack *stack, struct entry *e)
{
	struct reentry found;
	struct rivals rivals = {.c = c, .self = s->ref, .family = found.family};

	if (!reentry_find(stack, &found))
		return;
	/* the stack is not needed any more: the next one takes its place */
	if (proc_each_tid(c->os->proc_fd, s->ref.pid, is_rival, &rivals)) {
		e->again = true;
		return;
	}
	if (asprintf(&e->why,
		     "its own stack has %s below, which calls back other code; and no other thread "
		     "is in %s",
		     found.outer, found.family) < 0)
		e->why = NULL;
	if (asprintf(&e->name, "lock of %s (in %s)", found.family, found.inner) < 0)
		e->name = NULL;
	if (e->why && e->name)
		e->sort = REENTRY_CALLBACK;
}

static void examine_signal(const struct fact_stack *stack, struct entry *e)
{
	const char *where = NULL;

	if (!reentry_in_signal(stack, &where))
		return;
	if (asprintf(&e->why, "it wants it again in the handler of a signal that came in %s",
		     where ? where : "a function without a name") < 0)
		e->why = NULL;
	else
		e->sort = REENTRY_SIGNAL;
}

static bool same_wait(const struct entry *e, const struct seen *s)
{
	return e->nvcsw == s->nvcsw && e->sp == s->sp;
}

/*
 * The entry of this wait, or NULL if it was not examined. itself: it is known
 * to hold what it waits for, and the question is how.
 */
static const struct entry *examine(struct collector *c, const struct seen *s, bool itself)
{
	struct reentries *r = c->reentries;
	struct entry *e = &r->entries[(uint32_t)s->ref.tid % ENTRIES];
	bool known = e->ref.pid == s->ref.pid && e->ref.tid == s->ref.tid &&
		     e->ref.start == s->ref.start;
	struct fact_stack stack;
	uint64_t now = os_now_ns();
	int tries, times;
	bool complete;

	if (known && same_wait(e, s) && (e->sort || e->tries >= TRIES))
		return e;
	if (!r->left ||
	    (known && !same_wait(e, s) && !itself && now < e->at_ns + (AGAIN_NS << e->times)))
		return NULL;
	r->left--;
	tries = known && same_wait(e, s) ? e->tries : 0;
	times = known && tries == 0 && e->times < AGAIN_MAX ? e->times + 1 : known ? e->times : 0;
	clear(e);
	*e = (struct entry){.ref = s->ref,
			    .nvcsw = s->nvcsw,
			    .sp = s->sp,
			    .at_ns = now,
			    .tries = tries + 1,
			    .times = times};
	if (read_stack(c, s, &stack))
		return e;
	complete = stack.complete;
	if (itself)
		examine_signal(&stack, e);
	else
		examine_callback(c, s, &stack, e);
	/* a rival may have been one by chance, on its way */
	if (complete && !e->again)
		e->tries = TRIES;
	return e;
}

bool reentry_suspected(struct collector *c, const struct seen *s, const struct wait *w,
		       uint64_t since_ns, uint64_t now_ns)
{
	const struct entry *e;

	if (strcmp(w->kind, "futex") != 0 || s->args[1] == OF_CONDITION ||
	    (since_ns ? since_ns : c->began_ns) + c->threshold_ns > now_ns)
		return false;
	e = examine(c, s, false);
	return e && e->sort == REENTRY_CALLBACK;
}

/* ---- What is made of it ---- */

static int explain(struct fact_hold *h, const struct entry *e)
{
	char *why = NULL;

	h->reentered = e->sort;
	if (asprintf(&why, "%s; %s", h->why, e->why) < 0)
		return -ENOMEM;
	free((char *)h->why);
	h->why = why;
	return 0;
}

/* Instead of that nobody is known. */
static int add_itself(struct description *d, const struct seen *s, const struct entry *e)
{
	struct fact_sink sink = description_sink(d);
	struct fact f = {.type = FACT_HOLD,
			 .hold = {.resource = d->key,
				  .ref = s->ref,
				  .evidence = EVIDENCE_INFERRED,
				  .reentered = e->sort,
				  .why = e->why}};

	char *name = strdup(e->name);

	if (!name)
		return -ENOMEM;
	free((char *)d->resource.resource.name);
	d->resource.resource.name = name;
	description_clear_holds(d);
	d->resource.resource.class = CLASS_LOCK;
	return fact_put(&sink, &f);
}

static bool is_self(const struct fact_hold *h, const struct thread_ref *ref)
{
	return h->ref.pid == ref->pid && h->ref.tid == ref->tid && !h->gone && !h->copied;
}

/* Of all that wait for it, the one that has it. */
static int find_itself(struct collector *c, const struct node *node, struct description *d)
{
	for (size_t i = 0; i < c->n_nodes; i++) {
		const struct node *n = c->nodes[i];
		const struct entry *e;

		if (!n->waits || n->seen.state != 'S' || strcmp(n->wait.key, node->wait.key) != 0)
			continue;
		e = examine(c, &n->seen, false);
		if (e && e->sort == REENTRY_CALLBACK && e->name)
			return add_itself(d, &n->seen, e);
	}
	return 0;
}

int reentry_amend(struct collector *c, const struct node *node, struct description *d)
{
	bool known = false;

	for (size_t i = 0; i < d->n_holds; i++) {
		struct fact_hold *h = &d->holds[i].hold;
		const struct entry *e;

		known |= h->ref.pid != 0;
		if (!is_self(h, &node->ref))
			continue;
		e = examine(c, &node->seen, true);
		return e && e->sort == REENTRY_SIGNAL ? explain(h, e) : 0;
	}
	if (known || node->wait.probe->kind != LT_KIND_FUTEX)
		return 0;
	return find_itself(c, node, d);
}
