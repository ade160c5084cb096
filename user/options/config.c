// SPDX-License-Identifier: GPL-2.0
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config_private.h"
#include "../message.h"
#include "option_values.h"

static bool is_word(const char *value, const char *const words[])
{
	for (int i = 0; words[i]; i++) {
		if (strcasecmp(value, words[i]) == 0)
			return true;
	}
	return false;
}

static bool is_yes(const char *value)
{
	static const char *const words[] = {"yes", "true", "on", "1", NULL};

	return is_word(value, words);
}

static bool is_no(const char *value)
{
	static const char *const words[] = {"no", "false", "off", "0", NULL};

	return is_word(value, words);
}

/* Options without a value are switches: "yes" gives them, "no" leaves them out. */
static int set_one(struct options *o, const struct config_setting *s, char why[OPTION_WHY_MAX])
{
	if (s->row->value)
		return option_set(o, s->row->opt, s->value, why);
	if (is_no(s->value))
		return 0;
	if (is_yes(s->value))
		return option_set(o, s->row->opt, NULL, why);
	snprintf(why, OPTION_WHY_MAX, "must be yes or no");
	return -EINVAL;
}

/* Of such options only one can be given: whoever gives one rules the others out. */
static int choice(const struct option_row *row)
{
	switch (row->opt) {
	case 'p':
	case OPT_COMM:
	case OPT_UNIT:
	case OPT_CGROUP:
		return 1;
	case OPT_ONCE:
	case 'd':
		return 2;
	default:
		return 0;
	}
}

static bool ruled_out(const struct option_row *row, const bool *given)
{
	if (!given)
		return false;
	if (given[row - option_rows])
		return true;
	for (size_t i = 0; choice(row) && i < n_option_rows; i++) {
		if (given[i] && choice(&option_rows[i]) == choice(row))
			return true;
	}
	return false;
}

bool config_counts(const struct config *c, size_t i)
{
	const struct config_setting *s = &c->settings[i];

	if (!*s->value)
		return false;
	for (i++; i < c->n_settings; i++) {
		const struct config_setting *later = &c->settings[i];

		if (later->row == s->row && (!*later->value || !option_repeats(s->row)))
			return false;
	}
	return true;
}

int config_apply(const struct config *c, const bool *given, struct options *o)
{
	char why[OPTION_WHY_MAX];

	for (size_t i = 0; i < c->n_settings; i++) {
		const struct config_setting *s = &c->settings[i];

		/* all values were found good when they were read, each on its own */
		if (config_counts(c, i) && !ruled_out(s->row, given) && set_one(o, s, why) != 0) {
			error_line("%s:%u: %s: %s", s->file, s->line, s->row->name, why);
			return -EINVAL;
		}
	}
	return 0;
}

/* The next one that counts for that option, from *i on; NULL after the last. */
static const char *next_value(const struct config *c, const struct option_row *row, size_t *i)
{
	while (*i < c->n_settings) {
		size_t at = (*i)++;

		if (c->settings[at].row == row && config_counts(c, at))
			return c->settings[at].value;
	}
	return NULL;
}

bool config_same(const struct config *a, const struct config *b, const struct option_row *row)
{
	size_t i = 0, k = 0;

	for (;;) {
		const char *one = next_value(a, row, &i), *other = next_value(b, row, &k);

		if (!one || !other)
			return one == other;
		if (strcmp(one, other) != 0)
			return false;
	}
}

/* What each setting allows on its own, with its line; then what all allow together. */
static void check(struct config *c, const char *path)
{
	struct options all = options_default(OPTIONS_WATCH);
	const char *conflict;

	for (size_t i = 0; i < c->n_settings; i++) {
		const struct config_setting *s = &c->settings[i];
		struct options alone = options_default(OPTIONS_WATCH);
		char why[OPTION_WHY_MAX];

		if (*s->value && set_one(&alone, s, why) != 0)
			config_error(c, s->file, s->line, "%s = %.200s: %s", s->row->name, s->value,
				     why);
		filters_free(&alone.filters);
	}
	if (!c->n_errors && config_apply(c, NULL, &all) == 0) {
		conflict = options_conflict(&all, OPTIONS_WATCH);
		if (conflict)
			config_error(c, path, 0, "%s", conflict);
	}
	filters_free(&all.filters);
}

int config_read_kind(const char *path, const struct config_kind *kind, struct config **ret)
{
	struct config *c = calloc(1, sizeof(*c));
	int err = c ? config_read_all(c, kind, path) : -ENOMEM;

	if (err)
		config_free(c);
	else
		*ret = c;
	return err;
}

static const struct option_row *key_of_watch(const char *name, size_t n)
{
	const struct option_row *row = option_by_name(name, n);

	return row && option_has_key(row) ? row : NULL;
}

int config_read(const char *path, struct config **ret)
{
	static const struct config_kind watch = {key_of_watch, "locktrace.conf(5)"};
	int err = config_read_kind(path, &watch, ret);

	if (!err)
		check(*ret, path);
	return err;
}

size_t config_print_errors(const struct config *c)
{
	for (size_t i = 0; i < c->n_errors; i++)
		error_line("%s", c->errors[i] ? c->errors[i] : "out of memory");
	return c->n_errors;
}

void config_free(struct config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_settings; i++)
		free(c->settings[i].value);
	for (size_t i = 0; i < c->n_files; i++)
		free(c->files[i]);
	for (size_t i = 0; i < c->n_errors; i++)
		free(c->errors[i]);
	free(c->settings);
	free(c->files);
	free(c);
}
