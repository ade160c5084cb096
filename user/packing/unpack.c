// SPDX-License-Identifier: GPL-2.0
#include "unpack.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#define ROOM 65536

struct unpack {
	int fd; /* -1: what is left in memory */
	const char *left;
	size_t n_left;
	char in[ROOM];
	size_t at, end; /* what was read and not yet used */
	bool eof;

	ssize_t (*more)(struct unpack *u, char *buf, size_t size);
	z_stream z;
	bool inside; /* of a gzip member, or a frame of zstd */
#ifdef HAVE_ZSTD
	ZSTD_DStream *zstd;
#endif

	char peeked[UNPACK_PEEK];
	size_t peek_at, peek_end;
};

/* As read(2). */
static ssize_t get(struct unpack *u, char *buf, size_t size)
{
	size_t n = u->n_left < size ? u->n_left : size;

	if (u->fd >= 0)
		return read(u->fd, buf, size);
	if (!n)
		return 0;
	memcpy(buf, u->left, n);
	u->left += n;
	u->n_left -= n;
	return (ssize_t)n;
}

/* Until there are n bytes, or the end. Returns 0 or -errno. */
static int fill(struct unpack *u, size_t n)
{
	if (u->at == u->end)
		u->at = u->end = 0;
	while (!u->eof && u->end - u->at < n) {
		ssize_t got;

		if (u->at) {
			memmove(u->in, u->in + u->at, u->end - u->at);
			u->end -= u->at;
			u->at = 0;
		}
		got = get(u, u->in + u->end, sizeof(u->in) - u->end);
		if (got < 0 && errno != EINTR)
			return -errno;
		u->eof = got == 0;
		u->end += got > 0 ? (size_t)got : 0;
	}
	return 0;
}

static ssize_t as_it_is(struct unpack *u, char *buf, size_t size)
{
	int err = fill(u, 1);
	size_t n = u->end - u->at < size ? u->end - u->at : size;

	if (err)
		return err;
	memcpy(buf, u->in + u->at, n);
	u->at += n;
	return (ssize_t)n;
}

static bool is_gzip(const struct unpack *u)
{
	return u->end - u->at >= 2 && memcmp(u->in + u->at, "\x1f\x8b", 2) == 0;
}

/* One step; *ret_n is what came of it. */
static int inflate_some(struct unpack *u, char *buf, size_t size, size_t *ret_n)
{
	int r;

	u->z.next_in = (Bytef *)u->in + u->at;
	u->z.avail_in = (uInt)(u->end - u->at);
	u->z.next_out = (Bytef *)buf;
	u->z.avail_out = (uInt)size;
	r = inflate(&u->z, Z_NO_FLUSH);
	u->at = u->end - u->z.avail_in;
	*ret_n = size - u->z.avail_out;
	if (r == Z_STREAM_END) {
		u->inside = false;
		return inflateReset(&u->z) == Z_OK ? 0 : -EILSEQ;
	}
	return r == Z_OK || r == Z_BUF_ERROR ? 0 : r == Z_MEM_ERROR ? -ENOMEM : -EILSEQ;
}

/* Several members, one after the other, are one file; what else may follow them is none. */
static ssize_t by_gzip(struct unpack *u, char *buf, size_t size)
{
	size_t n = 0;

	size = size < INT_MAX ? size : INT_MAX;
	while (!n) {
		int err = fill(u, u->inside ? 1 : 2);

		if (!err && !u->inside) {
			if (!is_gzip(u))
				return 0;
			u->inside = true;
		}
		if (!err && u->at == u->end)
			err = -EPIPE;
		if (!err)
			err = inflate_some(u, buf, size, &n);
		if (err)
			return n ? (ssize_t)n : err;
	}
	return (ssize_t)n;
}

static bool is_zstd(const struct unpack *u)
{
	return u->end - u->at >= 4 && memcmp(u->in + u->at, "\x28\xb5\x2f\xfd", 4) == 0;
}

