// SPDX-License-Identifier: GPL-2.0
#include "unzstd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool unzstd_is_one(int fd)
{
	static const unsigned char magic[] = {0x28, 0xb5, 0x2f, 0xfd};
	unsigned char there[sizeof(magic)];

	return pread(fd, there, sizeof(there), 0) == (ssize_t)sizeof(there) &&
	       memcmp(there, magic, sizeof(magic)) == 0;
}

#ifdef HAVE_ZSTD
#include <zstd.h>

/* Frames that want more memory than that to be read are nobody's reports. */
#define WINDOW_LOG_MAX 27

struct unzstd {
	int fd;
	ZSTD_DStream *stream;
	ZSTD_inBuffer in;
	size_t left; /* 0: between two frames */
	char buf[65536];
};

int unzstd_new(int fd, struct unzstd **ret)
{
	struct unzstd *u = calloc(1, sizeof(*u));

	if (u)
		u->stream = ZSTD_createDStream();
	if (!u || !u->stream) {
		free(u);
		return -ENOMEM;
	}
	ZSTD_DCtx_setParameter(u->stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	u->fd = fd;
	u->in.src = u->buf;
	*ret = u;
	return 0;
}

void unzstd_free(struct unzstd *u)
{
	if (u)
		ZSTD_freeDStream(u->stream);
	free(u);
}

/* Returns 1, 0 at the end of the file, or -errno. */
static int more(struct unzstd *u)
{
	ssize_t n;

	do {
		n = read(u->fd, u->buf, sizeof(u->buf));
	} while (n < 0 && errno == EINTR);
	u->in.size = n > 0 ? (size_t)n : 0;
	u->in.pos = 0;
	return n < 0 ? -errno : n > 0;
}

ssize_t unzstd_read(void *from, char *buf, size_t size)
{
	struct unzstd *u = from;
	ZSTD_outBuffer out = {.dst = buf, .size = size};

	while (size && !out.pos) {
		/* also without new input: there may be more to come of the old */
		size_t before = u->in.pos;
		bool full = u->in.pos < u->in.size || u->left;

		if (full) {
			u->left = ZSTD_decompressStream(u->stream, &out, &u->in);
			if (ZSTD_isError(u->left))
				return -EILSEQ;
		}
		if (!out.pos && u->in.pos == u->in.size &&
		    (!full || u->in.pos == before || !u->left)) {
			int err = more(u);

			if (err <= 0)
				return err < 0 ? err : u->left ? -EPIPE : 0;
		}
	}
	return (ssize_t)out.pos;
}
#else
int unzstd_new(int fd, struct unzstd **ret)
{
	(void)fd;
	*ret = NULL;
	return -ENOTSUP;
}

void unzstd_free(struct unzstd *u)
{
	(void)u;
}

ssize_t unzstd_read(void *from, char *buf, size_t size)
{
	(void)from;
	(void)buf;
	(void)size;
	return -ENOTSUP;
}
#endif
