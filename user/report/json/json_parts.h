/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_JSON_PARTS_H
#define REPORT_JSON_PARTS_H

/* A frame as an object of JSON, and back. */
#include <jansson.h>

#include "../../core/facts.h"
#include "json_get.h"

/* RFC 3339 in UTC with milliseconds; null if it is not known (0). */
json_t *json_moment(uint64_t wall_ns);

json_t *json_frame(const struct fact_frame *f); /* NULL: no memory */

/* Its strings belong to the object. */
void json_get_frame(struct json_get *g, const json_t *o, struct fact_frame *ret);

/* How a report is written: see json.c. 0 or -EIO. */
int json_line(const json_t *report, FILE *out);

#endif
