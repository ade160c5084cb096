// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lost_news.h"

/* Reasons are words in our own code; there are a few dozen. One too many is let through always. */
#define REASONS_MAX 64

struct lost_news {
	const struct fact_sink *out;
	size_t n;
	struct {
		char reason[48];
		uint64_t count;
	} told[REASONS_MAX];
};

int lost_news_new(struct lost_news **ret)
{
	struct lost_news *n = calloc(1, sizeof(*n));

	if (!n)
		return -ENOMEM;
	*ret = n;
	return 0;
}

void lost_news_free(struct lost_news *n)
{
	free(n);
}

static int put(void *ctx, const struct fact *fact)
{
	struct lost_news *n = ctx;
	size_t i;

	if (fact->type != FACT_LOST)
		return fact_put(n->out, fact);
	for (i = 0; i < n->n && strcmp(n->told[i].reason, fact->lost.reason) != 0; i++)
		;
	if (i < n->n && n->told[i].count == fact->lost.count)
		return 0;
	if (i == n->n && i < REASONS_MAX) {
		snprintf(n->told[i].reason, sizeof(n->told[i].reason), "%s", fact->lost.reason);
		n->n++;
	}
	if (i < n->n)
		n->told[i].count = fact->lost.count;
	return fact_put(n->out, fact);
}

struct fact_sink lost_news_sink(struct lost_news *n, const struct fact_sink *out)
{
	n->out = out;
	return (struct fact_sink){.put = put, .ctx = n};
}
