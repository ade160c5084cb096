/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_UTF8_H
#define REPORT_UTF8_H

/*
 * Names of threads, files and queues come from strangers: any bytes. Here they
 * become something that may be shown.
 */
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

/* The length of the valid UTF-8 sequence at s (1 to 4), or 0. */
size_t utf8_sequence(const char *s);

/* The same, but 0 also for what controls a terminal or the direction of writing. */
size_t utf8_harmless(const char *s);

/* A copy with control characters and invalid bytes shown as \xNN; always terminated. */
const char *utf8_shown(const char *s, char *buf, size_t size);

/* As many bytes as there are: written straight out. */
void utf8_put(FILE *out, const char *s);

/* A JSON string with each invalid byte replaced by U+FFFD. */
json_t *utf8_json(const char *s);

#endif
