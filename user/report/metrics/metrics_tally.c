// SPDX-License-Identifier: GPL-2.0
#include "metrics_tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/arena.h"

#define NAME                                                                                       \
	128 /* of a unit; systemd's are as long as 255, two that differ only behind are one        \
	     */
#define RULE 48

struct pair {
	char rule[RULE];
	enum severity severity; /* goes with the rule */
	uint32_t unit;		/* index in units */
	uint64_t told, open, oldest_ns;
};

struct open_stall {
	char id[sizeof(((struct report *)NULL)->id)];
	size_t pair;
	uint64_t since_ns;
};

struct tally {
	char units[TALLY_UNITS_MAX + 2][NAME]; /* NO_UNIT, OTHER, then as they came */
	uint32_t n_units;
	struct pair pairs[TALLY_PAIRS_MAX];
	size_t n_pairs;
	struct metrics_stall out[TALLY_PAIRS_MAX];
	struct open_stall *open;
	size_t n_open, cap_open;
	uint64_t suppressed, reports[_EVENT_MAX], version;
};

enum { NO_UNIT, OTHER, FIRST_UNIT };

int tally_new(struct tally **ret)
{
	struct tally *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	strcpy(t->units[NO_UNIT], "none");
	strcpy(t->units[OTHER], "other");
	t->n_units = FIRST_UNIT;
	*ret = t;
	return 0;
}

void tally_free(struct tally *t)
{
	if (!t)
		return;
	free(t->open);
	free(t);
}

/*
 * A container's id is another one each time it is started: "docker
 * 3f2a9c1b7d5e" is "docker" here, the id is in the report.
 */
static void without_ids(const char *unit, char ret[NAME])
{
	size_t n = 0;

	while (*unit && n < NAME - 1) {
		size_t word = strcspn(unit, " "), hex = strspn(unit, "0123456789abcdef");

		if (word == 12 && hex == 12 && n) {
			n--; /* the blank before it */
		} else {
			word = word < NAME - 1 - n ? word : NAME - 1 - n;
			memcpy(ret + n, unit, word);
			n += word;
		}
		unit += word;
		if (*unit == ' ' && n < NAME - 1)
			ret[n++] = *unit++;
	}
	ret[n] = '\0';
}

static uint32_t find_unit(struct tally *t, const char *unit)
{
	char name[NAME];

	if (!unit || !*unit)
		return NO_UNIT;
	without_ids(unit, name);
	for (uint32_t i = FIRST_UNIT; i < t->n_units; i++) {
		if (strcmp(t->units[i], name) == 0)
			return i;
	}
	if (t->n_units == TALLY_UNITS_MAX + FIRST_UNIT)
		return OTHER;
	memcpy(t->units[t->n_units], name, NAME);
	return t->n_units++;
}

static size_t find_pair(const struct tally *t, const char *rule, uint32_t unit)
{
	size_t i = 0;

	while (i < t->n_pairs &&
	       (t->pairs[i].unit != unit || strncmp(t->pairs[i].rule, rule, RULE - 1) != 0))
		i++;
	return i;
}

static size_t pair_of(struct tally *t, const struct report *r)
{
	uint32_t unit = find_unit(t, r->n_threads ? r->threads[0].unit : NULL);
	size_t i = find_pair(t, r->rule, unit);

	if (i < t->n_pairs)
		return i;
	/* each rule still gets its "other": there are some dozens of rules */
	if (t->n_pairs >= TALLY_PAIRS_MAX / 2 && unit != OTHER) {
		unit = OTHER;
		i = find_pair(t, r->rule, unit);
		if (i < t->n_pairs)
			return i;
	}
	if (t->n_pairs == TALLY_PAIRS_MAX)
		return TALLY_PAIRS_MAX - 1;
	t->pairs[i].unit = unit;
	t->pairs[i].severity = r->severity;
	strncpy(t->pairs[i].rule, r->rule, RULE - 1);
	return t->n_pairs++;
}

static struct open_stall *find_open(const struct tally *t, const char *id)
{
	for (size_t i = 0; i < t->n_open; i++) {
		if (strcmp(t->open[i].id, id) == 0)
			return &t->open[i];
	}
	return NULL;
}

static int open_one(struct tally *t, const struct report *r, struct open_stall **ret)
{
	if (array_room(&t->open, &t->cap_open, t->n_open, sizeof(*t->open)) != 0)
		return -ENOMEM;
	*ret = &t->open[t->n_open++];
	**ret = (struct open_stall){.pair = pair_of(t, r)};
	memcpy((*ret)->id, r->id, sizeof((*ret)->id));
	t->pairs[(*ret)->pair].open++;
	return 0;
}

static void close_one(struct tally *t, struct open_stall *s)
{
	t->pairs[s->pair].open--;
	*s = t->open[--t->n_open];
}

/* Its rule may be another one now: it was told of under that one, too. */
static void move(struct tally *t, struct open_stall *s, const struct report *r)
{
	size_t pair = pair_of(t, r);

	if (pair == s->pair)
		return;
	t->pairs[s->pair].open--;
	s->pair = pair;
	t->pairs[pair].open++;
	t->pairs[pair].told++;
}

int tally_kept(struct tally *t, const struct report *r)
{
	struct open_stall *s = find_open(t, r->id);

	t->version++;
	if (!s && open_one(t, r, &s) != 0)
		return -ENOMEM;
	s->since_ns = r->since_ns;
	return 0;
}

static bool begins(enum report_event event)
{
	return event == EVENT_OPENED || event == EVENT_REOPENED || event == EVENT_SNAPSHOT;
}

int tally_report(struct tally *t, const struct report *r)
{
	struct open_stall *s = find_open(t, r->id);

	t->reports[r->event]++;
	t->version++;
	if (r->event == EVENT_SUPPRESSED) {
		t->suppressed += r->life.suppressed;
		return 0;
	}
	if (r->event == EVENT_RESOLVED || r->event == EVENT_MERGED) {
		if (s)
			close_one(t, s);
		return 0;
	}
	/* one that an earlier watch told of begins here in the middle */
	if (!s && open_one(t, r, &s) != 0)
		return -ENOMEM;
	if (r->event == EVENT_CHANGED)
		move(t, s, r);
	s->since_ns = r->since_ns;
	t->pairs[s->pair].told += begins(r->event);
	return 0;
}

void tally_fill(struct tally *t, uint64_t now_ns, struct metrics *ret)
{
	ret->longest_ns = 0;
	for (size_t i = 0; i < t->n_pairs; i++)
		t->pairs[i].oldest_ns = 0;
	for (size_t i = 0; i < t->n_open; i++) {
		const struct open_stall *s = &t->open[i];
		uint64_t age = now_ns > s->since_ns ? now_ns - s->since_ns : 0;
		struct pair *p = &t->pairs[s->pair];

		p->oldest_ns = age > p->oldest_ns ? age : p->oldest_ns;
		if (p->severity != SEVERITY_CONTENTION && age > ret->longest_ns)
			ret->longest_ns = age;
	}
	for (size_t i = 0; i < t->n_pairs; i++) {
		const struct pair *p = &t->pairs[i];

		t->out[i] = (struct metrics_stall){.rule = p->rule,
						   .unit = t->units[p->unit],
						   .severity = p->severity,
						   .told = p->told,
						   .open = p->open,
						   .oldest_ns = p->oldest_ns};
	}
	ret->stalls = t->out;
	ret->n_stalls = t->n_pairs;
	ret->suppressed = t->suppressed;
	memcpy(ret->reports, t->reports, sizeof(ret->reports));
}

uint64_t tally_version(const struct tally *t)
{
	return t->version;
}
