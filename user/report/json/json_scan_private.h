/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_JSON_SCAN_PRIVATE_H
#define REPORT_JSON_SCAN_PRIVATE_H

#include "json_scan.h"

enum step { MORE, DONE, BAD };

struct scan {
	const char *at, *end;
	struct json_member *wanted;
	size_t n_wanted;
	const char *why;
};

struct span {
	const char *at;
	size_t size;
};

enum step scan_bad(struct scan *s, const char *why);

/* Behind the first quotation mark, and to behind the last. */
enum step scan_string(struct scan *s, struct span *ret);

/* To behind the last digit. */
enum step scan_number(struct scan *s);

/* What four hexadecimal digits say, or -1. */
int json_hex(const char *s);

#endif
