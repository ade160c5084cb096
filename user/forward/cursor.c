// SPDX-License-Identifier: GPL-2.0
#include "cursor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int compare(const struct cursor_file *a, const struct cursor_file *b)
{
	if (a->seq != b->seq)
		return a->seq < b->seq ? -1 : 1;
	return strcmp(a->id, b->id);
}

static bool is_pending(const struct cursor_entry *e)
{
	return e->here && e->done != e->file.state;
}

/* Numbers between the highest one and the newest file that no file has: they came and went. */
static uint64_t passed_over(const struct cursor *c, const struct cursor_file *files, size_t n)
{
	uint64_t newest = n ? files[n - 1].seq : 0, there = 0, last = c->high;

	if (!c->begun || newest <= c->high)
		return 0;
	for (size_t i = 0; i < n; i++) {
		there += files[i].seq > last;
		last = files[i].seq > last ? files[i].seq : last;
	}
	return newest - c->high - there;
}

/* Of both, in order; what is not there any more is left out. */
static size_t merge(struct cursor *c, const struct cursor_file *files, size_t n,
		    struct cursor_entry *ret)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		for (; k < c->n && compare(&c->entries[k].file, &files[i]) < 0; k++)
			c->gaps += c->entries[k].done != c->entries[k].file.state;
		ret[i] = (struct cursor_entry){
			.file = files[i], .here = true, .waits_s = files[i].written_s};
		if (k < c->n && compare(&c->entries[k].file, &files[i]) == 0) {
			if (is_pending(&c->entries[k]) && c->entries[k].waits_s)
				ret[i].waits_s = c->entries[k].waits_s;
			ret[i].done = c->entries[k++].done;
		}
	}
	for (; k < c->n; k++)
		c->gaps += c->entries[k].done != c->entries[k].file.state;
	return n;
}

bool cursor_misses(const struct cursor *c, const struct cursor_file *files, size_t n)
{
	size_t found = 0;

	for (size_t i = 0, k = 0; i < n && k < c->n; i++) {
		while (k < c->n && compare(&c->entries[k].file, &files[i]) < 0)
			k++;
		if (k < c->n && compare(&c->entries[k].file, &files[i]) == 0) {
			found++;
			k++;
		}
	}
	return found < c->n || passed_over(c, files, n);
}

int cursor_look(struct cursor *c, const struct cursor_file *files, size_t n)
{
	struct cursor_entry *entries = calloc(n ? n : 1, sizeof(*entries));

	if (!entries)
		return -ENOMEM;
	c->dirty |= cursor_misses(c, files, n) || n != c->n;
	c->gaps += passed_over(c, files, n);
	c->n = merge(c, files, n, entries);
	free(c->entries);
	c->entries = entries;
	c->cap = n ? n : 1;
	c->begun = true;
	/* an emptied spool may begin anew: then lower ones count from there */
	if (n)
		c->high = files[n - 1].seq;
	return 0;
}

size_t cursor_next(const struct cursor *c, size_t i)
{
	while (i < c->n && !is_pending(&c->entries[i]))
		i++;
	return i;
}

size_t cursor_pending(const struct cursor *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		n += is_pending(&c->entries[i]);
	return n;
}

uint64_t cursor_oldest_s(const struct cursor *c)
{
	uint64_t oldest_s = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct cursor_entry *e = &c->entries[i];

		if (is_pending(e) && e->waits_s && (!oldest_s || e->waits_s < oldest_s))
			oldest_s = e->waits_s;
	}
	return oldest_s;
}

void cursor_done(struct cursor *c, size_t i, uint64_t state, enum cursor_end end)
{
	c->entries[i].done = state;
	c->entries[i].waits_s = c->entries[i].file.written_s; /* if that is a newer one */
	c->ends[end]++;
	c->dirty = true;
}

void cursor_free(struct cursor *c)
{
	free(c->entries);
	*c = (struct cursor){0};
}
