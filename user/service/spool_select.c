// SPDX-License-Identifier: GPL-2.0
#include "spool_select.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "../duration.h"
#include "../message.h"
#include "spool_file.h"

/* Less is not enough to be sure of what is meant. */
#define ID_MIN 3

int spool_select_time(const char *option, const char *arg, uint64_t now_ns, uint64_t *ret_s)
{
	static const char *const formats[] = {"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S",
					      "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"};
	uint64_t ago_ns;

	if (duration_parse(arg, &ago_ns) == 0) {
		*ret_s = ago_ns < now_ns ? (now_ns - ago_ns) / 1000000000 : 1;
		return 0;
	}
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		struct tm tm = {.tm_isdst = -1};
		const char *end = strptime(arg, formats[i], &tm);
		time_t then = end && !*end ? mktime(&tm) : -1;

		if (then > 0) {
			*ret_s = (uint64_t)then;
			return 0;
		}
	}
	error_line("--%s %s: must be a time ago, such as 2h or 30d, or a date, such as 2026-11-21 "
		   "or \"2026-11-21 14:30\"",
		   option, arg);
	return -EINVAL;
}

int spool_select_filter(struct spool_select *s, enum filter_list list, const char *arg)
{
	struct filter_error error;
	int err = filters_add(&s->filters, list, arg, &error);

	if (err == -EINVAL)
		error_line("--%s %s: at \"%.30s\": %s", list == LIST_ONLY ? "only" : "ignore", arg,
			   arg + error.at, error.why);
	else if (err)
		error_line("out of memory");
	return err ? -EINVAL : 0;
}

bool spool_select_needs_report(const struct spool_select *s)
{
	return s->filters.n[LIST_ONLY] || s->filters.n[LIST_IGNORE];
}

bool spool_select_is_set(const struct spool_select *s)
{
	return s->n_ids || s->since_s || s->until_s || spool_select_needs_report(s);
}

static bool is_named(const char *id, const struct spool_entry *e)
{
	const char *base = strrchr(id, '/');
	size_t n = strlen(id);

	return (n >= ID_MIN && strncmp(e->id, id, n) == 0) ||
	       strcmp(e->name, base ? base + 1 : id) == 0;
}

size_t spool_select_unknown(const struct spool_select *s, const struct spool_list *l,
			    const char *dir)
{
	size_t unknown = 0;

	for (size_t i = 0; i < s->n_ids; i++) {
		size_t k = 0;

		while (k < l->n && !is_named(s->ids[i], &l->entries[k]))
			k++;
		if (k < l->n)
			continue;
		error_line("there is no report %.200s in %s: see locktrace report list", s->ids[i],
			   dir);
		unknown++;
	}
	return unknown;
}

void spool_cannot_be_read(const char *dir, int err)
{
	error_line("cannot read %s: %s%s", dir, strerror(-err),
		   err == -ENOENT   ? "; --spool says where a watch keeps its reports"
		   : err == -EACCES ? "; that takes root, or the group adm"
				    : "");
}

bool spool_select_name(const struct spool_select *s, const struct spool_entry *e)
{
	bool named = !s->n_ids;

	for (size_t i = 0; i < s->n_ids && !named; i++)
		named = is_named(s->ids[i], e);
	return named && e->told_s >= s->since_s && (!s->until_s || e->told_s < s->until_s);
}

bool spool_select_report(const struct spool_select *s, const struct report *r)
{
	return filters_want(&s->filters, r) &&
	       filters_ignored_by(&s->filters, r) == s->filters.n[LIST_IGNORE];
}

int spool_read(int dir_fd, const char *name, struct json_read **ret, char why[JSON_READ_WHY])
{
	struct json_read *j = NULL;
	char *text;
	size_t size;
	int err = spool_file_read(dir_fd, name, &text, &size);

	if (!err) {
		err = json_read(text, size, &j, why);
		free(text);
	} else if (err == -ENOTSUP) {
		snprintf(why, JSON_READ_WHY,
			 "this locktrace was built without libzstd: zstdcat reads it");
	}
	if (!err && !json_read_report(j)) {
		json_read_free(j);
		err = -EBADMSG;
	}
	if (err == -EBADMSG && !*why)
		snprintf(why, JSON_READ_WHY, "the report is not whole");
	if (!err)
		*ret = j;
	return err;
}
