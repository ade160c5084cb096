/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_TEXT_H
#define WAYS_TEXT_H

#include <stddef.h>

/* Copies what fits; always terminated. */
static inline void text_copy(char *to, size_t size, const char *from)
{
	size_t n = 0;

	for (; n + 1 < size && from[n]; n++)
		to[n] = from[n];
	to[n] = '\0';
}

#endif
