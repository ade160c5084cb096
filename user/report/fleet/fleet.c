// SPDX-License-Identifier: GPL-2.0
#include "fleet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fleet_private.h"

const struct fleet_caps fleet_caps_default = {
	.signatures = 20000,
	.devices = 1000000,
	.pairs = 4000000,
	.stalls = 2000000,
};

struct fleet *fleet_new(const struct fleet_caps *caps)
{
	struct fleet *f = calloc(1, sizeof(*f));

	if (f) {
		f->caps = *caps;
		f->recent.room = caps->stalls;
	}
	return f;
}

void fleet_free(struct fleet *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n_groups; i++)
		free(f->groups[i].example);
	for (size_t i = 0; i < f->n_devices; i++)
		free(f->devices[i]);
	free(f->groups);
	free(f->devices);
	free(f->pairs);
	free(f->broken_file);
	free(f->inner);
	table_free(&f->group_table);
	table_free(&f->device_table);
	table_free(&f->pair_table);
	fleet_recent_free(&f->recent);
	json_stream_free(&f->stream);
	free(f);
}

/* Names of files come and go with the caller: the first is kept. */
static int add_broken(struct fleet *f, const char *name, const char *why)
{
	if (f->count.broken++ > 0)
		return 0;
	f->broken_file = strdup(name);
	if (!f->broken_file)
		return -ENOMEM;
	snprintf(f->broken_why, sizeof(f->broken_why), "%s", why);
	f->count.broken_file = f->broken_file;
	f->count.broken_line = f->stream.line;
	f->count.broken_why = f->broken_why;
	return 0;
}

static int take_report(struct fleet *f, const struct json_member *members, const char *text,
		       size_t size, char why[160])
{
	struct fleet_line line;
	int r = fleet_line_read(members, &line, why);

	if (r <= 0)
		return r;
	r = fleet_add(f, &line, text, size, why);
	f->count.reports += !r;
	return r;
}

static int take_journal(struct fleet *f, const struct json_member *entry, char why[160])
{
	struct json_member members[N_FLEET_MEMBERS];
	const char *scan_why = "it ends in the middle";
	size_t size;
	int r = fleet_journal_text(entry, &f->inner, &f->inner_room, why);

	if (r <= 0)
		return r;
	memcpy(members, fleet_members, sizeof(members));
	r = json_scan(f->inner, strlen(f->inner), members, N_FLEET_MEMBERS, &size, &scan_why);
	if (r <= 0) {
		snprintf(why, 160, "the report in it is broken: %s", scan_why);
		return -EBADMSG;
	}
	return take_report(f, members, f->inner, size, why);
}

static int take_object(struct fleet *f, const struct json_member *members, const char *name)
{
	char why[160];
	int r = fleet_is_journal(members)
			? take_journal(f, members, why)
			: take_report(f, members, f->stream.object, f->stream.size, why);

	return r == -EBADMSG ? add_broken(f, name, why) : r;
}

int fleet_read(struct fleet *f, const char *name,
	       ssize_t (*read)(void *from, char *buf, size_t size), void *from)
{
	struct json_member members[N_FLEET_MEMBERS];
	int r;

	memcpy(members, fleet_members, sizeof(members));
	f->stream.read = read;
	f->stream.from = from;
	json_stream_start(&f->stream);
	f->count.files++;
	while ((r = json_stream_next(&f->stream, members, N_FLEET_MEMBERS)) != 0) {
		int err = r;

		if (r > 0)
			err = take_object(f, members, name);
		else if (r == -EBADMSG)
			err = add_broken(f, name, f->stream.why);
		if (err)
			return err;
	}
	return 0;
}

void fleet_count(const struct fleet *f, struct fleet_count *ret)
{
	*ret = f->count;
}
