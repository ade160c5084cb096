// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "report.h"
#include "valid_fact.h"

static bool in_range(unsigned int v, unsigned int max)
{
	return v > 0 && v < max;
}

/* pid 0 stands for nobody, and nobody is negative. */
static bool is_ref(const struct thread_ref *ref)
{
	return ref->pid > 0 && ref->tid >= 0;
}

static bool is_resource(const struct fact_resource *f)
{
	if (!f->key || !f->kind || !f->name || !in_range(f->class, _CLASS_MAX) ||
	    (f->n_state && !f->state))
		return false;
	for (size_t i = 0; i < f->n_state; i++) {
		if (!f->state[i].name)
			return false;
	}
	return true;
}

static bool is_hold(const struct fact_hold *f)
{
	return f->resource && f->why && in_range(f->evidence, _EVIDENCE_MAX) &&
	       (f->ref.pid == 0 || is_ref(&f->ref));
}

/* Both are in names of files and in reports, as words. */
static bool is_word(const char *s, size_t max)
{
	size_t n = s ? strspn(s, "0123456789abcdefghijklmnopqrstuvwxyz") : 0;

	return n >= 4 && n < max && !s[n];
}

static bool is_stall(const struct fact_stall *f)
{
	const struct report *r = NULL;

	return is_word(f->id, sizeof(r->id)) && is_word(f->signature, sizeof(r->signature)) &&
	       f->rule && f->times && f->level <= 2 && in_range(f->quality, _SINCE_MAX) &&
	       (f->quality == SINCE_UNKNOWN) == !f->since_ns;
}

bool fact_is_valid(const struct fact *fact)
{
	switch (fact->type) {
	case FACT_NOTE:
		return fact->note.text && in_range(fact->note.level, _NOTE_MAX);
	case FACT_PROCESS:
		return fact->process.pid > 0;
	case FACT_THREAD:
		return is_ref(&fact->thread.ref) && fact->thread.doing &&
		       in_range(fact->thread.activity, _ACT_MAX);
	case FACT_RESOURCE:
		return is_resource(&fact->resource);
	case FACT_WAIT:
		return is_ref(&fact->wait.ref) && fact->wait.ref.tid && fact->wait.resource &&
		       fact->wait.verb && in_range(fact->wait.quality, _SINCE_MAX);
	case FACT_HOLD:
		return is_hold(&fact->hold);
	case FACT_LOST:
		return fact->lost.reason;
	case FACT_UNSEEN:
		return fact->unseen.hook && fact->unseen.what;
	case FACT_STACK:
		return is_ref(&fact->stack.ref) && (!fact->stack.n_frames || fact->stack.frames);
	case FACT_STALL:
		return is_stall(&fact->stall);
	case FACT_STALL_WAIT:
		return fact->stall_wait.stall && fact->stall_wait.resource &&
		       is_ref(&fact->stall_wait.ref) && fact->stall_wait.ref.tid;
	case FACT_SESSION:
	case FACT_TICK:
	case FACT_LOOKED:
	case FACT_DETAILED:
	case FACT_END:
		return true;
	default:
		return false;
	}
}
