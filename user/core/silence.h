/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_SILENCE_H
#define CORE_SILENCE_H

/*
 * Silence: stands between the engine and whoever is told, and keeps back the
 * stalls that somebody does not want to hear of. They are counted.
 *
 * A stall that was told once is told to its end, whatever becomes of it, so
 * that nobody waits for the end of one in vain. One that was kept back is told
 * of, as opened, as soon as it is one that is wanted.
 */
#include "engine.h"
#include "filter.h"

enum filter_list { LIST_ONLY, LIST_IGNORE, N_LISTS };

/* Zeroed, there are none. */
struct filters {
	struct filter **of[N_LISTS];
	size_t n[N_LISTS], cap[N_LISTS];
};

/* As filter_parse(). */
int filters_add(struct filters *f, enum filter_list list, const char *text,
		struct filter_error *ret_error);
void filters_free(struct filters *f);

/*
 * Whether an --only wants it, or there is none; and which --ignore keeps it back, by its
 * place in the list: as many as there are, if none does.
 */
bool filters_want(const struct filters *f, const struct report *r);
size_t filters_ignored_by(const struct filters *f, const struct report *r);

struct silence;

/* The filters must live as long, *next is copied. Returns 0 and fills both, or -ENOMEM. */
int silence_new(const struct filters *filters, const struct engine_out *next, struct silence **ret,
		struct engine_out *ret_out);
/*
 * Other filters from now on; the old ones are no longer used. What is open is
 * not told of at once, but when it changes. Returns 0, or -ENOMEM and all is as
 * before.
 */
int silence_refilter(struct silence *s, const struct filters *filters);
void silence_free(struct silence *s); /* NULL is fine */

/* Stalls that were kept back so far, those included that were told of later. */
uint64_t silence_kept(const struct silence *s);

/* The worst that was told of so far; 0: nothing was. */
enum severity silence_worst(const struct silence *s);

#endif
