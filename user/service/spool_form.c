// SPDX-License-Identifier: GPL-2.0
#include "spool_form.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#define GZIP_BITS  (15 + 16)
#define ZSTD_LEVEL 6

const char *spool_form_parse(const char *text, enum spool_form *ret)
{
	static const char *const words[] = {"auto", "none", "gzip", "zstd"};

	for (int i = 0; i < 4; i++) {
		if (strcmp(text, words[i]) != 0)
			continue;
		if (!spool_form_is_known((enum spool_form)i))
			return "this locktrace was built without libzstd";
		*ret = (enum spool_form)i;
		return NULL;
	}
	return "must be one of: auto, none, gzip, zstd";
}

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), n_end = strlen(end);

	return n > n_end && strcmp(name + n - n_end, end) == 0;
}

enum spool_form spool_form_of(const char *name)
{
	return ends_in(name, ".zst") ? SPOOL_ZSTD : ends_in(name, ".gz") ? SPOOL_GZIP : SPOOL_PLAIN;
}

const char *spool_form_suffix(enum spool_form form)
{
	return form == SPOOL_ZSTD ? ".zst" : form == SPOOL_GZIP ? ".gz" : "";
}

bool spool_form_is_known(enum spool_form form)
{
#ifdef HAVE_ZSTD
	(void)form;
	return true;
#else
	return form != SPOOL_ZSTD;
#endif
}

enum spool_form spool_form_choose(enum spool_form form)
{
	if (form != SPOOL_AUTO)
		return form;
	return spool_form_is_known(SPOOL_ZSTD) ? SPOOL_ZSTD : SPOOL_GZIP;
}

/* Takes text over; returns 0 and sets *ret, or frees it. */
static int done(int err, char *text, size_t size, char **ret, size_t *ret_size)
{
	if (err) {
		free(text);
		return err;
	}
	text[size] = '\0';
	*ret = text;
	*ret_size = size;
	return 0;
}

static int copy(const char *text, size_t size, char **ret, size_t *ret_size)
{
	char *to = malloc(size + 1);

	if (!to)
		return -ENOMEM;
	memcpy(to, text, size);
	return done(0, to, size, ret, ret_size);
}

/* ---- gzip ---- */

static int gzip(const char *text, size_t size, char **ret, size_t *ret_size)
{
	z_stream z = {.next_in = (Bytef *)text, .avail_in = (uInt)size};
	char *to;
	int err;

	if (size > SPOOL_UNPACKED_MAX)
		return -EFBIG;
	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_BITS, 8, Z_DEFAULT_STRATEGY))
		return -ENOMEM;
	size_t room = deflateBound(&z, size);

	to = malloc(room + 1);
	z.next_out = (Bytef *)to;
	z.avail_out = (uInt)room;
	err = to && deflate(&z, Z_FINISH) == Z_STREAM_END ? 0 : -ENOMEM;
	deflateEnd(&z);
	return done(err, to, z.total_out, ret, ret_size);
}

/* Twice the room, for what is packed does not say how much it is. */
static int grow(char **to, size_t *room)
{
	size_t more = *room * 2;
	char *larger;

	if (more > SPOOL_UNPACKED_MAX)
		return -EFBIG;
	larger = realloc(*to, more + 1);
	if (!larger)
		return -ENOMEM;
	*to = larger;
	*room = more;
	return 0;
}

static int inflate_all(z_stream *z, char **to, size_t *room)
{
	for (;;) {
		int state, err;

		z->next_out = (Bytef *)*to + z->total_out;
		z->avail_out = (uInt)(*room - z->total_out);
		state = inflate(z, Z_NO_FLUSH);
		if (state == Z_STREAM_END)
			return 0;
		if (state == Z_MEM_ERROR)
			return -ENOMEM;
		if (state != Z_OK || z->avail_out)
			return -EBADMSG; /* damaged, or it ends in the middle */
		err = grow(to, room);
		if (err)
			return err;
	}
}

static int gunzip(const char *text, size_t size, char **ret, size_t *ret_size)
{
	z_stream z = {.next_in = (Bytef *)text, .avail_in = (uInt)size};
	size_t room = 65536;
	char *to = malloc(room + 1);
	int err;

	if (!to || inflateInit2(&z, GZIP_BITS)) {
		free(to);
		return -ENOMEM;
	}
	err = inflate_all(&z, &to, &room);
	inflateEnd(&z);
	return done(err, to, z.total_out, ret, ret_size);
}

/* ---- zstd ---- */

#ifdef HAVE_ZSTD
static int zstd(const char *text, size_t size, char **ret, size_t *ret_size)
{
	size_t room = ZSTD_compressBound(size), n = 0;
	char *to = malloc(room + 1);
	ZSTD_CCtx *c = ZSTD_createCCtx();
	int err = to && c ? 0 : -ENOMEM;

	if (!err) {
		ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, ZSTD_LEVEL);
		ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
		n = ZSTD_compress2(c, to, room, text, size);
		err = ZSTD_isError(n) ? -ENOMEM : 0;
	}
	ZSTD_freeCCtx(c);
	return done(err, to, n, ret, ret_size);
}

static int unzstd(const char *text, size_t size, char **ret, size_t *ret_size)
{
	ZSTD_inBuffer in = {.src = text, .size = size};
	ZSTD_DStream *d = ZSTD_createDStream();
	size_t room = 65536, left = 1;
	ZSTD_outBuffer out = {.dst = malloc(room + 1), .size = room};
	char *to = out.dst;
	int err = d && to ? 0 : -ENOMEM;

	while (!err && left) {
		left = ZSTD_decompressStream(d, &out, &in);
		if (ZSTD_isError(left) || (left && in.pos == in.size && out.pos < out.size))
			err = -EBADMSG;
		else if (left && out.pos == out.size)
			err = grow(&to, &room);
		out.dst = to;
		out.size = room;
	}
	ZSTD_freeDStream(d);
	return done(err, to, out.pos, ret, ret_size);
}
#endif

int spool_pack(enum spool_form form, const char *text, size_t size, char **ret, size_t *ret_size)
{
	switch (form) {
	case SPOOL_PLAIN:
		return copy(text, size, ret, ret_size);
	case SPOOL_GZIP:
		return gzip(text, size, ret, ret_size);
#ifdef HAVE_ZSTD
	case SPOOL_ZSTD:
		return zstd(text, size, ret, ret_size);
#endif
	default:
		return -ENOTSUP;
	}
}

int spool_unpack(enum spool_form form, const char *text, size_t size, char **ret, size_t *ret_size)
{
	if (size > SPOOL_UNPACKED_MAX)
		return -EFBIG;
	switch (form) {
	case SPOOL_PLAIN:
		return copy(text, size, ret, ret_size);
	case SPOOL_GZIP:
		return gunzip(text, size, ret, ret_size);
#ifdef HAVE_ZSTD
	case SPOOL_ZSTD:
		return unzstd(text, size, ret, ret_size);
#endif
	default:
		return -ENOTSUP;
	}
}
