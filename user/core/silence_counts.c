// SPDX-License-Identifier: GPL-2.0
#include "silence_counts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

/* filter NULL: of all --only. */
static int add(struct silence_counts *c, const char *filter)
{
	int err = array_room(&c->all, &c->cap, c->n, sizeof(*c->all));
	char *copy = filter && !err ? strdup(filter) : NULL;

	if (err || (filter && !copy))
		return -ENOMEM;
	c->all[c->n++] = (struct report_silenced){.filter = copy};
	return 0;
}

/* Where stalls are counted that this --ignore keeps back. */
static int find(struct silence_counts *c, const char *filter, size_t *ret)
{
	for (size_t i = 1; i < c->n; i++) {
		if (!strcmp(c->all[i].filter, filter)) {
			*ret = i;
			return 0;
		}
	}
	*ret = c->n;
	return add(c, filter);
}

int silence_counts_set(struct silence_counts *c, const struct filters *filters)
{
	size_t n = filters->n[LIST_IGNORE], *of_ignore = calloc(n + 1, sizeof(*of_ignore));
	int err = of_ignore ? 0 : -ENOMEM;

	if (!err && !c->n)
		err = add(c, NULL);
	for (size_t i = 0; i < n && !err; i++)
		err = find(c, filter_text(filters->of[LIST_IGNORE][i]), &of_ignore[i]);
	if (err) {
		free(of_ignore);
		return err;
	}
	free(c->of_ignore);
	c->of_ignore = of_ignore;
	return 0;
}

void silence_counts_free(struct silence_counts *c)
{
	for (size_t i = 0; i < c->n; i++)
		free((char *)c->all[i].filter);
	free(c->all);
	free(c->of_ignore);
	*c = (struct silence_counts){0};
}
