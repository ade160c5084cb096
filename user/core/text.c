// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "text.h"

static void append(struct text *t, const char *s, size_t n)
{
	if (t->failed)
		return;
	if (!t->s || t->cap - t->n <= n) {
		size_t cap = (t->n + n + 1) * 2;
		char *grown = arena_alloc(t->arena, cap);

		if (!grown) {
			t->failed = true;
			return;
		}
		if (t->s)
			memcpy(grown, t->s, t->n);
		t->s = grown;
		t->cap = cap;
	}
	memcpy(t->s + t->n, s, n);
	t->n += n;
	t->s[t->n] = '\0';
}

void text_add(struct text *t, ...)
{
	const char *s;
	va_list ap;

	va_start(ap, t);
	while ((s = va_arg(ap, const char *)))
		append(t, s, strlen(s));
	va_end(ap);
}

void text_number(struct text *t, uint64_t v)
{
	char digits[20];
	size_t n = sizeof(digits);

	do
		digits[--n] = (char)('0' + v % 10);
	while (v /= 10);
	append(t, digits + n, sizeof(digits) - n);
}

int text_done(const struct text *t, const char **ret)
{
	if (t->failed)
		return -ENOMEM;
	*ret = t->s ? t->s : "";
	return 0;
}

void text_age(struct text *t, uint64_t ns)
{
	bool ms = ns < UINT64_C(1000000000);
	uint64_t tenths = (ns + (ms ? 50000 : 50000000)) / (ms ? 100000 : 100000000);

	text_number(t, tenths / 10);
	if (tenths < 100 && tenths % 10) {
		text_add(t, ".", NULL);
		text_number(t, tenths % 10);
	}
	text_add(t, ms ? " ms" : " s", NULL);
}
