// SPDX-License-Identifier: GPL-2.0
/* The child's end of its wants: each waits for what is given. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../os/fd_message.h"
#include "wire.h"

/* A parent that is gone, or that makes no sense, is the end. */
static int64_t want(const struct parser_want *w, struct parser_given *ret, int *ret_fd)
{
	if (fd_message_send(PARSER_SOCKET, w, sizeof(*w), -1) ||
	    fd_message_receive(PARSER_SOCKET, ret, sizeof(*ret), ret_fd))
		_exit(0);
	return ret->result;
}

static int64_t want_bytes(const struct parser_want *w)
{
	struct parser_given given;
	int fd;
	int64_t n = want(w, &given, &fd);

	if (fd >= 0)
		close(fd);
	return n > PARSER_BULK ? -E2BIG : n;
}

static ssize_t maps(void *ctx, char **ret)
{
	const struct parser_want w = {.what = WANT_MAPS};
	const struct parser_shared *shared = ctx;
	int64_t n = want_bytes(&w);
	char *text;

	if (n < 0)
		return n;
	text = malloc(n + 1);
	if (!text)
		return -ENOMEM;
	memcpy(text, shared->bulk, n);
	text[n] = '\0';
	*ret = text;
	return n;
}

static int want_file(const struct parser_want *w, uint64_t *ret_file)
{
	struct parser_given given;
	int fd;
	int64_t r = want(w, &given, &fd);

	if (r < 0 && fd >= 0)
		close(fd);
	*ret_file = given.file;
	return r < 0 ? r : fd < 0 ? -EIO : fd;
}

static int file(void *ctx, uint64_t start, uint64_t *ret_file)
{
	const struct parser_want w = {.what = WANT_FILE, .address = start};

	(void)ctx;
	return want_file(&w, ret_file);
}

static ssize_t memory(void *ctx, uint64_t addr, void *buf, size_t size)
{
	const struct parser_want w = {.what = WANT_MEMORY, .address = addr, .size = size};
	const struct parser_shared *shared = ctx;
	int64_t n = want_bytes(&w);

	if (n > (int64_t)size)
		return -EIO;
	if (n > 0)
		memcpy(buf, shared->bulk, n);
	return n;
}

static int debug(void *ctx, const struct source_debug *wanted)
{
	struct parser_want w = {
		.what = WANT_DEBUG,
		.nth = wanted->nth,
		.file = wanted->file,
		.by_build_id = wanted->build_id != NULL,
	};
	uint64_t number;

	(void)ctx;
	snprintf(w.name, sizeof(w.name), "%s", wanted->build_id ? wanted->build_id : wanted->link);
	return want_file(&w, &number);
}

static int perf_map(void *ctx)
{
	const struct parser_want w = {.what = WANT_PERF_MAP};
	uint64_t number;

	(void)ctx;
	return want_file(&w, &number);
}

void child_source(struct parser_shared *shared, struct source *ret)
{
	*ret = (struct source){shared, maps, file, memory, debug, perf_map, NULL};
}
