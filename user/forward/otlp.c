// SPDX-License-Identifier: GPL-2.0
/* An OpenTelemetry Collector, or whatever else takes OTLP/HTTP. */
#include <stdlib.h>
#include <time.h>

#include "gzip.h"
#include "http.h"
#include "secret.h"

struct otlp {
	const struct settings *settings;
	struct http *http;
	char *headers; /* path; NULL: none */
	struct http_response response;
};

static bool wanted(const struct settings *s)
{
	return s->otlp != NULL;
}

static bool redacted(const struct settings *s)
{
	return s->otlp_redact;
}

static void close_otlp(void *t)
{
	struct otlp *o = t;

	http_close(o->http);
	free(o->headers);
	free(o);
}

static const char *open_otlp(const struct settings *s, void **ret)
{
	struct otlp *o = calloc(1, sizeof(*o));
	const char *why;

	if (!o)
		return "out of memory";
	o->settings = s;
	o->headers = secret_path(s->otlp_headers);
	why = !o->headers != !s->otlp_headers ? "out of memory" : http_open(s, &o->http);
	if (why)
		close_otlp(o);
	else
		*ret = o;
	return why;
}

static uint64_t wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* The file is read each time: a token may be renewed. Returns NULL, or what is wrong with it. */
static const char *post(struct otlp *o, const struct http_request *q)
{
	struct secret_headers headers = {.text = NULL};
	struct http_request whole = *q;
	const char *why = o->headers ? secret_headers_read(o->headers, &headers) : NULL;

	whole.headers = headers.list;
	if (!why)
		why = http_post(o->http, &whole, &o->response);
	secret_headers_free(&headers);
	return why;
}

static void send_otlp(void *t, const struct item *items, size_t n, struct answer *ret)
{
	struct otlp *o = t;
	size_t size, packed_size = 0;
	char *text = otlp_json_request(items, n, wall_ns(), &size), *packed = NULL;
	const char *why = text ? NULL : "out of memory";

	if (!why && o->settings->otlp_gzip) {
		packed = gzip_pack(text, size, &packed_size);
		why = packed ? NULL : "out of memory";
	}
	if (!why)
		why = post(o, &(struct http_request){.body = packed ? packed : text,
						     .size = packed ? packed_size : size,
						     .gzip = packed != NULL});
	if (why)
		answer_set(ret, ANSWER_LATER, "%.250s", why);
	else
		otlp_json_response(&o->response.r, n, ret);
	free(text);
	free(packed);
}

const struct target target_otlp = {"otlp", wanted, redacted, open_otlp, send_otlp, close_otlp};
