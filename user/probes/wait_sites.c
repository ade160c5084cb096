// SPDX-License-Identifier: GPL-2.0
/*
 * To add a library: have a thread wait in it, see its stack in a report
 * ("locktrace --once --pid"), and write one line into user/wait_sites.txt for
 * the innermost function that tells what it waits for.
 */
#include <stdio.h>

#include "../os/os.h"
#include "../os/stacks.h"
#include "wait_sites.h"

#define FRAMES 24

static const struct wait_site *row_of(const struct wait_table *t, bool users,
				      const struct fact_frame *f)
{
	return wait_table_find(t, users, f->symbol, f->module);
}

static const struct wait_site *any_row_of(const struct wait_table *t, const struct fact_frame *f)
{
	const struct wait_site *site = row_of(t, true, f);

	return site ? site : row_of(t, false, f);
}

/*
 * May who calls it tell more? A worker without work parks by means of something
 * that is known, too; and of a function that all others wait by nothing is known.
 */
static bool tells_more(const struct wait_site *site, const struct wait_site *outer)
{
	return site->use == USE_VIA || (site->use == USE_PARK && outer->use != USE_LOCK);
}

const struct wait_site *wait_site_of_stack(const struct wait_table *t,
					   const struct fact_stack *stack)
{
	const struct wait_site *site = NULL;
	size_t i;

	for (i = 0; !site && i < stack->n_frames; i++)
		site = row_of(t, true, &stack->frames[i]);
	if (site && site->use != USE_VIA)
		return site;
	site = NULL;
	for (i = 0; !site && i < stack->n_frames; i++)
		site = any_row_of(t, &stack->frames[i]);
	for (; site && i < stack->n_frames; i++) {
		const struct wait_site *outer = any_row_of(t, &stack->frames[i]);

		if (!outer || !tells_more(site, outer))
			break;
		if (outer->use != USE_VIA && (site->use == USE_VIA || outer->use == USE_POOL))
			site = outer;
	}
	return site;
}

const struct wait_site *wait_site_of(struct os *os, const struct seen *s)
{
	struct wait_slot *slot = wait_table_slot(os->wait_table, s->ref.tid);
	struct fact_stack stack;

	if (slot->tid == s->ref.tid && slot->start == s->ref.start && slot->nvcsw == s->nvcsw &&
	    slot->sp == s->sp)
		return slot->site;
	if (stacks_unwind(os->stacks, os, s, FRAMES, true, &stack))
		return NULL;
	/* names that are still being looked for may tell more in the next look */
	if (stack.names_later)
		return wait_site_of_stack(os->wait_table, &stack);
	*slot = (struct wait_slot){
		.start = s->ref.start,
		.nvcsw = s->nvcsw,
		.sp = s->sp,
		.tid = s->ref.tid,
		.site = wait_site_of_stack(os->wait_table, &stack),
	};
	return slot->site;
}

void wait_site_name(const struct wait_site *site, char buf[WAIT_SITE_NAME])
{
	static const char *const uses[_USE_MAX] = {"lock", "parked", "pool", "parked"};

	snprintf(buf, WAIT_SITE_NAME, "%s: %s (%s)", site->library, site->what, uses[site->use]);
}
