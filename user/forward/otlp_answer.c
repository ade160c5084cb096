// SPDX-License-Identifier: GPL-2.0
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "otlp_json.h"

/* What it says is shown in our messages: the beginning of it, on one line. */
static void said(const struct otlp_response *r, char buf[128])
{
	json_t *body = json_loadb(r->body, r->size, JSON_REJECT_DUPLICATES, NULL);
	const char *text = json_string_value(json_object_get(body, "message"));

	snprintf(buf, 128, "%s%.120s", text ? ": " : "", text ? text : "");
	json_decref(body);
}

/* A 64 bit number, as a text or a number. */
static size_t count(const json_t *value)
{
	const char *text = json_string_value(value);
	long long n = text ? strtoll(text, NULL, 10) : json_integer_value(value);

	return n > 0 ? (size_t)n : 0;
}

/*
 * A part of them may not have been kept: the protocol says that these must not be sent
 * again. A body that makes no sense says nothing of that.
 */
static void taken(const struct otlp_response *r, size_t n, struct answer *ret)
{
	json_t *body = json_loadb(r->body, r->size, 0, NULL);
	const json_t *partial = json_object_get(body, "partialSuccess");
	const char *why = json_string_value(json_object_get(partial, "errorMessage"));

	answer_set(ret, ANSWER_TAKEN, "%.200s", why ? why : "no reason is given");
	ret->rejected = count(json_object_get(partial, "rejectedLogRecords"));
	if (ret->rejected > n)
		ret->rejected = n;
	json_decref(body);
}

/*
 * Who we are, or where we ask, is what is wrong here: none of the reports. To give them
 * up would empty the device because a certificate is out of date.
 */
static bool is_about_us(long status)
{
	return status < 400 || status == 401 || status == 403 || status == 404 || status == 405 ||
	       status == 407;
}

void otlp_json_response(const struct otlp_response *r, size_t n, struct answer *ret)
{
	char text[128];

	if (r->status >= 200 && r->status < 300) {
		taken(r, n, ret);
		return;
	}
	said(r, text);
	if (r->status == 429 || r->status == 408 || r->status >= 500 || is_about_us(r->status)) {
		answer_set(ret, ANSWER_LATER, "HTTP status %ld%s", r->status, text);
		ret->after_ns = r->retry_after_ns;
		/* 502 to 504 are of those between us */
		ret->of_these = r->status >= 500 && (r->status < 502 || r->status > 504);
		return;
	}
	answer_set(ret, ANSWER_REFUSED, "HTTP status %ld%s", r->status, text);
}
