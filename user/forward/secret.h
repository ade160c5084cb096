/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FORWARD_SECRET_H
#define FORWARD_SECRET_H

/* Files that hold keys and tokens, which not everybody may read. */
#include <stddef.h>

#define SECRET_HEADERS_MAX 32

/*
 * A name without a slash is a credential that the service manager hands over
 * (LoadCredential=), if it does. To be freed; NULL for NULL, or without memory.
 */
char *secret_path(const char *file);

/*
 * Can the file be read that this option names? A credential is looked for only where a
 * service manager has handed some over. Returns 0, or -errno after a message.
 */
int secret_check(const char *option, const char *file);

struct secret_headers {
	const char *list[SECRET_HEADERS_MAX + 1]; /* ended by NULL */
	char *text;
};

/*
 * Lines "Name: value"; empty ones and those that begin with # do not count. Returns NULL
 * and fills *ret, or says what is wrong, without saying what is in it.
 */
const char *secret_headers_read(const char *path, struct secret_headers *ret);
void secret_headers_free(struct secret_headers *h);

#endif
