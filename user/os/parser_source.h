/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_PARSER_SOURCE_H
#define OS_PARSER_SOURCE_H

/*
 * What the parser is given when it asks: of the process that the question at
 * hand is about, and so much of it that no question costs more than it may.
 */
#include <stdbool.h>
#include <sys/stat.h>

#include "../parser/source.h"
#include "parser_process.h"

/* Of one question. A library has 30 mappings at most, a process a few hundred libraries. */
#define PARSER_MOST_FILES  1024
#define PARSER_MOST_MEMORY (1 << 20)
#define PARSER_MOST_MAPS   4
#define PARSER_MOST_DEBUG  256

/* A file that was given. */
struct parser_file {
	uint64_t number;
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
	char dir[256]; /* where the process has it; "": not known */
};

struct parser_source {
	struct os *os;
	struct parser_process *process; /* at hand; NULL: none */
	bool no_debug;			/* no separate debug files for this one */
	unsigned int n_files, n_maps, n_debug, n_perf_maps;
	size_t memory;
	struct parser_file *files;
	size_t n_known, cap_known;
	uint64_t last_number;
	int vdso; /* descriptor of the one given last, -1: none */
};

void parser_source_init(struct parser_source *s);
void parser_source_free(struct parser_source *s);

/*
 * A new question: what it may cost is counted from nothing. A process without a
 * pid is none, and of none nothing is given.
 */
void parser_source_begin(struct parser_source *s, struct os *os, struct parser_process *process);

/* As in struct source, whose ctx is s. */
ssize_t parser_source_maps(void *s, char **ret);
int parser_source_file(void *s, uint64_t start, uint64_t *ret_file);
ssize_t parser_source_memory(void *s, uint64_t addr, void *buf, size_t size);
int parser_source_debug(void *s, const struct source_debug *wanted);
int parser_source_perf_map(void *s);

/* The file of that number; NULL: none such was given. */
const struct parser_file *parser_source_given(const struct parser_source *s, uint64_t number);

#endif
