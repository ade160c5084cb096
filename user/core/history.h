/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_HISTORY_H
#define CORE_HISTORY_H

/*
 * What is remembered across looks. One look is a blurred picture: it is read
 * thread by thread while they move. Two looks tell what stood still.
 *
 * What is not stated again is kept for one more look, so that one failed read
 * does not end a wait.
 */
#include "model.h"
#include "pile.h"
#include "polling.h"
#include "starving.h"

/* What is known of a thread from all looks so far, this one included. */
struct thread_past {
	uint32_t looks;	    /* in which it was stated */
	uint64_t last_look; /* number of the last one */

	/* It has not slept and woken (nvcsw) since the look at unmoved_ns. */
	uint64_t nvcsw;
	uint64_t unmoved_ns;
	uint32_t unmoved_looks;

	/* Each look since the one at place_ns saw it at this call and stack pointer. */
	int32_t syscall;
	uint64_t sp;
	uint64_t place_ns;
	uint32_t place_looks;

	struct polling_past polling;
	struct starving_past starving;

	/* Its present wait. wait_looks 0: none. */
	uint64_t wait_resource; /* resource_past.serial */
	uint64_t wait_nvcsw;
	uint64_t wait_since_ns;
	uint64_t wait_since_wall_ns;
	enum since_quality wait_quality;
	bool wait_before;
	uint64_t wait_seen_ns; /* when a look first saw it */
	uint32_t wait_looks;
	uint64_t wait_last_look;

	/* stalls.h writes these; they end with the wait. Serials, 0: none. */
	uint64_t stall; /* that this wait is a trigger of */
	uint64_t told;	/* that this wait was reported in */
};

/* What is known of the holders of a resource, as long as somebody waits for it. */
struct resource_past {
	char *key;
	uint64_t serial; /* a number for the key, never used again */
	uint64_t last_look;
	uint32_t looks;
	uint64_t holders;      /* hash of who they are, in any order */
	uint64_t changed_ns;   /* look that first saw other holders; 0: never changed */
	uint32_t changes;      /* looks that did */
	uint32_t holder_looks; /* since then */
	uint64_t event_ns;     /* last look that saw the present holders in event waits */
	uint64_t any_event_ns; /* ... or earlier ones */

	/* Nobody has it, and the same threads sleep for it, since the look at free_ns. */
	uint64_t free_ns;
	uint32_t free_looks;
	struct pile_past pile;
	uint64_t sleepers; /* hash of who they are, and how often each slept */
};

struct history {
	struct refs refs;
	struct thread_past *threads; /* by the numbers of refs */
	struct resource_past *resources;
	size_t n_threads, n_resources;
	uint64_t look;	      /* number of the present one, from 1 */
	uint64_t now_ns;      /* of the present look */
	uint64_t previous_ns; /* of the look before it, 0: there was none */

	/* private */
	uint64_t serials;
	size_t cap_threads, cap_resources;
	struct table by_key;
};

void history_free(struct history *h);

/*
 * Takes a whole look, after model_link(). Sets `past` of its threads and
 * resources, and makes the since of each wait the earliest that was stated of
 * this wait. Returns 0 or -ENOMEM. Linear.
 */
int history_look(struct history *h, struct model *m);

/* Part of history_look(), in a file of its own: keeps free_ns, free_looks and sleepers. */
void history_remember_free(const struct history *h, struct resource_past *p, const struct model *m,
			   const struct model_resource *r);

static inline struct thread_past *history_thread(const struct history *h,
						 const struct model_thread *t)
{
	return &h->threads[t->past];
}

static inline const struct resource_past *history_resource(const struct history *h,
							   const struct model_resource *r)
{
	return &h->resources[r->past];
}

#endif
