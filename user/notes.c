// SPDX-License-Identifier: GPL-2.0
#include "notes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "os/wait_table.h"

/* Enough for a line for each hook; what comes past it is not kept twice anyway. */
#define NOTES_MAX 64

struct notes {
	struct fact_note kept[NOTES_MAX];
	size_t n_kept;
	size_t n_stated; /* of these */
};

int notes_new(struct notes **ret)
{
	struct notes *n = calloc(1, sizeof(*n));

	if (!n)
		return -ENOMEM;
	*ret = n;
	return 0;
}

void notes_free(struct notes *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < n->n_kept; i++)
		free((char *)n->kept[i].text);
	free(n);
}

static int notes_put(void *ctx, const struct fact *fact)
{
	struct notes *n = ctx;

	if (fact->type != FACT_NOTE)
		return -EPROTO;
	for (size_t i = 0; i < n->n_kept; i++) {
		if (strcmp(n->kept[i].text, fact->note.text) == 0)
			return 0;
	}
	if (n->n_kept < NOTES_MAX) {
		char *text = strdup(fact->note.text);

		if (!text)
			return -ENOMEM;
		n->kept[n->n_kept++] = (struct fact_note){fact->note.level, text};
	}
	return 0;
}

struct fact_sink notes_sink(struct notes *n)
{
	return (struct fact_sink){.put = notes_put, .ctx = n};
}

int notes_state(struct notes *n, const struct fact_sink *out)
{
	while (n->n_stated < n->n_kept) {
		struct fact fact = {.type = FACT_NOTE, .note = n->kept[n->n_stated]};
		int err = fact_put(out, &fact);

		if (err)
			return err;
		n->n_stated++;
	}
	return 0;
}

void notes_print_last(const struct notes *n)
{
	for (size_t i = n->n_kept; i-- > 0;) {
		if (n->kept[i].level == NOTE_WARNING) {
			error_line("%s", n->kept[i].text);
			return;
		}
	}
}

int notes_wait_table(struct notes *n, const struct wait_table *t)
{
	const struct fact_sink sink = notes_sink(n);
	struct wait_table_news news;
	int err = 0;

	for (size_t i = 0; !err && wait_table_news(t, i, &news); i++) {
		struct fact note = {.type = FACT_NOTE, .note = {NOTE_WARNING, news.text}};

		if (news.wrong)
			err = fact_put(&sink, &note);
	}
	return err;
}
