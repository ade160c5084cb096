/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_JSON_STREAM_H
#define REPORT_JSON_STREAM_H

/*
 * A file of any number of JSON objects, one a line or drawn out over many, from
 * beginning to end with a buffer that holds the largest of them. What is broken
 * is passed over, and told: a device may have died while it wrote.
 *
 * Behind a broken line, the next object begins in the first column of a later
 * one: then nothing that is whole gets lost, and the rest of a broken one that
 * was drawn out, which is indented, is not taken for objects.
 */
#include <stdbool.h>
#include <sys/types.h>

#include "json_scan.h"

#define JSON_STREAM_MAX (64UL << 20) /* bytes of one object */

struct json_stream {
	ssize_t (*read)(void *from, char *buf, size_t size); /* 0: the end; or -errno */
	void *from;

	const char *object; /* what was found, until the next call */
	size_t size;
	size_t line;	 /* where it begins, from 1 */
	const char *why; /* -EBADMSG */

	/* private */
	char *buf;
	size_t room, begin, end, now;
	bool eof;
	int failed; /* the read, at the end of what is in buf */
};

/* For a new file: the buffer of the last one is used again. */
void json_stream_start(struct json_stream *s);

/*
 * Returns 1 with the next object and the wanted members of it; 0 at the end;
 * -EBADMSG for what is broken, with line and why: go on after it; or another
 * -errno, of memory or of the read (after what was whole): then it is over.
 */
int json_stream_next(struct json_stream *s, struct json_member *wanted, size_t n_wanted);

void json_stream_free(struct json_stream *s);

#endif
