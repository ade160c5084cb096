// SPDX-License-Identifier: GPL-2.0
#include "taken_names.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Where a holder took what it holds: a return address, always. */
static struct parser_at taken(const struct fact_hold *f)
{
	return (struct parser_at){.pc = f->taken_offset};
}

/* "flush+0x1c (statemachined)" ends in digits of base 16 before its module, and no line does. */
static bool has_line(const char *words, size_t n)
{
	size_t digits = 0;

	while (digits < n && words[n - 1 - digits] >= '0' && words[n - 1 - digits] <= '9')
		digits++;
	return digits > 0 && digits < n && words[n - 1 - digits] == ':';
}

/* The length of the words before " (statemachined)"; 0: they are not of that form. */
static size_t before_module(const struct fact_hold *f)
{
	size_t n = f->taken_at ? strlen(f->taken_at) : 0;
	size_t module = f->taken_module ? strlen(f->taken_module) + 3 : 0;

	if (!module || n <= module || f->taken_at[n - 1] != ')' ||
	    strncmp(f->taken_at + n - module, " (", 2) != 0 ||
	    memcmp(f->taken_at + n - module + 2, f->taken_module, module - 3) != 0)
		return 0;
	return n - module;
}

static bool wants_taken(const struct fact_hold *f)
{
	size_t n = before_module(f);

	return n && f->taken_build_id && !has_line(f->taken_at, n);
}

int taken_want(struct known_names *names, const struct report_resource *r)
{
	int err = 0;

	for (size_t i = 0; !err && i < r->n_holders; i++) {
		const struct fact_hold *f = &r->holders[i].fact;
		const struct parser_at at = taken(f);

		if (wants_taken(f))
			err = known_names_want(names, f->taken_build_id, f->taken_module, &at);
	}
	return err;
}

int taken_name(const struct known_names *names, struct arena *arena, struct fact_hold *f)
{
	const struct parser_at at = taken(f);
	const struct known_name *name = wants_taken(f)
						? known_names_find(names, f->taken_build_id, &at)
						: NULL;
	size_t n = before_module(f), size;
	char *words, line[16] = "";

	if (!name)
		return 0;
	if (name->file)
		snprintf(line, sizeof(line), ":%" PRIu32, name->line);
	size = strlen(f->taken_at) + (name->symbol ? strlen(name->symbol) + 24 : 0) +
	       (name->file ? strlen(name->file) : 0) + sizeof(line) + 8;
	words = arena_alloc(arena, size);
	if (!words)
		return -ENOMEM;
	if (name->symbol && strncmp(f->taken_at, "0x", 2) == 0)
		snprintf(words, size, "%s+0x%" PRIx64, name->symbol, name->symbol_offset);
	else
		snprintf(words, size, "%.*s", (int)n, f->taken_at);
	snprintf(words + strlen(words), size - strlen(words), "%s%s%s (%s)", name->file ? " " : "",
		 name->file ? name->file : "", line, f->taken_module);
	f->taken_at = words;
	return 0;
}
