/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_SPOOL_FORM_H
#define SERVICE_SPOOL_FORM_H

/* How the text of a file is packed: its name says so. */
#include <stdbool.h>
#include <stddef.h>

enum spool_form {
	SPOOL_AUTO, /* as small as this program can make it */
	SPOOL_PLAIN,
	SPOOL_GZIP, /* .gz */
	SPOOL_ZSTD, /* .zst, if it was built with libzstd */
};

/* More than that is in no file of ours: what is packed is read no further. */
#define SPOOL_UNPACKED_MAX (64UL << 20)

/* "auto", "none", "gzip", "zstd". Returns NULL, or why it cannot be meant. */
const char *spool_form_parse(const char *text, enum spool_form *ret);

/* By the end of the name; SPOOL_PLAIN if it has none of these. */
enum spool_form spool_form_of(const char *name);
const char *spool_form_suffix(enum spool_form form); /* "", ".gz", ".zst" */

/* Can this program read and write it? */
bool spool_form_is_known(enum spool_form form);

/* What AUTO means, or what was asked for. */
enum spool_form spool_form_choose(enum spool_form form);

/*
 * Both set *ret, of *ret_size bytes and a NUL, to be freed. Return 0, -ENOMEM,
 * -ENOTSUP if the form is not known, -EBADMSG if the text is damaged, -EFBIG.
 */
int spool_pack(enum spool_form form, const char *text, size_t size, char **ret, size_t *ret_size);
int spool_unpack(enum spool_form form, const char *text, size_t size, char **ret, size_t *ret_size);

#endif
