// SPDX-License-Identifier: GPL-2.0
#include "http.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_LIBCURL
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "../os/clock.h"
#include "end_signal.h"
#include "secret.h"

#define CONNECT_MAX_MS 10000L

/* Told to end, it gives what was sent so long to be answered. */
#define END_NS 2000000000ULL

/* Only what is used; a library that has not got one of them is too old. */
struct api {
	void *library;
	__typeof__(curl_easy_init) *init;
	__typeof__((curl_easy_setopt)) *set;
	__typeof__(curl_easy_perform) *perform;
	__typeof__((curl_easy_getinfo)) *get;
	__typeof__(curl_easy_cleanup) *cleanup;
	__typeof__(curl_easy_strerror) *words;
	__typeof__(curl_slist_append) *append;
	__typeof__(curl_slist_free_all) *free_all;
};

struct http {
	struct api api;
	CURL *curl;
	char *url, *ca, *cert, *key;
	long timeout_ms;
	uint64_t end_ns; /* 0: it was not told to end */
	char error[CURL_ERROR_SIZE];
};

static const char *load(struct api *a)
{
	static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
	const struct {
		const char *name;
		void *at;
	} functions[] = {
		{"curl_easy_init", &a->init},	    {"curl_easy_setopt", &a->set},
		{"curl_easy_perform", &a->perform}, {"curl_easy_getinfo", &a->get},
		{"curl_easy_cleanup", &a->cleanup}, {"curl_easy_strerror", &a->words},
		{"curl_slist_append", &a->append},  {"curl_slist_free_all", &a->free_all},
	};

	for (size_t i = 0; i < 2 && !a->library; i++)
		a->library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	if (!a->library)
		return "needs libcurl.so.4, which is not installed here";
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *found = dlsym(a->library, functions[i].name);

		if (!found)
			return "the libcurl that is installed here is too old";
		memcpy(functions[i].at, &found, sizeof(found));
	}
	return NULL;
}

/* A collector that is named without a path has it where the protocol says. */
static char *url_of(const char *asked)
{
	const char *path = strchr(strstr(asked, "://") + 3, '/');
	char *url = NULL;

	if (path && path[1])
		return strdup(asked);
	return asprintf(&url, "%s%sv1/logs", asked, path ? "" : "/") < 0 ? NULL : url;
}

const char *http_open(const struct settings *s, struct http **ret)
{
	struct http *h = calloc(1, sizeof(*h));
	const char *why = h ? load(&h->api) : "out of memory";

	if (!why) {
		h->curl = h->api.init();
		h->url = url_of(s->otlp);
		h->timeout_ms = (long)(s->otlp_timeout_ns / 1000000);
		h->ca = secret_path(s->otlp_ca);
		h->cert = secret_path(s->otlp_cert);
		h->key = secret_path(s->otlp_key);
		if (!h->curl || !h->url || !h->ca != !s->otlp_ca || !h->cert != !s->otlp_cert ||
		    !h->key != !s->otlp_key)
			why = "out of memory";
	}
	if (why)
		http_close(h);
	else
		*ret = h;
	return why;
}

/* The beginning is enough: what is longer makes no difference. */
static size_t keep(char *bytes, size_t size, size_t n, void *ctx)
{
	struct http_response *to = ctx;
	size_t room = HTTP_BODY_MAX - to->r.size, take = size * n < room ? size * n : room;

	memcpy(to->body + to->r.size, bytes, take);
	to->r.size += take;
	to->body[to->r.size] = '\0';
	return size * n;
}

/* Asked by the library, once a second at least. Other than 0 ends the request. */
static int is_over(void *ctx, curl_off_t n, curl_off_t now, curl_off_t up, curl_off_t up_now)
{
	struct http *h = ctx;

	(void)n, (void)now, (void)up, (void)up_now;
	if (!h->end_ns && end_waits())
		h->end_ns = os_now_ns() + END_NS;
	return h->end_ns && os_now_ns() >= h->end_ns;
}

