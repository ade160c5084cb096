/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_EMPTIED_H
#define TESTS_EMPTIED_H

#include <glob.h>
#include <stdio.h>
#include <unistd.h>

/* Removes the files of a directory, hidden ones too. */
static inline void empty(const char *dir)
{
	char pattern[128];
	glob_t g;

	snprintf(pattern, sizeof(pattern), "%s/*", dir);
	if (glob(pattern, GLOB_PERIOD, NULL, &g) == 0) {
		for (size_t i = 0; i < g.gl_pathc; i++)
			unlink(g.gl_pathv[i]);
		globfree(&g);
	}
}

#endif
