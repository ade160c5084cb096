// SPDX-License-Identifier: GPL-2.0
/* Open stalls as a text: docs/spool.md, open_file.c. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "../trace/codec.h"
#include "open_stalls.h"

static uint32_t checksum(const char *text, size_t size)
{
	return (uint32_t)crc32_z(0, (const Bytef *)text, size);
}

struct writing {
	FILE *file;
	const struct open_stalls *stalls;
	size_t lines;
	bool skip; /* the facts of one that nobody was told of */
};

/* Takes the reference. */
static int put_line(struct writing *w, json_t *line)
{
	int failed = !line || json_dumpf(line, w->file, JSON_COMPACT | JSON_PRESERVE_ORDER) != 0 ||
		     fputc('\n', w->file) == EOF;

	json_decref(line);
	w->lines++;
	return failed ? -ENOMEM : 0;
}

static int put_text(struct writing *w, const struct open_stall *stall)
{
	w->lines++;
	return fwrite(stall->text, 1, stall->size, w->file) == stall->size ? 0 : -ENOMEM;
}

static int put_fact(void *ctx, const struct fact *fact)
{
	struct writing *w = ctx;
	json_t *line;
	int err = 0;

	if (fact->type == FACT_STALL) {
		const struct open_stall *stall = open_stalls_find(w->stalls, fact->stall.id);

		w->skip = !stall || stall->over;
		if (!w->skip)
			err = put_text(w, stall);
	}
	if (err || w->skip)
		return err;
	err = fact_encode(fact, &line);
	return err ? err : put_line(w, line);
}

static int put_all(struct writing *w, const struct open_whose *whose, const struct engine *e,
		   uint64_t wall_ns)
{
	const struct fact_sink sink = {.put = put_fact, .ctx = w};
	int err = put_line(w, json_pack("{s:i, s:s, s:s, s:s, s:I}", "locktrace_open",
					OPEN_STALLS_VERSION, "version", LOCKTRACE_VERSION, "boot",
					whose->boot, "scope", whose->scope, "wall_ns",
					(json_int_t)wall_ns));

	for (size_t i = 0; i < w->stalls->n && !err; i++) {
		if (w->stalls->all[i].over)
			err = put_text(w, &w->stalls->all[i]);
	}
	return err ? err : engine_save(e, &sink);
}

int open_stalls_write(const struct open_stalls *o, const struct open_whose *whose,
		      const struct engine *e, uint64_t wall_ns, char **ret, size_t *ret_size)
{
	char *text = NULL;
	size_t size = 0;
	struct writing w = {.file = open_memstream(&text, &size), .stalls = o};
	int err = w.file ? put_all(&w, whose, e, wall_ns) : -ENOMEM;

	if (w.file && fflush(w.file) != 0)
		err = -ENOMEM;
	if (!err)
		err = put_line(&w,
			       json_pack("{s:b, s:I, s:I}", "end", 1, "lines", (json_int_t)w.lines,
					 "crc32", (json_int_t)checksum(text, size)));
	if (w.file && fclose(w.file) != 0)
		err = -ENOMEM;
	if (err) {
		free(text);
		return -ENOMEM;
	}
	*ret = text;
	*ret_size = size;
	return 0;
}
