/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BUNDLE_BUNDLE_H
#define BUNDLE_BUNDLE_H

/*
 * What a bundle is made of (docs/bundle.md): a tar archive of
 *
 *	locktrace-bundle/bundle.json	  where, when, what doctor says: first
 *	locktrace-bundle/reports/NAME	  as in a spool, never compressed
 *	locktrace-bundle/traces/NAME
 *	locktrace-bundle/contents.json	  what was in it: last
 */
#include <jansson.h>
#include <stdbool.h>

#include "../core/sha256.h"
#include "../service/spool_limits.h"

#define BUNDLE_DIR	"locktrace-bundle"
#define BUNDLE_FIRST	"bundle.json"
#define BUNDLE_LAST	"contents.json"
#define BUNDLE_REPORTS	"reports/"
#define BUNDLE_TRACES	"traces/"
#define BUNDLE_ID	17	     /* 16 hexadecimal digits */
#define BUNDLE_TEXT_MAX (64UL << 20) /* bytes of a report, or of what is told of the bundle */

/* The report of a bundle: which file of which spool, and which state of it. */
struct bundle_item {
	char file[SPOOL_NAME_MAX]; /* without .zst or .gz */
	char digest[SHA256_HEX];   /* "": that cannot be acknowledged */
};

struct bundle_items {
	struct bundle_item *items;
	size_t n, cap;
};

/* Returns 0 or -ENOMEM. */
int bundle_items_add(struct bundle_items *l, const char *file, const char *digest);
void bundle_items_free(struct bundle_items *l);

/* The lists in contents.json and in an acknowledgement. NULL: no memory. */
json_t *bundle_items_json(const struct bundle_items *l);
/* Returns 0, -EBADMSG or -ENOMEM. */
int bundle_items_read(const json_t *list, struct bundle_items *ret);

/*
 * A digest that only this machine can make, of a report as it is in its spool:
 * who has a redacted one must not be able to try out names.
 */
struct bundle_key {
	char key[33]; /* "": the machine has no id */
};

void bundle_key_get(struct bundle_key *ret);
void bundle_digest(const struct bundle_key *k, const char *text, size_t size, char ret[SHA256_HEX]);

/* "X.json", "X.json.zst" and "X.json.gz" are "X.json", or no file of a spool. */
bool bundle_plain_name(const char *name, char ret[SPOOL_NAME_MAX]);

/*
 * All that read gives, with a zero byte behind it. Returns 0 or -errno; -EFBIG:
 * more than BUNDLE_TEXT_MAX.
 */
int bundle_read_all(ssize_t (*read)(void *from, char *buf, size_t size), void *from, char **ret,
		    size_t *ret_size);

#endif
