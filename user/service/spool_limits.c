// SPDX-License-Identifier: GPL-2.0
#include "spool_limits.h"

#include <stdlib.h>
#include <string.h>

#include "../duration.h"

/* Before that a clock was never set: devices without a battery begin in 1970. */
#define CLOCK_SET_S 1577836800ULL /* 2020 */

static const char *parse_bytes(const char *text, uint64_t *ret)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;

	if (*text < '0' || *text > '9' || strlen(text) > 12)
		return "must be a number, such as 500K, 64M or 1G";
	*ret = strtoull(text, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (*end && (!unit || end[1]))
		return "must be a number, such as 500K, 64M or 1G";
	if (unit && *ret >> (54 - 10 * (unit - units)))
		return "is too large";
	if (unit)
		*ret <<= 10 * (unit - units + 1);
	return NULL;
}

static const char *parse_age(const char *text, uint64_t *ret)
{
	uint64_t ns;

	if (duration_parse(text, &ns) != 0 || ns < 1000000000)
		return "must be a time of a second or more, such as 12h or 90d";
	*ret = ns / 1000000000;
	return NULL;
}

static const char *parse_one(const char *term, struct spool_limits *l)
{
	const struct {
		const char *name;
		const char *(*parse)(const char *text, uint64_t *ret);
		uint64_t *to;
	} known[] = {
		{"bytes=", parse_bytes, &l->bytes},
		{"files=", parse_bytes, &l->files},
		{"age=", parse_age, &l->age_s},
		{"free=", parse_bytes, &l->free_bytes},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t n = strlen(known[i].name);

		if (strncmp(term, known[i].name, n) != 0)
			continue;
		if (strcmp(term + n, "off") != 0)
			return known[i].parse(term + n, known[i].to);
		*known[i].to = 0;
		return NULL;
	}
	return "must be bytes=, files=, age= or free= with a value, and commas between them";
}

const char *spool_limits_parse(const char *text, struct spool_limits *ret)
{
	struct spool_limits l = *ret;
	const char *why = NULL;

	for (const char *at = text; !why; at++) {
		size_t n = strcspn(at, ",");
		char term[40];

		if (n >= sizeof(term))
			return "is too long";
		memcpy(term, at, n);
		term[n] = '\0';
		why = parse_one(term, &l);
		at += n;
		if (!*at)
			break;
	}
	if (!why)
		*ret = l;
	return why;
}

static int by_seq(const void *a, const void *b)
{
	const struct spool_entry *x = a, *y = b;

	return x->seq != y->seq ? (x->seq > y->seq) - (x->seq < y->seq) : strcmp(x->name, y->name);
}

static int by_signature(const void *a, const void *b)
{
	int order = strcmp(((const struct spool_entry *)a)->signature,
			   ((const struct spool_entry *)b)->signature);

	return order ? order : by_seq(a, b);
}

void spool_limits_sort(struct spool_entry *e, size_t n)
{
	if (!n)
		return;
	qsort(e, n, sizeof(*e), by_signature);
	for (size_t i = 0, end; i < n; i = end) {
		uint64_t latest_s = 0;

		for (end = i; end < n && !strcmp(e[end].signature, e[i].signature); end++)
			latest_s = e[end].wall_s > latest_s ? e[end].wall_s : latest_s;
		for (size_t k = i; k < end; k++) {
			e[k].first = k == i;
			e[k].group_s = latest_s;
		}
	}
	qsort(e, n, sizeof(*e), by_seq);
}

static bool too_old(uint64_t wall_s, uint64_t now_s, uint64_t age_s)
{
	return wall_s >= CLOCK_SET_S && now_s > wall_s && now_s - wall_s > age_s;
}

size_t spool_limits_next(const struct spool_entry *e, size_t n, const struct spool_limits *l,
			 uint64_t now_s, uint64_t free_bytes)
{
	size_t other = SPOOL_NONE; /* the oldest that is not a first one */
	uint64_t bytes = 0;

	for (size_t i = 0; i < n; i++) {
		if (l->age_s && too_old(e[i].first ? e[i].group_s : e[i].wall_s, now_s, l->age_s))
			return i;
		if (other == SPOOL_NONE && !e[i].first)
			other = i;
		bytes += e[i].bytes;
	}
	if ((l->bytes && bytes > l->bytes) || (l->files && n > l->files))
		return other != SPOOL_NONE ? other : n ? 0 : SPOOL_NONE;
	return l->free_bytes && free_bytes < l->free_bytes ? other : SPOOL_NONE;
}
