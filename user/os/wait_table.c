// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/arena.h"
#include "wait_table_private.h"

/* The longest name that is looked for; what is cut off of a longer one does not matter. */
#define NAME_MAX_LOOKED 1024
#define TEXT		1024
#define NEWS_MAX	32 /* what a file full of rubbish gives is not all told */

int wait_table_say(struct wait_table *t, bool wrong, const char *format, ...)
{
	char text[TEXT], *copy;
	va_list args;

	if (t->n_news == NEWS_MAX)
		return 0;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	copy = strdup(t->n_news == NEWS_MAX - 1 ? "... and more" : text);
	if (!copy || array_room(&t->news, &t->room_news, t->n_news, sizeof(*t->news))) {
		free(copy);
		return -ENOMEM;
	}
	t->news[t->n_news++] = (struct wait_table_news){copy, wrong};
	return 0;
}

bool wait_table_news(const struct wait_table *t, size_t i, struct wait_table_news *ret)
{
	if (i >= t->n_news)
		return false;
	*ret = t->news[i];
	return true;
}

static void free_row(struct wait_site *row)
{
	free(row->function);
	free(row->module);
	free(row->library);
	free(row->what);
}

int wait_table_add(struct wait_table *t, const struct wait_site *parsed, bool users)
{
	struct wait_site row = {.use = parsed->use, .users = users};

	if (array_room(&t->rows, &t->room, t->n, sizeof(*t->rows)))
		return -ENOMEM;
	row.function = strdup(parsed->function);
	row.module = strdup(parsed->module);
	row.library = strdup(parsed->library);
	row.what = strdup(parsed->what);
	if (!row.function || !row.module || !row.library || !row.what) {
		free_row(&row);
		return -ENOMEM;
	}
	t->rows[t->n++] = row;
	t->n_users += users;
	t->locks |= users && row.use == USE_LOCK;
	return 0;
}

void wait_table_free(struct wait_table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		free_row(&t->rows[i]);
	for (size_t i = 0; i < t->n_news; i++)
		free(t->news[i].text);
	free(t->news);
	free(t->rows);
	free(t);
}

struct wait_slot *wait_table_slot(struct wait_table *t, int32_t tid)
{
	return &t->slots[(uint32_t)tid % WAIT_SLOTS];
}

bool wait_table_has_locks(const struct wait_table *t)
{
	return t->locks;
}

/* Rust writes "<std::sys::Mutex>::lock" for what it used to write as "std::sys::Mutex::lock". */
static void make_plain(const char *function, char *buf, size_t size)
{
	const char *end = function[0] == '<' ? strstr(function, ">::") : NULL;

	if (end)
		snprintf(buf, size, "%.*s%s", (int)(end - function - 1), function + 1, end + 1);
	else
		snprintf(buf, size, "%s", function);
}

const struct wait_site *wait_table_find(const struct wait_table *t, bool users,
					const char *function, const char *module)
{
	char plain[NAME_MAX_LOOKED] = "";
	size_t end = users ? t->n_users : t->n;

	if (function)
		make_plain(function, plain, sizeof(plain));
	for (size_t i = users ? 0 : t->n_users; i < end; i++) {
		const struct wait_site *s = &t->rows[i];

		if (strcmp(s->module, "*") != 0 &&
		    (!module || !wait_table_matches(s->module, module)))
			continue;
		if (wait_table_matches(s->function, plain) &&
		    (plain[0] || !strcmp(s->function, "*")))
			return s;
	}
	return NULL;
}
