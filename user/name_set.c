// SPDX-License-Identifier: GPL-2.0
#include "name_set.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

struct name_set {
	void *root; /* of tsearch(3), whose trees are balanced */
};

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

int name_set_new(struct name_set **ret)
{
	struct name_set *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	*ret = s;
	return 0;
}

void name_set_clear(struct name_set *s)
{
	tdestroy(s->root, free);
	s->root = NULL;
}

void name_set_free(struct name_set *s)
{
	if (!s)
		return;
	name_set_clear(s);
	free(s);
}

int name_set_add(struct name_set *s, const char *name)
{
	char *copy = strdup(name);
	char **found = copy ? tsearch(copy, &s->root, compare) : NULL;

	if (!found) {
		free(copy);
		return -ENOMEM;
	}
	if (*found == copy)
		return 1;
	free(copy);
	return 0;
}
