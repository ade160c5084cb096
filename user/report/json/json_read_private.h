/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_JSON_READ_PRIVATE_H
#define REPORT_JSON_READ_PRIVATE_H

/* What the files of the JSON reader share. */
#include "../../core/arena.h"
#include "../../core/report.h"
#include "json_get.h"
#include "json_parts.h"

struct json_read {
	json_t *whole; /* all strings are in it */
	struct arena arena;
	struct json_get get;
	struct fact_session session;
	struct report report;
	bool end; /* no report: the last line of a session */
};

/* Typed as the others; both of them need it. */
int json_since(const char *word);

/* An array for the members of a list, or NULL; *ret_n is 0 then. */
void *json_read_array(struct json_read *j, const json_t *list, size_t size, size_t *ret_n);

/* One of each; the numbers of threads, resources and stacks are known by then. */
void json_read_thread(struct json_read *j, const json_t *o, struct report_thread *t);
void json_read_resource(struct json_read *j, const json_t *o, struct report_resource *res);
void json_read_stack(struct json_read *j, const json_t *o, struct report_stack *s);

void json_read_life(struct json_read *j);

#endif
