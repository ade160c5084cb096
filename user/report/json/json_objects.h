/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_JSON_OBJECTS_H
#define REPORT_JSON_OBJECTS_H

/*
 * What a report is made of, as values of JSON: docs/report.schema.json. Names of
 * members are added, never changed. Each is NULL without memory: one that lacks a
 * part of it is not built.
 */
#include <jansson.h>

#include "../../core/report.h"

json_t *json_head(const struct report *r); /* all but its lists */
json_t *json_thread(const struct report_thread *t, size_t index);
json_t *json_resource(const struct report_resource *r, size_t index);
json_t *json_stack(const struct report_stack *s, size_t index);
json_t *json_unseen(const struct report *r); /* the list of them */

/* The last line of a session. */
json_t *json_end(const struct report_end *end);

#endif
