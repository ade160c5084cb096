// SPDX-License-Identifier: GPL-2.0
#include "collect_retries.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "../core/table.h"
#include "../os/syscalls.h"
#include "../ways/way.h"

#define ENTRIES 64

/* One look in so many may find it asleep elsewhere. */
#define STRAYS 8

/* A run of waits of one thread for one lock. */
struct retry {
	bool used;
	bool here; /* this look found it in the wait */
	struct seen seen;
	struct wait wait;
	uint64_t first_ns, first_nvcsw;
	uint32_t looks, strays; /* asleep there; asleep elsewhere */
	uint32_t stated;	/* looks that told of it */
	uint64_t judged_ns;	/* the last of these looks */
	struct seen owner;	/* as of that look */
	bool gone;		/* ... does not exist */
};

struct retries {
	struct retry entries[ENTRIES];
};

struct retries *retries_new(void)
{
	return calloc(1, sizeof(struct retries));
}

void retries_free(struct retries *r)
{
	free(r);
}

void retries_begin(struct retries *r)
{
	for (int i = 0; i < ENTRIES; i++)
		r->entries[i].here = false;
}

static struct retry *entry_of(struct retries *r, const struct thread_ref *ref)
{
	for (int i = 0; i < ENTRIES; i++) {
		if (r->entries[i].used && !ref_compare(&r->entries[i].seen.ref, ref))
			return &r->entries[i];
	}
	return NULL;
}

static struct retry *free_entry(struct retries *r)
{
	for (int i = 0; i < ENTRIES; i++) {
		if (!r->entries[i].used)
			return &r->entries[i];
	}
	return NULL;
}

/* A wait for a lock by futex, with a time limit: all of them have it in the same argument. */
static bool is_timed_lock(const struct seen *s, const struct wait *w)
{
	return w->class == CLASS_LOCK && syscall_of(s) == SYS_futex && s->args[3];
}

static bool is_same_place(const struct retry *e, const struct seen *s)
{
	return e->seen.sp == s->sp && e->seen.args[0] == s->args[0];
}

static void begin(struct retry *e, const struct seen *s, const struct wait *w, uint64_t since_ns)
{
	struct retry anew = {
		.used = true,
		.here = true,
		.seen = *s,
		.wait = *w,
		.first_ns = since_ns,
		.first_nvcsw = s->nvcsw,
	};

	*e = anew; /* s and w may be in it */
}

void retries_take(struct retries *r, const struct seen *s, const struct wait *w)
{
	struct retry *e;

	if (!is_timed_lock(s, w))
		return;
	e = entry_of(r, &s->ref);
	if (e && is_same_place(e, s) && !strcmp(e->wait.key, w->key)) {
		e->here = true;
		e->seen = *s;
		e->wait = *w;
		return;
	}
	if (!e)
		e = free_entry(r);
	if (e)
		begin(e, s, w, 0);
}

/* The scan did not show it in the wait: is it between two of them, or has it gone elsewhere? */
static void look_again(struct collector *c, struct retry *e)
{
	struct seen now;
	struct wait w;

	if (c->way->look(c->way_self, e->seen.ref.pid, e->seen.ref.tid, &now) ||
	    ref_compare(&now.ref, &e->seen.ref)) {
		e->used = false;
		return;
	}
	if (now.syscall < 0)
		return; /* it runs */
	if (is_same_place(e, &now) && probes_recognise(c->os, &now, &w) == 1 &&
	    is_timed_lock(&now, &w) && !strcmp(w.key, e->wait.key)) {
		e->here = true;
		e->seen = now;
		e->wait = w;
	} else if (++e->strays * STRAYS > e->looks) {
		e->used = false;
	}
}

/* Asleep, or stopped, all the while between two looks. */
static bool stood_still(const struct seen *before, const struct seen *now)
{
	bool stopped = (before->state == 'T' || before->state == 't') &&
		       now->state == before->state;

	return !ref_compare(&before->ref, &now->ref) && before->nvcsw == now->nvcsw &&
	       before->nivcsw == now->nivcsw && (stopped || seen_same_wait(before, now));
}

