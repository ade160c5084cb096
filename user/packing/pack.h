/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PACKING_PACK_H
#define PACKING_PACK_H

/* What is written, packed on its way. */
#include <stdbool.h>
#include <stddef.h>

enum packing { PACK_NONE, PACK_GZIP, PACK_ZSTD };

/* Was it built in? */
bool pack_has_zstd(void);

struct pack;

/*
 * What is packed goes to write(to, ...), which returns 0 or -errno; or to fd, which
 * stays the caller's. Both return 0 or -ENOMEM; -ENOTSUP: not built in.
 */
typedef int pack_write_fn(void *to, const void *data, size_t n);
int pack_open_to(pack_write_fn *write, void *to, enum packing by, struct pack **ret);
int pack_open(int fd, enum packing by, struct pack **ret);

/* Both return 0 or -errno; once failed, they go on failing. */
int pack_write(struct pack *p, const void *data, size_t n);
int pack_end(struct pack *p);

void pack_free(struct pack *p); /* NULL is fine */

#endif
