// SPDX-License-Identifier: GPL-2.0
#include "bundle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../core/arena.h"
#include "../os/host_id.h"
#include "../service/spool_dir.h"

/* Another one than that of the reports: it is told to nobody. */
static const uint8_t app_of_digests[16] = {0xb6, 0x1d, 0x36, 0x0e, 0x0c, 0x4a, 0x4a, 0x91,
					   0x9d, 0x7e, 0x33, 0x3e, 0x5d, 0x92, 0x9a, 0x4f};

int bundle_items_add(struct bundle_items *l, const char *file, const char *digest)
{
	int err = array_room(&l->items, &l->cap, l->n, sizeof(*l->items));

	if (err)
		return err;
	l->items[l->n] = (struct bundle_item){0};
	snprintf(l->items[l->n].file, sizeof(l->items[0].file), "%s", file);
	snprintf(l->items[l->n].digest, sizeof(l->items[0].digest), "%s", digest);
	l->n++;
	return 0;
}

void bundle_items_free(struct bundle_items *l)
{
	free(l->items);
	*l = (struct bundle_items){0};
}

json_t *bundle_items_json(const struct bundle_items *l)
{
	json_t *list = json_array();

	for (size_t i = 0; i < l->n; i++) {
		const char *digest = l->items[i].digest;

		json_array_append_new(list, json_pack("{s:s, s:s?}", "file", l->items[i].file,
						      "digest", *digest ? digest : NULL));
	}
	if (json_array_size(list) == l->n)
		return list;
	json_decref(list);
	return NULL;
}

static bool is_digest(const char *s)
{
	return strlen(s) == SHA256_HEX - 1 && strspn(s, "0123456789abcdef") == SHA256_HEX - 1;
}

int bundle_items_read(const json_t *list, struct bundle_items *ret)
{
	struct bundle_items l = {0};
	int err = json_is_array(list) ? 0 : -EBADMSG;

	for (size_t i = 0; !err && i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		const char *file = json_string_value(json_object_get(item, "file"));
		const json_t *value = json_object_get(item, "digest");
		const char *digest = json_is_null(value) ? "" : json_string_value(value);
		char plain[SPOOL_NAME_MAX];

		if (!file || !digest || (*digest && !is_digest(digest)) ||
		    !bundle_plain_name(file, plain))
			err = -EBADMSG;
		else
			err = bundle_items_add(&l, plain, digest);
	}
	if (err)
		bundle_items_free(&l);
	else
		*ret = l;
	return err;
}

void bundle_key_get(struct bundle_key *ret)
{
	_Static_assert(sizeof(ret->key) == HOST_ID, "an id is the key");
	host_machine_id(MACHINE_ID_FILE, app_of_digests, ret->key);
}

void bundle_digest(const struct bundle_key *k, const char *text, size_t size, char ret[SHA256_HEX])
{
	uint8_t mac[SHA256_SIZE];

	hmac_sha256(k->key, strlen(k->key), text, size, mac);
	hex_of(mac, sizeof(mac), ret);
}

bool bundle_plain_name(const char *name, char ret[SPOOL_NAME_MAX])
{
	static const char *const ends[] = {".zst", ".gz"};
	struct spool_entry e;
	size_t n = strlen(name);

	for (size_t i = 0; i < 2; i++) {
		size_t n_end = strlen(ends[i]);

		if (n > n_end && strcmp(name + n - n_end, ends[i]) == 0) {
			n -= n_end;
			break;
		}
	}
	if (n >= SPOOL_NAME_MAX)
		return false;
	memcpy(ret, name, n);
	ret[n] = '\0';
	return spool_name_parse(ret, &e);
}

int bundle_read_all(ssize_t (*read)(void *from, char *buf, size_t size), void *from, char **ret,
		    size_t *ret_size)
{
	size_t room = 32768, have = 0;
	char *text = malloc(room);

	while (text) {
		ssize_t n = read(from, text + have, room - have - 1);
		char *more = text;

		have += n > 0 ? (size_t)n : 0;
		if (n <= 0 || have > BUNDLE_TEXT_MAX) {
			if (n == 0) {
				text[have] = '\0';
				*ret = text;
				*ret_size = have;
				return 0;
			}
			free(text);
			return n < 0 ? (int)n : -EFBIG;
		}
		if (have + 1 == room) {
			room *= 2;
			more = realloc(text, room);
		}
		if (!more)
			free(text);
		text = more;
	}
	return -ENOMEM;
}
