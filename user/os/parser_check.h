/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_PARSER_CHECK_H
#define OS_PARSER_CHECK_H

/*
 * What a parser has answered is copied, since it may change at any time, and
 * made good, since the parser may be the one that wrote the file: texts have an
 * end and no control characters, numbers are within their bounds, files are
 * such as it was given. It may still lie about what it was asked.
 */
#include "parser_source.h"
#include "../parser/wire.h"

/* Of an answer that is not whole, what there is of it; result is then to be set. */
void parser_check(const struct parser_question *q, const struct parser_source *given,
		  const struct parser_shared *shared, struct parser_answer *ret);

#endif
