// SPDX-License-Identifier: GPL-2.0
/*
 * A cursor as text:
 *
 *	locktrace-cursor 1
 *	delivered 120
 *	...
 *	high 42
 *	file 41 he64m1fasa 00000000deadbeef 00000000deadbeef
 *	end 1
 *
 * Number, id, the state that was found last and the one that is done with; the
 * last line says how many files there are, so that half a cursor is none.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../core/arena.h"
#include "cursor.h"

#define VERSION 1

static const struct count {
	const char *name;
	size_t offset;
} counts[] = {
	{"delivered", offsetof(struct cursor, ends[END_DELIVERED])},
	{"refused", offsetof(struct cursor, ends[END_REFUSED])},
	{"unreadable", offsetof(struct cursor, ends[END_UNREADABLE])},
	{"gaps", offsetof(struct cursor, gaps)},
	{"rejected", offsetof(struct cursor, rejected)},
	{"failures", offsetof(struct cursor, failures)},
	{"pending", offsetof(struct cursor, pending)},
	{"pending-since", offsetof(struct cursor, oldest_s)},
	{"delivered-at", offsetof(struct cursor, delivered_s)},
	{"high", offsetof(struct cursor, high)},
};

#define N_COUNTS (sizeof(counts) / sizeof(counts[0]))

void cursor_print(const struct cursor *c, FILE *out)
{
	fprintf(out, "locktrace-cursor %d\n", VERSION);
	for (size_t i = 0; i < N_COUNTS; i++)
		fprintf(out, "%s %" PRIu64 "\n", counts[i].name,
			*(const uint64_t *)((const char *)c + counts[i].offset));
	for (size_t i = 0; i < c->n; i++) {
		const struct cursor_entry *e = &c->entries[i];

		fprintf(out, "file %" PRIu64 " %s %016" PRIx64 " %016" PRIx64 "\n", e->file.seq,
			e->file.id, e->file.state, e->done);
	}
	fprintf(out, "end %zu\n", c->n);
}

static int scan_file(const char *line, struct cursor *c)
{
	struct cursor_entry e = {0};
	int err, end = 0;

	_Static_assert(sizeof(e.file.id) == 24, "the number in the format");
	if (sscanf(line, "file %20" SCNu64 " %23[0-9a-z] %16" SCNx64 " %16" SCNx64 "%n",
		   &e.file.seq, e.file.id, &e.file.state, &e.done, &end) != 4 ||
	    line[end])
		return -EBADMSG;
	if (c->n && c->entries[c->n - 1].file.seq > e.file.seq)
		return -EBADMSG;
	err = array_room(&c->entries, &c->cap, c->n, sizeof(e));
	if (!err)
		c->entries[c->n++] = e;
	return err;
}

/* A count that is not known is one of a later version of the same form: passed over. */
static int scan_count(const char *line, struct cursor *c)
{
	char name[24];
	uint64_t value;
	int end = 0;

	if (sscanf(line, "%23[a-z-] %20" SCNu64 "%n", name, &value, &end) != 2 || line[end])
		return -EBADMSG;
	for (size_t i = 0; i < N_COUNTS; i++) {
		if (strcmp(name, counts[i].name) == 0)
			*(uint64_t *)((char *)c + counts[i].offset) = value;
	}
	return 0;
}

static int scan_lines(char *text, struct cursor *c)
{
	char *rest = NULL, *line = strtok_r(text, "\n", &rest);
	char end[32];
	int err = 0, version;

	if (!line || sscanf(line, "locktrace-cursor %d", &version) != 1)
		return -EBADMSG;
	if (version != VERSION)
		return -EPROTONOSUPPORT;
	while (!err && (line = strtok_r(NULL, "\n", &rest))) {
		if (strncmp(line, "end ", 4) == 0)
			break;
		err = strncmp(line, "file ", 5) == 0 ? scan_file(line, c) : scan_count(line, c);
	}
	if (err)
		return err;
	snprintf(end, sizeof(end), "end %zu", c->n);
	return line && strcmp(line, end) == 0 && !strtok_r(NULL, "\n", &rest) ? 0 : -EBADMSG;
}

int cursor_scan(const char *text, struct cursor *ret)
{
	struct cursor c = {.begun = true};
	char *copy = strdup(text);
	int err = copy ? scan_lines(copy, &c) : -ENOMEM;

	free(copy);
	if (err)
		cursor_free(&c);
	else
		*ret = c;
	return err;
}
