/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_ANSWERS_H
#define PARSER_ANSWERS_H

/*
 * Answers questions. What it learns of files it keeps, so that a thousand
 * threads of one program cost one look at each file.
 */
#include "question.h"
#include "source.h"

struct answers;

/* source must live as long. Returns 0 or -errno. */
int answers_new(const struct source *source, struct answers **ret);
void answers_free(struct answers *e);

/*
 * Fills *ret as far as it gets: frames and names count from the moment they are
 * written, so that what is there when the parser dies is not lost. fd is the
 * file that PARSER_LOCKS, _FILE_NAMES and _FILE_BUILD are about, or -1; it is closed.
 */
void answers_give(struct answers *e, const struct parser_question *q, int fd,
		  struct parser_answer *ret);

#endif
