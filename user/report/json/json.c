// SPDX-License-Identifier: GPL-2.0
/*
 * One report is one JSON object on one line; docs/report.schema.json describes
 * it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json_objects.h"
#include "json_parts.h"
#include "../render.h"

/*
 * ASCII, for such a line may be printed on a terminal: the control characters
 * U+0080 to U+009F and the marks that turn lines around are escaped then.
 */
#define FORM (JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII)

int json_line(const json_t *report, FILE *out)
{
	if (json_dumpf(report, out, FORM))
		return -EIO;
	return fputc('\n', out) == EOF ? -EIO : 0;
}

/* A report may have a hundred thousand of each: one at a time is in memory. */
static int put_item(FILE *out, const char *before, json_t *item)
{
	char *text = json_dumps(item, FORM);
	int err = text ? 0 : -ENOMEM;

	if (!err && (fputs(before, out) == EOF || fputs(text, out) == EOF))
		err = -EIO;
	free(text);
	json_decref(item);
	return err;
}

/* All but the brace that closes it. */
static int put_head(FILE *out, const struct report *r)
{
	json_t *head = json_head(r);
	char *text = json_dumps(head, FORM);
	size_t n = text ? strlen(text) - 1 : 0;
	int err = text ? 0 : -ENOMEM;

	if (!err && fwrite(text, 1, n, out) != n)
		err = -EIO;
	free(text);
	json_decref(head);
	return err;
}

static int put_line(struct render *out, json_t *line)
{
	int failed;

	if (!line)
		return -ENOMEM;
	failed = json_line(line, out->out);
	json_decref(line);
	return failed;
}

static int put_report(struct render *out, const struct report *r)
{
	FILE *f = out->out;
	int err = put_head(f, r);

	fputs(",\"threads\":[", f);
	for (size_t i = 0; i < r->n_threads && !err; i++)
		err = put_item(f, i ? "," : "", json_thread(&r->threads[i], i));
	fputs("],\"resources\":[", f);
	for (size_t i = 0; i < r->n_resources && !err; i++)
		err = put_item(f, i ? "," : "", json_resource(&r->resources[i], i));
	fputs("],\"stacks\":[", f);
	for (size_t i = 0; i < r->n_stacks && !err; i++)
		err = put_item(f, i ? "," : "", json_stack(&r->stacks[i], i));
	if (!err && fputs("]", f) == EOF)
		err = -EIO;
	if (!err && r->n_unseen)
		err = put_item(f, ",\"unseen\":", json_unseen(r));
	return !err && fputs("}\n", f) == EOF ? -EIO : err;
}

/*
 * A line that is no report, and so only for those who asked for less than all:
 * what was kept back from them must be counted somewhere.
 */
static int put_end(struct render *out, const struct report_end *end)
{
	return end->filtered ? put_line(out, json_end(end)) : 0;
}

const struct renderer render_json = {.name = "json", .report = put_report, .end = put_end};