#ifdef HAVE_ZSTD
static ssize_t by_zstd(struct unpack *u, char *buf, size_t size)
{
	ZSTD_outBuffer out = {buf, size, 0};

	while (!out.pos) {
		int err = fill(u, 1);
		ZSTD_inBuffer in = {u->in, u->end, u->at};
		size_t r;

		if (err)
			return err;
		if (in.pos == in.size && !u->inside)
			return 0;
		r = ZSTD_decompressStream(u->zstd, &out, &in);
		if (ZSTD_isError(r))
			return -EILSEQ;
		u->inside = r != 0;
		if (in.pos == u->at && !out.pos && u->eof)
			return u->inside ? -EPIPE : 0;
		u->at = in.pos;
	}
	return (ssize_t)out.pos;
}

static int open_zstd(struct unpack *u)
{
	u->more = by_zstd;
	u->zstd = ZSTD_createDStream();
	return u->zstd ? 0 : -ENOMEM;
}
#else
static ssize_t not_by_zstd(struct unpack *u __attribute__((unused)),
			   char *buf __attribute__((unused)), size_t size __attribute__((unused)))
{
	return -ENOTSUP;
}

static int open_zstd(struct unpack *u)
{
	u->more = not_by_zstd;
	return 0;
}
#endif

static enum packing sniff(const struct unpack *u)
{
	return is_gzip(u) ? PACK_GZIP : is_zstd(u) ? PACK_ZSTD : PACK_NONE;
}

static int open_as(struct unpack *u, enum packing by)
{
	u->more = as_it_is;
	if (by == PACK_ZSTD)
		return open_zstd(u);
	if (by == PACK_NONE)
		return 0;
	if (inflateInit2(&u->z, 15 + 16) != Z_OK) /* gzip, no zlib */
		return -ENOMEM;
	u->more = by_gzip;
	return 0;
}

int unpack_open(int fd, struct unpack **ret)
{
	struct unpack *u = calloc(1, sizeof(*u));
	int err = u ? 0 : -ENOMEM;

	if (err) {
		close(fd);
		return err;
	}
	u->fd = fd;
	err = fill(u, 4);
	if (!err)
		err = open_as(u, sniff(u));
	if (err)
		unpack_close(u);
	else
		*ret = u;
	return err;
}

int unpack_open_memory(const void *data, size_t size, enum packing by, struct unpack **ret)
{
	struct unpack *u = calloc(1, sizeof(*u));
	int err = u ? 0 : -ENOMEM;

	if (err)
		return err;
	u->fd = -1;
	u->left = data;
	u->n_left = size;
	err = fill(u, 4);
	if (!err)
		err = by == PACK_NONE || sniff(u) == by ? open_as(u, by) : -EILSEQ;
	if (err)
		unpack_close(u);
	else
		*ret = u;
	return err;
}

void unpack_close(struct unpack *u)
{
	if (!u)
		return;
	if (u->more == by_gzip)
		inflateEnd(&u->z);
#ifdef HAVE_ZSTD
	ZSTD_freeDStream(u->zstd);
#endif
	if (u->fd >= 0)
		close(u->fd);
	free(u);
}

ssize_t unpack_read(void *from, char *buf, size_t size)
{
	struct unpack *u = from;
	size_t n = u->peek_end - u->peek_at < size ? u->peek_end - u->peek_at : size;

	if (!n)
		return size ? u->more(u, buf, size) : 0;
	memcpy(buf, u->peeked + u->peek_at, n);
	u->peek_at += n;
	return (ssize_t)n;
}

ssize_t unpack_peek(struct unpack *u, const char **ret, size_t size)
{
	ssize_t n = 1;

	if (u->peek_at) {
		u->peek_end -= u->peek_at;
		memmove(u->peeked, u->peeked + u->peek_at, u->peek_end);
		u->peek_at = 0;
	}
	while (n > 0 && u->peek_end < size) {
		n = u->more(u, u->peeked + u->peek_end, size - u->peek_end);
		u->peek_end += n > 0 ? (size_t)n : 0;
	}
	*ret = u->peeked;
	return n < 0 && !u->peek_end ? n : (ssize_t)u->peek_end;
}

const char *unpack_fault(int err)
{
	switch (err) {
	case -EPIPE:
		return "ends in the middle of what is compressed";
	case -EILSEQ:
		return "what is compressed is damaged";
	case -ENOTSUP:
		return "is compressed by zstd, and this locktrace was built without it: unpack it "
		       "with zstd -d";
	default:
		return strerror(-err);
	}
}
