/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FORWARD_HTTP_H
#define FORWARD_HTTP_H

/* One POST at a time, by libcurl, which is loaded when it is needed. */
#include "otlp_json.h"

#define HTTP_BODY_MAX 65536

struct http;

struct http_request {
	const void *body;
	size_t size;
	bool gzip;		    /* is it? */
	const char *const *headers; /* "Name: value"; ended by NULL */
};

struct http_response {
	struct otlp_response r;
	char body[HTTP_BODY_MAX + 1];
};

/* Returns NULL and sets *ret, or says why there can be none. */
const char *http_open(const struct settings *s, struct http **ret);

/* Returns NULL and fills *ret, or says why there was no (whole) response; valid until the next. */
const char *http_post(struct http *h, const struct http_request *q, struct http_response *ret);
void http_close(struct http *h);

#endif
