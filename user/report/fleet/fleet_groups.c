// SPDX-License-Identifier: GPL-2.0
/* One more report: which bug, which device, and whether it was counted before. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fleet_private.h"

static bool same_group(const void *items, uint32_t index, const void *key)
{
	const struct fleet_group *groups = items;

	return strcmp(groups[index].signature, key) == 0;
}

static bool same_device(const void *items, uint32_t index, const void *key)
{
	char *const *devices = items;

	return strcmp(devices[index], key) == 0;
}

static bool same_pair(const void *items, uint32_t index, const void *key)
{
	const struct fleet_pair *pair = (const struct fleet_pair *)items + index, *other = key;

	return pair->group == other->group && pair->device == other->device;
}

/* Room for one more in an array of n: it doubles. */
static int make_room(void **array, size_t n, size_t size)
{
	void *more;

	if (n & (n - 1) || (n > 0 && n < 16))
		return 0;
	more = realloc(*array, (n ? n * 2 : 16) * size);
	if (!more)
		return -ENOMEM;
	*array = more;
	return 0;
}

/* ---- Signatures ---- */

/* Returns 0 with the group; 1 if there are too many of them; or -errno. */
static int new_group(struct fleet *f, const struct fleet_line *l, const char *text, size_t size,
		     uint64_t hash, char why[160])
{
	struct fleet_group *g;
	struct fleet_program program;
	int err;

	if (f->n_groups == f->caps.signatures)
		return 1;
	err = fleet_program_read(text, size, &program, why);
	if (err)
		return err == -ENOMEM ? err : -EBADMSG;
	err = make_room((void **)&f->groups, f->n_groups, sizeof(*g));
	if (!err)
		err = table_add(&f->group_table, hash, (uint32_t)f->n_groups);
	if (err)
		return err;
	g = &f->groups[f->n_groups++];
	*g = (struct fleet_group){.program = program};
	memcpy(g->signature, l->signature, sizeof(g->signature));
	memcpy(g->rule, l->rule, sizeof(g->rule));
	memcpy(g->title, l->title, sizeof(g->title));
	return 0;
}

static int find_group(struct fleet *f, const struct fleet_line *l, const char *text, size_t size,
		      uint32_t *ret, char why[160])
{
	uint64_t hash = hash_mix(hash_text(HASH_START, l->signature));
	int r;

	*ret = table_find(&f->group_table, hash, same_group, f->groups, l->signature);
	if (*ret != TABLE_NONE)
		return 0;
	r = new_group(f, l, text, size, hash, why);
	*ret = (uint32_t)(f->n_groups - 1);
	f->over_groups += r > 0;
	return r;
}

/* ---- Devices ---- */

/* TABLE_NONE in *ret: there are too many. */
static int find_device(struct fleet *f, const char *host, uint32_t *ret)
{
	uint64_t hash = hash_mix(hash_text(HASH_START, host));
	int err;

	*ret = table_find(&f->device_table, hash, same_device, f->devices, host);
	if (*ret != TABLE_NONE)
		return 0;
	if (f->n_devices == f->caps.devices) {
		f->over_devices++;
		return 0;
	}
	err = make_room((void **)&f->devices, f->n_devices, sizeof(*f->devices));
	if (err)
		return err;
	f->devices[f->n_devices] = strdup(host);
	if (!f->devices[f->n_devices])
		return -ENOMEM;
	*ret = (uint32_t)f->n_devices++;
	return table_add(&f->device_table, hash, *ret);
}

