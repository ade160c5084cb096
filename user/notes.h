/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NOTES_H
#define NOTES_H

/*
 * Notes come when something is refused or taken off: before there is a session
 * to state them in, or between two looks. They are kept until notes_state().
 * The same text is said once.
 */
#include "core/facts.h"

struct notes;
struct wait_table;

int notes_new(struct notes **ret);
void notes_free(struct notes *n);

/* Takes NOTE facts; lives as long as the notes. */
struct fact_sink notes_sink(struct notes *n);

/* States what has come since the last time: after SESSION, and within a look. */
int notes_state(struct notes *n, const struct fact_sink *out);

/* Takes what is wrong in the tables of wait sites. Returns 0 or -ENOMEM. */
int notes_wait_table(struct notes *n, const struct wait_table *t);

/* The last warning, as an error on stderr: why nothing could be opened. */
void notes_print_last(const struct notes *n);

#endif
