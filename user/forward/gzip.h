/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FORWARD_GZIP_H
#define FORWARD_GZIP_H

#include <stddef.h>

/* As gzip(1) does. To be freed; NULL: out of memory. */
char *gzip_pack(const char *bytes, size_t size, size_t *ret_size);

#endif