/* The owner that the lock names, and what he does. 1: *ret is set; 0: not known; or -ENOMEM. */
static int owner_look(struct collector *c, const struct retry *e, struct seen *ret, bool *ret_gone)
{
	struct fact_hold hold;
	int r = only_holder(c, &e->seen, &e->wait, &hold, NULL);

	if (r != 1)
		return r < 0 ? r : 0;
	if (hold.copied || !hold.ref.tid)
		return 0;
	*ret = (struct seen){.ref = hold.ref, .syscall = -1};
	*ret_gone = hold.gone;
	return hold.gone || !c->way->look(c->way_self, hold.ref.pid, hold.ref.tid, ret);
}

/*
 * The owner ran since the look before. If all the while he was in waits of the same
 * sort for another lock, he did not give back this one: *ret_skip: he is between two
 * of them just now.
 */
static bool tries_as_well(struct retries *r, const struct retry *e, const struct seen *owner,
			  bool *ret_skip)
{
	const struct retry *o = entry_of(r, &owner->ref);

	if (!o || !o->looks || o->first_ns >= e->judged_ns || !strcmp(o->wait.key, e->wait.key) ||
	    !is_same_place(o, &e->owner))
		return false;
	*ret_skip = !o->here && owner->syscall < 0;
	return o->here;
}

/* Is this look one more of the same run? */
static bool goes_on(struct retries *r, const struct retry *e, const struct seen *owner, bool gone,
		    bool *ret_skip)
{
	if (!e->looks || gone != e->gone || owner->ref.pid != e->owner.ref.pid ||
	    owner->ref.tid != e->owner.ref.tid)
		return false;
	return gone || stood_still(&e->owner, owner) || tries_as_well(r, e, owner, ret_skip);
}

static int judge(struct collector *c, struct retry *e, uint64_t now_ns)
{
	struct seen owner = {0};
	bool gone = false, skip = false;
	int known = owner_look(c, e, &owner, &gone);
	enum since_quality quality;
	uint64_t since_ns;

	if (known < 0)
		return known;
	if (!known) {
		e->used = false;
		return 0;
	}
	if (!goes_on(c->retries, e, &owner, gone, &skip)) {
		if (skip)
			return 0;
		since_ns = wait_since(&e->seen, &e->wait, &quality);
		/* he may have given it back, and taken it again, since the waiter was looked at */
		if (since_ns < owner.ran_ns)
			since_ns = owner.ran_ns;
		begin(e, &e->seen, &e->wait,
		      since_ns && (owner.ran_ns || gone) ? since_ns : now_ns);
	}
	e->owner = owner;
	e->gone = gone;
	e->judged_ns = now_ns;
	e->looks++;
	return 0;
}

static int state(struct collector *c, struct retry *e)
{
	struct node *node;
	int r = node_of_wait(c, &e->seen, &e->wait, &node);

	if (r != 1)
		return r;
	e->stated++;
	return 0;
}

int retries_end(struct collector *c, uint64_t now_ns)
{
	int r = 0;

	for (int i = 0; i < ENTRIES; i++) {
		if (c->retries->entries[i].used && !c->retries->entries[i].here)
			look_again(c, &c->retries->entries[i]);
	}
	for (int i = 0; i < ENTRIES && !r; i++) {
		struct retry *e = &c->retries->entries[i];

		if (e->used && e->here)
			r = judge(c, e, now_ns);
		if (!r && e->used && e->here && e->seen.nvcsw != e->first_nvcsw &&
		    e->first_ns + c->threshold_ns / 2 <= now_ns)
			r = state(c, e);
	}
	return r;
}

uint32_t retries_of(const struct collector *c, const struct node *node, uint64_t *ret_since_ns)
{
	const struct retry *e = entry_of(c->retries, &node->ref);

	if (!e || !e->here || e->looks < 2 || strcmp(e->wait.key, node->wait.key) != 0)
		return 0;
	*ret_since_ns = e->first_ns;
	return (uint32_t)(node->seen.nvcsw - e->first_nvcsw);
}

bool retries_same(const struct collector *c, const struct node *node, const struct seen *now)
{
	const struct retry *e = entry_of(c->retries, &node->ref);

	return e && e->here && e->looks >= 2 && syscall_of(now) == SYS_futex &&
	       is_same_place(e, now);
}

bool retries_undecided(const struct collector *c, uint64_t now_ns)
{
	for (int i = 0; i < ENTRIES; i++) {
		const struct retry *e = &c->retries->entries[i];

		/* nothing is told before two looks agree, and on a slow machine these are far apart
		 */
		if (e->used && e->looks &&
		    (e->stated < 2 || e->first_ns + c->threshold_ns > now_ns))
			return true;
	}
	return false;
}
