/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_TEXT_H
#define WAYS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Copies what fits; always terminated. */
static inline void text_copy(char *to, size_t size, const char *from)
{
	size_t n = 0;

	for (; n + 1 < size && from[n]; n++)
		to[n] = from[n];
	to[n] = '\0';
}

static inline bool text_begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

#endif
