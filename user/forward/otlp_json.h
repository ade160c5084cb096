/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FORWARD_OTLP_JSON_H
#define FORWARD_OTLP_JSON_H

/*
 * Reports as OTLP logs in JSON: an ExportLogsServiceRequest, and what is
 * answered to it. Pure.
 */
#include "target.h"

/*
 * Of n items, observed at that time. Returns the text, to be freed, and its size; or NULL:
 * out of memory.
 */
char *otlp_json_request(const struct item *items, size_t n, uint64_t now_ns, size_t *ret_size);

/* What a response comes to, of which at most the beginning was kept. */
struct otlp_response {
	long status;
	const char *body; /* as it is in the response, ended by NUL */
	size_t size;
	uint64_t retry_after_ns; /* 0: not said */
};

void otlp_json_response(const struct otlp_response *r, size_t n, struct answer *ret);

#endif
