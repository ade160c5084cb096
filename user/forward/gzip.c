// SPDX-License-Identifier: GPL-2.0
#include "gzip.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#define GZIP_WINDOW (15 + 16) /* the largest; with gzip's header */

char *gzip_pack(const char *bytes, size_t size, size_t *ret_size)
{
	z_stream z = {0};
	size_t room;
	char *out;

	if (size > UINT_MAX / 2 || deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW,
						8, Z_DEFAULT_STRATEGY) != Z_OK)
		return NULL;
	room = deflateBound(&z, size);
	out = malloc(room);
	z.next_in = (Bytef *)bytes;
	z.avail_in = (uInt)size;
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)room;
	if (out && deflate(&z, Z_FINISH) != Z_STREAM_END) {
		free(out);
		out = NULL;
	}
	*ret_size = room - z.avail_out;
	deflateEnd(&z);
	return out;
}
