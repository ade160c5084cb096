// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "losses.h"

static const char *const concerning[] = {"waits-", "scan-", "read-"};

void losses_free(struct losses *l)
{
	for (size_t i = 0; i < l->n; i++)
		free((char *)l->all[i].reason);
	free(l->all);
	free(l->grew_ns);
	*l = (struct losses){0};
}

/* Reasons are a handful: no table. */
int losses_take(struct losses *l, const struct fact_lost *f, uint64_t now_ns)
{
	size_t i = 0;
	char *reason;

	while (i < l->n && strcmp(l->all[i].reason, f->reason) != 0)
		i++;
	if (i == l->n) {
		if (array_room(&l->all, &l->cap, l->n, sizeof(*l->all)) ||
		    array_room(&l->grew_ns, &l->cap_grew, l->n, sizeof(*l->grew_ns)))
			return -ENOMEM;
		reason = strdup(f->reason);
		if (!reason)
			return -ENOMEM;
		l->all[l->n] = (struct fact_lost){.reason = reason};
		l->grew_ns[l->n++] = 0;
	}
	if (f->count > l->all[i].count)
		l->grew_ns[i] = now_ns;
	l->all[i].count = f->count;
	return 0;
}

bool losses_concern(const struct losses *l, size_t i, uint64_t since_ns)
{
	if (!l->all[i].count || l->grew_ns[i] < since_ns)
		return false;
	for (size_t j = 0; j < sizeof(concerning) / sizeof(concerning[0]); j++) {
		if (strncmp(l->all[i].reason, concerning[j], strlen(concerning[j])) == 0)
			return true;
	}
	return false;
}
