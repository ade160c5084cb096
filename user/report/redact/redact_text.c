// SPDX-License-Identifier: GPL-2.0
/* Our own sentences, without the names that are in them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/sha256.h"
#include "redact_private.h"

#define HASH_BYTES 6 /* so that thousands of names of one bundle stay apart */

static const char digits[] = "0123456789";

static void hash(const struct redact_names *r, const char *name, size_t n, FILE *out)
{
	uint8_t mac[SHA256_SIZE];
	char hex[2 * HASH_BYTES + 1];

	hmac_sha256(r->key, REDACT_KEY, name, n, mac);
	hex_of(mac, HASH_BYTES, hex);
	fprintf(out, "h-%s", hex);
}

static json_t *finish(FILE *out, char **text)
{
	json_t *ret = out && fclose(out) == 0 ? json_string(*text) : NULL;

	free(*text);
	return ret;
}

json_t *redact_name(const struct redact_names *r, const char *name)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out && *name)
		hash(r, name, strlen(name), out);
	return finish(out, &text);
}

static size_t number_of(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && strchr(digits, s[i]))
		i++;
	return i;
}

/* 7, 3.5, 0x28eb0, 12s: but not 10.0.0.1, which is somebody's address. */
static bool is_number(const char *s, size_t n)
{
	static const char *const units[] = {"", "s", "ms", "us", "ns", "m", "h", "d", "%", "th"};
	size_t i = number_of(s, n), part;

	if (n > 2 && s[0] == '0' && s[1] == 'x')
		return strspn(s + 2, "0123456789abcdef") >= n - 2;
	if (!i)
		return false;
	if (i + 1 < n && s[i] == '.') {
		part = number_of(s + i + 1, n - i - 1);
		if (!part)
			return false;
		i += 1 + part;
	}
	for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
		if (strlen(units[u]) == n - i && memcmp(s + i, units[u], n - i) == 0)
			return true;
	}
	return false;
}

/* "pipe:[26293172]" is how the kernel calls what has no name. Its bracket is not part of it. */
static bool is_inode(const char *s, size_t n)
{
	const char *at = memmem(s, n, ":[", 2);
	size_t n_word = at ? (size_t)(at - s) : 0, n_digits = at ? n - n_word - 2 : 0;

	return at && n_digits && number_of(at + 2, n_digits) == n_digits &&
	       redact_is_word(s, n_word);
}

static bool is_signal(const char *s, size_t n)
{
	size_t i = 3;

	if (n < 4 || n > 10 || memcmp(s, "SIG", 3) != 0)
		return false;
	while (i < n && ((s[i] >= 'A' && s[i] <= 'Z') || strchr(digits, s[i])))
		i++;
	return i == n;
}

static bool may_stay(const char *s, size_t n)
{
	return redact_is_word(s, n) || is_number(s, n) || is_inode(s, n) || is_signal(s, n);
}

static bool is_opening(char c)
{
	return c && strchr("([{\"'", c);
}

static bool is_closing(char c)
{
	return c && strchr(")]}\"'.,;:!?", c);
}

/* The longest of the known names that is here, as a whole. Returns its length. */
static size_t name_at(const struct redact_names *r, const char *at)
{
	for (size_t i = 0; i < r->n; i++) {
		size_t n = strlen(r->names[i]);
		const char *end = at + n;

		if (strncmp(at, r->names[i], n) != 0)
			continue;
		while (is_closing(*end))
			end++;
		if (!*end || *end == ' ' || *end == '\n')
			return n;
	}
	return 0;
}

/* Returns what comes after it. */
static const char *put_token(const struct redact_names *r, const char *at, FILE *out)
{
	size_t n = name_at(r, at), whole;

	if (n) {
		hash(r, at, n, out);
		return at + n;
	}
	whole = strcspn(at, " \n");
	n = whole;
	while (n > 1 && is_closing(at[n - 1]))
		n--;
	if (may_stay(at, n))
		fwrite(at, 1, n, out);
	else
		hash(r, at, n, out);
	return at + n;
}

/* A name may begin wherever a word may, also behind a bracket, and have blanks in it. */
json_t *redact_text(const struct redact_names *r, const char *at)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	while (out && *at) {
		while (*at == ' ' || *at == '\n' || (is_opening(*at) && !name_at(r, at)))
			putc(*at++, out);
		if (*at)
			at = put_token(r, at, out);
		while (is_closing(*at))
			putc(*at++, out);
	}
	return finish(out, &text);
}
