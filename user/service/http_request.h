/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_HTTP_REQUEST_H
#define SERVICE_HTTP_REQUEST_H

/* As much of HTTP/1.x as it takes to be asked for a page, and no more. Pure. */
#include <stdbool.h>
#include <stddef.h>

#define HTTP_REQUEST_MAX 8192 /* with all headers, none of which is looked at */

struct http_request {
	bool head;
	char path[128]; /* without the query */
};

/*
 * Returns 0 if more must come, 200 and fills *ret, or the status that tells
 * what is wrong: 400, 405, 414, 431, 505.
 */
int http_request_parse(const char *text, size_t n, struct http_request *ret);

/* "Not Found" */
const char *http_reason(int status);

#endif
