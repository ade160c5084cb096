/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_ANSWERS_PRIVATE_H
#define PARSER_ANSWERS_PRIVATE_H

/* The parts of it, one for each sort of question. */
#include "answers.h"
#include "unwind.h"

struct answers {
	struct spaces spaces;
	struct memory *memory;
	struct unwound unwound;
	uint64_t deadline_ns;
};

/* What the unwinder wants to know of a thread. */
void answers_thread(const struct parser_question *q, struct seen *ret);

/* What comes after the last slash. */
const char *answers_base_name(const char *path);

/* "libc.so.6", "[vdso]", "[anonymous]" */
void answers_module(const struct place *p, char *buf, size_t size);

/* Each returns 0 or -errno; the space is that of the question's process. */
int answers_walk(struct answers *e, struct space *space, const struct parser_question *q,
		 struct parser_walk *ret);
int answers_site(struct answers *e, struct space *space, const struct parser_question *q,
		 struct parser_site *ret);
int answers_scan(struct space *space, const struct parser_question *q,
		 struct parser_functions *ret);
int answers_names(struct answers *e, struct space *space, const struct parser_question *q,
		  struct parser_names *ret);
/* Adds what is known of a frame that is in a file: the question's at[at]. */
void answers_name(const struct unwound_frame *f, uint32_t at, struct parser_names *names);

/* Takes fd over. */
int answers_file(struct answers *e, const struct parser_question *q, int fd,
		 struct parser_names *ret);
int answers_build_id(int fd, char ret[PARSER_BUILD_ID]);
int answers_address(struct space *space, uint64_t pc, struct parser_words *ret);
int answers_variable(struct space *space, uint64_t addr, struct parser_words *ret);

#endif
