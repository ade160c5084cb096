// SPDX-License-Identifier: GPL-2.0
/* A report again, made of what may stay of it. */
#include <stdlib.h>
#include <string.h>

#include "../../core/arena.h"
#include "../../core/sha256.h"
#include "redact_private.h"

/* ---- The names that are there ---- */

static int add_name(struct redact_names *r, const json_t *v)
{
	const char *name = json_string_value(v);
	int err = 0;

	for (size_t i = 0; name && i < r->n; i++) {
		if (!strcmp(r->names[i], name))
			return 0;
	}
	if (name && *name)
		err = array_room(&r->names, &r->cap, r->n, sizeof(*r->names));
	if (!err && name && *name)
		r->names[r->n++] = name;
	return err;
}

static int find_names(struct redact_names *r, const json_t *o, const struct redact_rule *rules)
{
	int err = 0;

	for (; rules->name && !err; rules++) {
		const json_t *v = json_object_get(o, rules->name);

		if (rules->what == NAME)
			err = add_name(r, v);
		else if (rules->what == ONE)
			err = find_names(r, v, rules->in);
		for (size_t i = 0; rules->what == EACH && !err && i < json_array_size(v); i++)
			err = find_names(r, json_array_get(v, i), rules->in);
	}
	return err;
}

static int longer_first(const void *a, const void *b)
{
	size_t n = strlen(*(const char *const *)a), m = strlen(*(const char *const *)b);

	return n < m ? 1 : n > m ? -1 : 0;
}

/* ---- One member ---- */

static json_t *redacted(const struct redact_names *r, const json_t *o,
			const struct redact_rule *rules);

static json_t *list(const struct redact_names *r, const json_t *v, const struct redact_rule *rules)
{
	json_t *ret = json_array();

	for (size_t i = 0; ret && i < json_array_size(v); i++) {
		const json_t *item = json_array_get(v, i);
		json_t *new = rules ? redacted(r, item, rules)
				    : redact_text(r, json_is_string(item) ? json_string_value(item)
									  : "");

		if (json_array_append_new(ret, new) != 0) {
			json_decref(ret);
			ret = NULL;
		}
	}
	return ret;
}

static json_t *numbers(const json_t *v)
{
	json_t *ret = json_object();
	const char *name;
	json_t *n;

	json_object_foreach((json_t *)v, name, n)
	{
		if (!ret || !json_is_integer(n) ||
		    name[strspn(name, "abcdefghijklmnopqrstuvwxyz_-0123456789")])
			continue;
		if (json_object_set(ret, name, n) != 0) {
			json_decref(ret);
			ret = NULL;
		}
	}
	return ret;
}

static json_t *other_id(const struct redact_names *r, const char *id)
{
	uint8_t mac[SHA256_SIZE];
	char hex[33];

	hmac_sha256(r->key, REDACT_KEY, id, strlen(id), mac);
	hex_of(mac, 16, hex);
	return json_string(hex);
}

/* Functions are known by name where everybody has them: in the kernel and the C library. */
static json_t *frames(const struct redact_names *r, const json_t *v,
		      const struct redact_rule *rules)
{
	json_t *ret = json_array();

	for (size_t i = 0; ret && i < json_array_size(v); i++) {
		const json_t *old = json_array_get(v, i);
		const char *was = json_string_value(json_object_get(old, "module")), *is;
		json_t *new;

		if (json_is_true(json_object_get(old, "inlined")))
			continue; /* it is nothing but names */
		new = redacted(r, old, rules);
		is = json_string_value(json_object_get(new, "module"));
		if (new && (!was || !is || strcmp(was, is) != 0) &&
		    (json_object_set_new(new, "symbol", json_null()) ||
		     json_object_set_new(new, "symbol_offset", json_integer(0)))) {
			json_decref(new);
			new = NULL;
		}
		if (json_array_append_new(ret, new) != 0) {
			json_decref(ret);
			ret = NULL;
		}
	}
	return ret;
}

static json_t *member(const struct redact_names *r, const json_t *v, const struct redact_rule *rule)
{
	const char *text = json_string_value(v);

	if (json_is_null(v) || rule->what == NOTHING)
		return json_null();
	switch (rule->what) {
	case KEEP:
		return json_is_object(v) || json_is_array(v) ? json_null()
							     : json_incref((json_t *)v);
	case NAME:
		return text ? redact_name(r, text) : json_null();
	case TEXT:
		return text ? redact_text(r, text) : json_null();
	case ID:
		return text ? other_id(r, text) : json_null();
	case NUMBERS:
		return numbers(v);
	case TEXTS:
		return list(r, v, NULL);
	case ONE:
		return redacted(r, v, rule->in);
	case EACH:
		return list(r, v, rule->in);
	default:
		return frames(r, v, rule->in);
	}
}

static json_t *redacted(const struct redact_names *r, const json_t *o,
			const struct redact_rule *rules)
{
	json_t *ret = json_object();

	for (; ret && rules->name; rules++) {
		const json_t *v = json_object_get(o, rules->name);

		if (v && json_object_set_new(ret, rules->name, member(r, v, rules)) != 0) {
			json_decref(ret);
			ret = NULL;
		}
	}
	return ret;
}

static json_t *redact(const uint8_t *key, const json_t *o, const struct redact_rule *rules)
{
	struct redact_names r = {.key = key};
	json_t *ret = NULL;

	if (find_names(&r, o, rules) == 0) {
		if (r.n)
			qsort(r.names, r.n, sizeof(*r.names), longer_first);
		ret = redacted(&r, o, rules);
	}
	free(r.names);
	return ret;
}

json_t *redact_report(const uint8_t key[REDACT_KEY], const json_t *o)
{
	return redact(key, o, redact_report_rules);
}

json_t *redact_host(const uint8_t key[REDACT_KEY], const json_t *o)
{
	return redact(key, o, redact_host_rules);
}