static int count_device(struct fleet *f, uint32_t group, const char *host)
{
	struct fleet_pair pair = {.group = group};
	uint64_t hash;
	int err;

	if (!*host) {
		f->groups[group].unnamed++;
		return 0;
	}
	err = find_device(f, host, &pair.device);
	if (err || pair.device == TABLE_NONE)
		return err;
	hash = hash_mix((uint64_t)group << 32 | pair.device);
	if (table_find(&f->pair_table, hash, same_pair, f->pairs, &pair) != TABLE_NONE)
		return 0;
	if (f->n_pairs == f->caps.pairs) {
		f->over_pairs++;
		return 0;
	}
	err = make_room((void **)&f->pairs, f->n_pairs, sizeof(*f->pairs));
	if (err)
		return err;
	f->pairs[f->n_pairs] = pair;
	f->groups[group].devices++;
	return table_add(&f->pair_table, hash, (uint32_t)f->n_pairs++);
}

/* ---- Stalls ---- */

/*
 * All that is told of one stall has its id. How many were not told is told once
 * a minute, with the id of one of them, so the time belongs to it.
 */
static int count_stall(struct fleet *f, struct fleet_group *g, const struct fleet_line *l)
{
	bool counted = !strcmp(l->event, "suppressed");
	uint64_t hash = hash_text(hash_text(HASH_START, l->device), l->signature);
	int r;

	hash = hash_text(hash, l->id);
	if (counted)
		hash = hash_text(hash, l->at);
	r = fleet_recent_add(&f->recent, hash_mix(hash));
	if (r > 0 && counted)
		g->suppressed += l->suppressed;
	else if (r > 0)
		g->stalls++;
	return r < 0 ? r : 0;
}

static void count_version(struct fleet_group *g, const char *name)
{
	for (size_t i = 0; i < g->n_versions; i++) {
		if (!strcmp(g->versions[i].name, name)) {
			g->versions[i].reports++;
			return;
		}
	}
	if (g->n_versions == FLEET_VERSIONS) {
		g->other_versions++;
		return;
	}
	memcpy(g->versions[g->n_versions].name, name, sizeof(g->versions[0].name));
	g->versions[g->n_versions++].reports = 1;
}

/* The earliest; of two at once the one that sorts first: not the one that was read first. */
static bool is_better(const struct fleet_group *g, const struct fleet_line *l)
{
	int order;

	if (!g->example)
		return true;
	if (!*l->at != !*g->example_at)
		return *l->at;
	order = strcmp(l->at, g->example_at);
	if (!order)
		order = strcmp(l->host, g->example_host);
	if (!order)
		order = strcmp(l->id, g->example_id);
	if (!order)
		order = strcmp(l->summary, g->example);
	return order < 0;
}

static int keep_example(struct fleet_group *g, const struct fleet_line *l)
{
	char *summary;

	if (!is_better(g, l))
		return 0;
	summary = strdup(l->summary);
	if (!summary)
		return -ENOMEM;
	free(g->example);
	g->example = summary;
	g->example_certainty = l->certainty;
	memcpy(g->example_at, l->at, sizeof(g->example_at));
	memcpy(g->example_id, l->id, sizeof(g->example_id));
	memcpy(g->example_host, l->host, sizeof(g->example_host));
	return 0;
}

static void keep_times(struct fleet_group *g, const struct fleet_line *l)
{
	const char *first = *l->since ? l->since : l->at;

	if (*first && (!*g->first || strcmp(first, g->first) < 0))
		memcpy(g->first, first, FLEET_MOMENT);
	if (strcmp(l->at, g->last) > 0)
		memcpy(g->last, l->at, FLEET_MOMENT);
	if (l->waited_ns > g->longest_ns)
		g->longest_ns = l->waited_ns;
}

int fleet_add(struct fleet *f, const struct fleet_line *l, const char *text, size_t size,
	      char why[160])
{
	struct fleet_group *g;
	uint32_t group;
	int r = find_group(f, l, text, size, &group, why);

	if (r)
		return r > 0 ? 0 : r;
	g = &f->groups[group];
	g->reports++;
	g->partial |= l->partial;
	count_version(g, l->version);
	keep_times(g, l);
	r = keep_example(g, l);
	if (!r)
		r = count_device(f, group, l->device);
	if (!r)
		r = count_stall(f, g, l);
	return r;
}
