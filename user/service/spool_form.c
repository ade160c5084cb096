// SPDX-License-Identifier: GPL-2.0
#include "spool_form.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/arena.h"
#include "../packing/unpack.h"

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
	return form != SPOOL_ZSTD || pack_has_zstd();
}

enum spool_form spool_form_choose(enum spool_form form)
{
	if (form != SPOOL_AUTO)
		return form;
	return spool_form_is_known(SPOOL_ZSTD) ? SPOOL_ZSTD : SPOOL_GZIP;
}

static enum packing packing_of(enum spool_form form)
{
	return form == SPOOL_ZSTD ? PACK_ZSTD : form == SPOOL_GZIP ? PACK_GZIP : PACK_NONE;
}

static int append(void *to, const void *data, size_t n)
{
	return fwrite(data, 1, n, to) == n ? 0 : -ENOMEM;
}

int spool_pack(enum spool_form form, const char *text, size_t size, char **ret, size_t *ret_size)
{
	struct pack *p = NULL;
	char *packed = NULL;
	size_t n = 0;
	FILE *to;
	int err;

	if (form == SPOOL_AUTO)
		return -ENOTSUP;
	if (size > SPOOL_UNPACKED_MAX)
		return -EFBIG;
	to = open_memstream(&packed, &n);
	err = to ? pack_open_to(append, to, packing_of(form), &p) : -ENOMEM;
	if (!err)
		err = pack_write(p, text, size);
	if (!err)
		err = pack_end(p);
	pack_free(p);
	if (to && fclose(to) != 0 && !err)
		err = -ENOMEM;
	if (err) {
		free(packed);
		return err;
	}
	*ret = packed;
	*ret_size = n;
	return 0;
}

/* All that comes, and room for a NUL. */
static int read_all(struct unpack *u, char **text, size_t *size)
{
	size_t room = 0;
	ssize_t n = 1;

	for (; n > 0; *size += (size_t)n) {
		int err = *size < SPOOL_UNPACKED_MAX ? array_room(text, &room, *size + 1, 1)
						     : -EFBIG;

		if (err)
			return err;
		n = unpack_read(u, *text + *size, room - *size - 1);
		if (n < 0)
			return n == -EPIPE || n == -EILSEQ ? -EBADMSG : (int)n;
	}
	(*text)[*size] = '\0';
	return 0;
}

int spool_unpack(enum spool_form form, const char *text, size_t size, char **ret, size_t *ret_size)
{
	struct unpack *u;
	char *all = NULL;
	size_t n = 0;
	int err;

	if (size > SPOOL_UNPACKED_MAX)
		return -EFBIG;
	err = unpack_open_memory(text, size, packing_of(form), &u);
	if (err)
		return err == -EILSEQ ? -EBADMSG : err;
	err = read_all(u, &all, &n);
	unpack_close(u);
	if (err) {
		free(all);
		return err;
	}
	*ret = all;
	*ret_size = n;
	return 0;
}
