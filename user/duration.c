// SPDX-License-Identifier: GPL-2.0
#include "duration.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *unit;
	double ns;
} units[] = {
	{"", 1e9},  {"ns", 1},	 {"us", 1e3},	{"ms", 1e6},
	{"s", 1e9}, {"m", 6e10}, {"h", 3.6e12}, {"d", 8.64e13},
};

int duration_parse(const char *text, uint64_t *ret_ns)
{
	/* strtod() would also take "inf", "0x1p3" and leading blanks */
	if (!isdigit((unsigned char)text[0]) || text[1] == 'x' || text[1] == 'X')
		return -EINVAL;

	char *end;
	double number = strtod(text, &end);

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit) != 0)
			continue;
		double ns = number * units[i].ns;

		if (!isfinite(ns) || ns > 9e18)
			return -ERANGE;
		*ret_ns = (uint64_t)ns;
		return 0;
	}
	return -EINVAL;
}
