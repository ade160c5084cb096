// SPDX-License-Identifier: GPL-2.0
/*
 * Names of threads and files are bytes of strangers, and JSON is UTF-8. What is
 * not UTF-8 is kept as {"hex":"ff41"}: were it made presentable here, a replay
 * would show another name than was seen, and two keys might become one.
 */
#include "codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *bytes_encode(const char *s)
{
	json_t *text = json_string(s);
	size_t n = strlen(s);
	char *hex;

	if (text)
		return text;
	hex = malloc(n * 2 + 1);
	if (!hex)
		return NULL;
	for (size_t i = 0; i < n; i++)
		snprintf(hex + i * 2, 3, "%02x", (unsigned char)s[i]);
	hex[n * 2] = '\0';
	text = json_pack("{s:s}", "hex", hex);
	free(hex);
	return text;
}

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

json_t *bytes_decode(const json_t *json)
{
	const char *hex = json_string_value(json_object_get(json, "hex"));
	size_t n = hex ? strlen(hex) : 1;
	char *bytes = n % 2 == 0 ? malloc(n / 2 + 1) : NULL;
	json_t *text = NULL;
	size_t i;

	if (!bytes)
		return NULL;
	for (i = 0; i < n / 2; i++) {
		int high = digit(hex[i * 2]), low = digit(hex[i * 2 + 1]);

		/* a zero byte would end the string, which is not what was said */
		if (high < 0 || low < 0 || high + low == 0)
			break;
		bytes[i] = (char)(high * 16 + low);
	}
	if (i == n / 2)
		text = json_stringn_nocheck(bytes, i);
	free(bytes);
	return text;
}
