/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_JSON_READ_H
#define REPORT_JSON_READ_H

/*
 * Reports read back from the JSON that json.c writes. The text may come from
 * anybody: all of it is checked against what the renderers rely on before a
 * report is handed out. Members that are not known (of a newer locktrace) are
 * kept for json_read_write(), and otherwise passed over.
 */
#include <stddef.h>
#include <stdio.h>

#include "../../core/report.h"

#define JSON_READ_WHY 160

struct json_read; /* one report */

/*
 * Reads one JSON object of size bytes. Returns 0 and sets *ret, or
 * -EMEDIUMTYPE (not a report), -EPROTONOSUPPORT (of a newer schema), -EBADMSG
 * (a damaged one) with one line in why, or -ENOMEM.
 */
int json_read(const char *text, size_t size, struct json_read **ret, char why[JSON_READ_WHY]);
void json_read_free(struct json_read *j); /* NULL is fine */

/* The report; NULL if it is the line that ends a session. Belongs to j. */
const struct report *json_read_report(const struct json_read *j);

/*
 * Writes the object that was read with the frames of r (the report of j, its
 * stacks named) in the place of its own: one line, as the JSON renderer does.
 * All else is as it was; r is NULL for an end. Returns 0, -ENOMEM or -EIO.
 */
int json_read_write(const struct json_read *j, const struct report *r, FILE *out);

#endif
