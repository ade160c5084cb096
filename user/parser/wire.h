/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_WIRE_H
#define PARSER_WIRE_H

/*
 * What the parser and its parent say to each other. A question lies in memory
 * that both share; an empty "given" tells that it is there. The child says what
 * it wants, one thing at a time, and is given it, until it says that the answer
 * is there too.
 */
#include "question.h"
#include "source.h"

#define PARSER_ARGUMENT	 "parser-child" /* the first argument that makes the program one */
#define PARSER_DECODES	 "LOCKTRACE_PARSER_DECODES" /* in its environment: load the disassembler */
#define PARSER_SOCKET	 3
#define PARSER_SHARED_FD 4
#define PARSER_BULK	 (16u << 20) /* the most text that maps can have: os/reader.h */

struct parser_shared {
	struct parser_question question;
	struct parser_answer answer;
	uint8_t bulk[PARSER_BULK]; /* what is given */
};

enum parser_what {
	WANT_ANSWERED = 1, /* nothing more: the answer is there */
	WANT_REFUSED,	   /* nothing: it cannot be made safe here, so it does not parse */
	WANT_MAPS,
	WANT_FILE,
	WANT_MEMORY,
	WANT_DEBUG,
	WANT_PERF_MAP,
};

struct parser_want {
	uint32_t what;
	uint32_t nth;
	uint64_t address;
	uint64_t size;
	uint64_t file;
	uint8_t by_build_id; /* name is one, else the name of a debug link */
	char name[SOURCE_LINK];
};

struct parser_given {
	int64_t result; /* bytes in bulk, 0, or -errno; a descriptor may come with it */
	uint64_t file;
};

/*
 * The parser's life, from main(): does not return. What it is for is told by
 * the descriptors that it was started with.
 */
_Noreturn void parser_child_run(void);

/* The source that asks the parent. ctx is the struct parser_shared. */
void child_source(struct parser_shared *shared, struct source *ret);

#endif
