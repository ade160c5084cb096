// SPDX-License-Identifier: GPL-2.0
#include "lost.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Reasons are static strings of ours: there are a dozen, not thousands. */
#define REASONS_MAX 64

struct lost {
	struct fact_lost reasons[REASONS_MAX];
	size_t n;
};

int lost_new(struct lost **ret)
{
	struct lost *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	*ret = l;
	return 0;
}

void lost_free(struct lost *l)
{
	free(l);
}

void lost_add(struct lost *l, const char *reason, uint64_t count)
{
	size_t i = 0;

	if (!l || !count)
		return;
	while (i < l->n && strcmp(l->reasons[i].reason, reason) != 0)
		i++;
	/* past the table's end all are one reason: the sum is right even then */
	if (i == REASONS_MAX)
		i = REASONS_MAX - 1;
	else if (i == l->n)
		l->reasons[l->n++].reason = i == REASONS_MAX - 1 ? "other" : reason;
	l->reasons[i].count += count;
}

void lost_count(struct lost *l, const char *reason)
{
	lost_add(l, reason, 1);
}

int lost_state(const struct lost *l, const struct fact_sink *sink)
{
	for (size_t i = 0; i < l->n; i++) {
		struct fact fact = {.type = FACT_LOST, .lost = l->reasons[i]};
		int err = fact_put(sink, &fact);

		if (err)
			return err;
	}
	return 0;
}
