/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_RULE_HOLDERS_H
#define CORE_RULE_HOLDERS_H

/* Rules that go by how the holder of a lock behaves over several looks, or that there is none. */
#include "finding.h"
#include "text.h"

/*
 * The resource by which the last thread of the chain is reached, or NULL: what
 * that thread keeps from the rest.
 */
const struct model_resource *last_resource(const struct diagnosis *d, const struct finding *f);

/* It only wakes up now and then, at one place, and has held the lock all the time. */
bool is_polling_holder(const struct diagnosis *d, const struct finding *f);

/* What a thread itself waits for, if that is what it does; NULL otherwise. */
const struct model_wait *own_wait(const struct diagnosis *d, uint32_t thread);

/* "waits for barrier B" and, between before and after, "1 of 2 have come". */
void own_wait_words(struct text *t, const struct diagnosis *d, uint32_t thread, const char *before,
		    const char *after);

/*
 * What a root does, better than its system call says it: for what it waits, if
 * that is known. Of one that polls one look tells the least: what all of them saw
 * comes first. Leaves *doing as it is otherwise. Returns 0 or -ENOMEM.
 */
int root_doing(const struct diagnosis *d, const struct finding *f, uint32_t thread, struct arena *a,
	       const char **doing);

/* It could run, and gets no processor. */
bool is_starved_holder(const struct diagnosis *d, const struct finding *f);

/* How little it gets, if it gets any: "runnable, but got a processor for 3 ms in 2.1 s". */
bool starved_words(struct text *text, const struct diagnosis *d, const struct finding *f);

/* The lock goes from hand to hand all the time, and the queue for it is long. */
bool is_convoy(const struct diagnosis *d, const struct finding *f);

/* Nobody has it, and yet the same threads sleep for it. */
bool is_lost_wakeup(const struct diagnosis *d, const struct finding *f);

#endif
