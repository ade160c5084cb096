// SPDX-License-Identifier: GPL-2.0
#include "http_request.h"

#include <string.h>

/* The headers end with an empty line. */
static bool is_whole(const char *text, size_t n)
{
	return memmem(text, n, "\r\n\r\n", 4) || memmem(text, n, "\n\n", 2);
}

static bool starts(const char *text, size_t n, const char *with)
{
	size_t size = strlen(with);

	return n >= size && memcmp(text, with, size) == 0;
}

/* A token, as methods are: what else is none is no request. */
static bool is_method(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] < 'A' || text[i] > 'Z')
			return false;
	}
	return n > 0;
}

/* "/metrics?x=y", or as a proxy is asked: "http://host/metrics". */
static int take_path(const char *target, size_t n, char *ret, size_t size)
{
	static const char scheme[] = "http://";

	if (starts(target, n, scheme)) {
		const char *host = target + sizeof(scheme) - 1;
		const char *path = memchr(host, '/', n - (sizeof(scheme) - 1));

		if (!path)
			return 400;
		n -= (size_t)(path - target);
		target = path;
	}
	for (size_t i = 0; i < n; i++) {
		if (target[i] == '?' || target[i] == '#')
			n = i;
		else if (target[i] <= ' ' || target[i] > '~')
			return 400;
	}
	if (!n || target[0] != '/')
		return 400;
	if (n >= size)
		return 414;
	memcpy(ret, target, n);
	ret[n] = '\0';
	return 200;
}

static int parse_line(const char *line, size_t n, struct http_request *ret)
{
	const char *target = memchr(line, ' ', n), *version;
	size_t method = target ? (size_t)(target - line) : 0, rest;
	int status;

	if (!target || !is_method(line, method))
		return 400;
	target++;
	rest = n - method - 1;
	version = memchr(target, ' ', rest);
	if (!version)
		return 400;
	status = take_path(target, (size_t)(version - target), ret->path, sizeof(ret->path));
	version++;
	rest = n - (size_t)(version - line);
	if (!starts(version, rest, "HTTP/") || rest != 8)
		return 400;
	if (!starts(version, rest, "HTTP/1."))
		return 505;
	if (status != 200)
		return status;
	ret->head = starts(line, n, "HEAD ");
	return ret->head || starts(line, n, "GET ") ? 200 : 405;
}

int http_request_parse(const char *text, size_t n, struct http_request *ret)
{
	struct http_request request = {.head = false};
	const char *end = memchr(text, '\n', n);
	int status;

	if (memchr(text, '\0', n))
		return 400;
	if (!is_whole(text, n))
		return n < HTTP_REQUEST_MAX ? 0 : end ? 431 : 414;
	n = (size_t)(end - text);
	status = parse_line(text, n && text[n - 1] == '\r' ? n - 1 : n, &request);
	if (status == 200)
		*ret = request;
	return status;
}

const char *http_reason(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 408:
		return "Request Timeout";
	case 414:
		return "URI Too Long";
	case 431:
		return "Request Header Fields Too Large";
	case 503:
		return "Service Unavailable";
	case 505:
		return "HTTP Version Not Supported";
	default:
		return "Bad Request";
	}
}
