/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_SOURCE_FILE_H
#define TESTS_SOURCE_FILE_H

/* For tests that hold documents to the program. Include it after cmocka.h. */
#include <stdio.h>
#include <stdlib.h>

/* All of a file of the source tree, to be freed. */
static inline char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	size_t size = 0;
	char *text = NULL;

	if (!f || getdelim(&text, &size, '\0', f) <= 0)
		fail_msg("cannot read %s: is this the top of the source tree?", path);
	fclose(f);
	return text;
}

#endif