static struct curl_slist *headers_of(const struct api *a, const struct http_request *q)
{
	struct curl_slist *list = a->append(NULL, "Content-Type: application/json");

	/* an answer is needed in any case: not to wait for leave to send the body */
	list = list ? a->append(list, "Expect:") : NULL;
	if (list && q->gzip)
		list = a->append(list, "Content-Encoding: gzip");
	for (size_t i = 0; list && q->headers && q->headers[i]; i++)
		list = a->append(list, q->headers[i]);
	return list;
}

static void prepare(struct http *h, const struct http_request *q, struct http_response *ret)
{
	const struct api *a = &h->api;
	CURL *c = h->curl;

	a->set(c, CURLOPT_URL, h->url);
	a->set(c, CURLOPT_NOSIGNAL, 1L);
	a->set(c, CURLOPT_NOPROGRESS, 0L);
	a->set(c, CURLOPT_XFERINFOFUNCTION, is_over);
	a->set(c, CURLOPT_XFERINFODATA, h);
#if LIBCURL_VERSION_NUM >= 0x075500
	a->set(c, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	a->set(c, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	a->set(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	a->set(c, CURLOPT_USERAGENT, "locktrace/" LOCKTRACE_VERSION);
	a->set(c, CURLOPT_TIMEOUT_MS, h->timeout_ms);
	a->set(c, CURLOPT_CONNECTTIMEOUT_MS,
	       h->timeout_ms < CONNECT_MAX_MS ? h->timeout_ms : CONNECT_MAX_MS);
	a->set(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->size);
	a->set(c, CURLOPT_POSTFIELDS, q->body);
	a->set(c, CURLOPT_WRITEFUNCTION, keep);
	a->set(c, CURLOPT_WRITEDATA, ret);
	a->set(c, CURLOPT_ERRORBUFFER, h->error);
	if (h->ca)
		a->set(c, CURLOPT_CAINFO, h->ca);
	if (h->cert)
		a->set(c, CURLOPT_SSLCERT, h->cert);
	if (h->key)
		a->set(c, CURLOPT_SSLKEY, h->key);
}

const char *http_post(struct http *h, const struct http_request *q, struct http_response *ret)
{
	const struct api *a = &h->api;
	struct curl_slist *headers = headers_of(a, q);
	curl_off_t retry_after_s = 0;
	CURLcode code;

	ret->r = (struct otlp_response){.body = ret->body};
	ret->body[0] = h->error[0] = '\0';
	if (!headers)
		return "out of memory";
	prepare(h, q, ret);
	a->set(h->curl, CURLOPT_HTTPHEADER, headers);
	code = a->perform(h->curl);
	a->set(h->curl, CURLOPT_HTTPHEADER, NULL);
	a->free_all(headers);
	if (code != CURLE_OK)
		return h->error[0] ? h->error : a->words(code);
	a->get(h->curl, CURLINFO_RESPONSE_CODE, &ret->r.status);
	a->get(h->curl, CURLINFO_RETRY_AFTER, &retry_after_s);
	if (retry_after_s > 0)
		ret->r.retry_after_ns = (uint64_t)(retry_after_s > 86400 ? 86400 : retry_after_s) *
					1000000000;
	return NULL;
}

void http_close(struct http *h)
{
	if (!h)
		return;
	if (h->curl)
		h->api.cleanup(h->curl);
	free(h->url);
	free(h->ca);
	free(h->cert);
	free(h->key);
	/* the library is left loaded: what it has begun ends with the process */
	free(h);
}

#else

const char *http_open(const struct settings *s __attribute__((unused)),
		      struct http **ret __attribute__((unused)))
{
	return "this program was built without libcurl";
}

const char *http_post(struct http *h __attribute__((unused)),
		      const struct http_request *q __attribute__((unused)),
		      struct http_response *ret __attribute__((unused)))
{
	return "built without libcurl";
}

void http_close(struct http *h __attribute__((unused)))
{
}

#endif
