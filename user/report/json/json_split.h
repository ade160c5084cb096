/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_JSON_SPLIT_H
#define REPORT_JSON_SPLIT_H

/*
 * Where one JSON object ends and the next begins, in a file of any number of
 * them: one a line, drawn out over many lines, or one after the other without
 * anything between. As soon as one is whole it can be used, so that a pipe
 * from a running locktrace works. What is in it is for a parser to say.
 */
#include <stddef.h>
#include <stdio.h>

#define JSON_SPLIT_MAX (64UL << 20) /* bytes of one object */

struct json_split {
	FILE *in;
	size_t line; /* of the beginning of the object, from 1 */

	/* private */
	size_t now; /* the line that is being read */
	char *text;
	size_t size, room;
};

/*
 * Returns 1 and sets *ret to the next object, valid until the next call; 0 at
 * the end; -EMEDIUMTYPE: what comes is no object; -EBADMSG: the file ends in the
 * middle of one; -EFBIG: it is larger than JSON_SPLIT_MAX; or another -errno.
 */
int json_split_next(struct json_split *s, const char **ret, size_t *ret_size);
void json_split_free(struct json_split *s);

#endif
