/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

/* Sentences, put together without stdio. A zeroed one with an arena is empty. */
#include <stdbool.h>
#include <stdint.h>

#include "arena.h"

struct text {
	struct arena *arena;
	char *s; /* NUL-terminated; NULL while empty */
	size_t n, cap;
	bool failed; /* no memory: what follows is dropped */
};

/* Appends strings up to a NULL. */
void text_add(struct text *t, ...) __attribute__((sentinel));
void text_number(struct text *t, uint64_t v);
void text_age(struct text *t, uint64_t ns); /* "213 ms", "2.1 s": one decimal below 10 */

/* Sets *ret to the whole text ("" if empty). Returns 0 or -ENOMEM. */
int text_done(const struct text *t, const char **ret);

#endif
