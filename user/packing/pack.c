// SPDX-License-Identifier: GPL-2.0
#include "pack.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "../write_all.h"

#define ROOM 65536

/* What is packed once is read more than once, and carried far. */
#define ZSTD_LEVEL 6

struct pack {
	pack_write_fn *write;
	void *to;
	int fd; /* to, if it is one */
	enum packing by;
	int failed;
	z_stream z;
#ifdef HAVE_ZSTD
	ZSTD_CStream *zstd;
#endif
	char out[ROOM];
};

static int by_gzip(struct pack *p, const void *data, size_t n, bool last)
{
	int r = Z_OK;

	p->z.next_in = (Bytef *)data;
	p->z.avail_in = (uInt)n;
	do {
		int err;

		p->z.next_out = (Bytef *)p->out;
		p->z.avail_out = sizeof(p->out);
		r = deflate(&p->z, last ? Z_FINISH : Z_NO_FLUSH);
		err = p->write(p->to, p->out, sizeof(p->out) - p->z.avail_out);
		if (err || r == Z_STREAM_ERROR)
			return err ? err : -EIO;
	} while (last ? r != Z_STREAM_END : p->z.avail_in || !p->z.avail_out);
	return 0;
}

#ifdef HAVE_ZSTD
static int by_zstd(struct pack *p, const void *data, size_t n, bool last)
{
	ZSTD_inBuffer in = {data, n, 0};
	size_t left;

	do {
		ZSTD_outBuffer out = {p->out, sizeof(p->out), 0};
		int err;

		left = ZSTD_compressStream2(p->zstd, &out, &in,
					    last ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			return -EIO;
		err = p->write(p->to, p->out, out.pos);
		if (err)
			return err;
	} while (last ? left > 0 : in.pos < in.size);
	return 0;
}

static int open_zstd(struct pack *p)
{
	p->zstd = ZSTD_createCStream();
	/* what was damaged on its way is known as such */
	if (!p->zstd || ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_checksumFlag, 1)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL)))
		return -ENOMEM;
	return 0;
}

bool pack_has_zstd(void)
{
	return true;
}
#else
static int by_zstd(struct pack *p __attribute__((unused)), const void *data __attribute__((unused)),
		   size_t n __attribute__((unused)), bool last __attribute__((unused)))
{
	return -ENOTSUP;
}

static int open_zstd(struct pack *p __attribute__((unused)))
{
	return -ENOTSUP;
}

bool pack_has_zstd(void)
{
	return false;
}
#endif

static int write_fd(void *to, const void *data, size_t n)
{
	const struct pack *p = to;

	return write_all(p->fd, data, n);
}

int pack_open(int fd, enum packing by, struct pack **ret)
{
	int err = pack_open_to(write_fd, NULL, by, ret);

	if (!err) {
		(*ret)->fd = fd;
		(*ret)->to = *ret;
	}
	return err;
}

int pack_open_to(pack_write_fn *write, void *to, enum packing by, struct pack **ret)
{
	struct pack *p = calloc(1, sizeof(*p));
	int err = p ? 0 : -ENOMEM;

	if (err)
		return err;
	p->write = write;
	p->to = to;
	p->by = by;
	if (by == PACK_ZSTD)
		err = open_zstd(p);
	else if (by == PACK_GZIP && deflateInit2(&p->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16,
						 8, Z_DEFAULT_STRATEGY) != Z_OK)
		err = -ENOMEM;
	if (err)
		pack_free(p);
	else
		*ret = p;
	return err;
}

static int put(struct pack *p, const void *data, size_t n, bool last)
{
	if (!p->failed)
		p->failed = p->by == PACK_GZIP	 ? by_gzip(p, data, n, last)
			    : p->by == PACK_ZSTD ? by_zstd(p, data, n, last)
						 : p->write(p->to, data, n);
	return p->failed;
}

int pack_write(struct pack *p, const void *data, size_t n)
{
	return n ? put(p, data, n, false) : p->failed;
}

int pack_end(struct pack *p)
{
	return put(p, "", 0, true);
}

void pack_free(struct pack *p)
{
	if (!p)
		return;
	if (p->by == PACK_GZIP)
		deflateEnd(&p->z);
#ifdef HAVE_ZSTD
	ZSTD_freeCStream(p->zstd);
#endif
	free(p);
}
