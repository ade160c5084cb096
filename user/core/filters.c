// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "arena.h"
#include "silence.h"

int filters_add(struct filters *f, enum filter_list list, const char *text,
		struct filter_error *ret_error)
{
	struct filter *filter;
	int err = array_room(&f->of[list], &f->cap[list], f->n[list], sizeof(struct filter *));

	if (!err)
		err = filter_parse(text, &filter, ret_error);
	if (!err)
		f->of[list][f->n[list]++] = filter;
	return err;
}

void filters_free(struct filters *f)
{
	for (int list = 0; list < N_LISTS; list++) {
		for (size_t i = 0; i < f->n[list]; i++)
			filter_free(f->of[list][i]);
		free(f->of[list]);
	}
	*f = (struct filters){0};
}

bool filters_want(const struct filters *f, const struct report *r)
{
	bool wanted = !f->n[LIST_ONLY];

	for (size_t i = 0; i < f->n[LIST_ONLY] && !wanted; i++)
		wanted = filter_matches(f->of[LIST_ONLY][i], FILTER_OF_ANY, r);
	return wanted;
}

size_t filters_ignored_by(const struct filters *f, const struct report *r)
{
	size_t i = 0;

	while (i < f->n[LIST_IGNORE] && !filter_matches(f->of[LIST_IGNORE][i], FILTER_OF_ROOTS, r))
		i++;
	return i;
}
