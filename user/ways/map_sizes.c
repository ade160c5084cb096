// SPDX-License-Identifier: GPL-2.0
#include "map_sizes.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "../../bpf/lt_wire.h"

#define ENTRIES_MAX (1U << 20)

static const struct row {
	const char *name, *map;
	size_t at;
	uint32_t most;
} rows[] = {
	{"waits=", "lt_slots", offsetof(struct map_sizes, waits), LT_SLOTS},
	{"targets=", "lt_targets", offsetof(struct map_sizes, targets), ENTRIES_MAX},
	{"gone=", "lt_gone", offsetof(struct map_sizes, gone), ENTRIES_MAX},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static uint32_t *value_of(struct map_sizes *sizes, const struct row *row)
{
	return (uint32_t *)((char *)sizes + row->at);
}

static const char *parse_one(const char *term, size_t n, struct map_sizes *sizes)
{
	for (size_t i = 0; i < ROWS; i++) {
		size_t name = strlen(rows[i].name);
		unsigned long entries;
		char *end;

		if (n <= name || strncmp(term, rows[i].name, name) != 0)
			continue;
		if (term[name] < '0' || term[name] > '9')
			return "must have a number after each =";
		entries = strtoul(term + name, &end, 10);
		if (end != term + n)
			return "must have a number after each =";
		if (entries < 1 || entries > rows[i].most)
			return rows[i].most == LT_SLOTS ? "waits= must be between 1 and 8192"
							: "must be between 1 and 1048576 each";
		*value_of(sizes, &rows[i]) = (uint32_t)entries;
		return NULL;
	}
	return "must be waits=, targets= or gone= with a number, and commas between them";
}

_Static_assert(LT_SLOTS == 8192, "a message above says so");

const char *map_sizes_parse(const char *text, struct map_sizes *ret)
{
	struct map_sizes sizes = *ret;
	const char *why = NULL;

	for (const char *at = text; !why;) {
		size_t n = strcspn(at, ",");

		why = parse_one(at, n, &sizes);
		at += n;
		if (!*at++)
			break;
	}
	if (!why)
		*ret = sizes;
	return why;
}

uint32_t map_sizes_of(const struct map_sizes *sizes, const char *map)
{
	struct map_sizes copy;

	if (!sizes)
		return 0;
	copy = *sizes;
	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(rows[i].map, map) == 0)
			return *value_of(&copy, &rows[i]);
	}
	return 0;
}
