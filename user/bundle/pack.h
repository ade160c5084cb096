/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BUNDLE_PACK_H
#define BUNDLE_PACK_H

/* What is written, packed on its way. */
#include <stdbool.h>
#include <stddef.h>

enum packing { PACK_NONE, PACK_GZIP, PACK_ZSTD };

/* Was it built in? */
bool pack_has_zstd(void);

struct pack;

/* fd stays the caller's. Returns 0 or -ENOMEM; -ENOTSUP: not built in. */
int pack_open(int fd, enum packing by, struct pack **ret);

/* Both return 0 or -errno; once failed, they go on failing. */
int pack_write(struct pack *p, const void *data, size_t n);
int pack_end(struct pack *p);

void pack_free(struct pack *p); /* NULL is fine */

#endif
