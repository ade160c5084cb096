// SPDX-License-Identifier: GPL-2.0
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "codec.h"

struct trace_writer {
	FILE *file;
	uint64_t facts;
	int err; /* the first one: the file is not whole from there on */
};

/* Takes the reference. */
static int write_json(struct trace_writer *w, json_t *json)
{
	if (!json)
		return -ENOMEM;
	errno = 0;
	int failed = json_dumpf(json, w->file, JSON_COMPACT | JSON_PRESERVE_ORDER);

	json_decref(json);
	if (failed || fputc('\n', w->file) == EOF)
		return errno ? -errno : -EIO;
	return 0;
}

int trace_writer_open(const char *path, struct trace_writer **ret)
{
	struct trace_writer *w = calloc(1, sizeof(*w));
	int fd, err = 0;

	if (!w)
		return -ENOMEM;
	/* a record shows names and paths of every user: for its owner alone */
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	w->file = fd < 0 ? NULL : fdopen(fd, "w");
	if (!w->file)
		err = -errno;
	if (!err)
		err = write_json(w, json_pack("{s:i, s:s}", "locktrace_trace", TRACE_VERSION,
					      "version", LOCKTRACE_VERSION));
	if (!err && fflush(w->file) != 0)
		err = -errno;
	if (err) {
		if (w->file)
			fclose(w->file);
		else if (fd >= 0)
			close(fd);
		free(w);
		return err;
	}
	*ret = w;
	return 0;
}

static int put(void *ctx, const struct fact *fact)
{
	struct trace_writer *w = ctx;
	json_t *json;

	if (w->err)
		return w->err;
	w->err = fact_encode(fact, &json);
	if (!w->err)
		w->err = write_json(w, json);
	/* at the end of each look, so that what was told is in the file */
	if (!w->err && (fact->type == FACT_DETAILED || fact->type == FACT_END) &&
	    fflush(w->file) != 0)
		w->err = -errno;
	w->facts++;
	return w->err;
}

struct fact_sink trace_writer_sink(struct trace_writer *w)
{
	return (struct fact_sink){.put = put, .ctx = w};
}

int trace_writer_close(struct trace_writer *w)
{
	int err = w->err;

	if (!err)
		err = write_json(w,
				 json_pack("{s:b, s:I}", "end", 1, "facts", (json_int_t)w->facts));
	if (fflush(w->file) != 0 && !err)
		err = -errno;
	/* a pipe or a terminal cannot be synced, and need not be */
	if (fsync(fileno(w->file)) != 0 && errno != EINVAL && errno != EROFS && !err)
		err = -errno;
	if (fclose(w->file) != 0 && !err)
		err = -errno;
	free(w);
	return err;
}
