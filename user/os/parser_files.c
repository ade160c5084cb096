// SPDX-License-Identifier: GPL-2.0
#include "parser_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "debug_dirs.h"
#include "lost.h"
#include "os.h"
#include "parser.h"
#include "parser_private.h"

/* Nothing waits for it but who asked: a debug file of a gigabyte may take its time. */
#define NAMES_NS    30000000000ull
#define BUILD_ID_NS 2000000000ull

struct parser_files {
	struct os os; /* of which only the parser, debug files and what counts losses are there */
};

int parser_files_new(struct parser_files **ret)
{
	struct parser_files *p = calloc(1, sizeof(*p));
	int err = p ? lost_new(&p->os.lost) : -ENOMEM;

	if (!err)
		err = debug_dirs_new(&p->os.debug_dirs);
	if (!err)
		err = parser_new(&p->os.parser);
	if (err) {
		parser_files_free(p);
		return err;
	}
	p->os.proc_fd = -1;
	*ret = p;
	return 0;
}

void parser_files_free(struct parser_files *p)
{
	if (!p)
		return;
	parser_free(p->os.parser);
	debug_dirs_free(p->os.debug_dirs);
	lost_free(p->os.lost);
	free(p);
}

const char *parser_files_failed(const struct parser_files *p)
{
	return parser_failed(&p->os);
}

/* Each file is asked anew: one that is bad says nothing of the next. */
static int ask(struct parser_files *p, enum parser_op op, uint64_t time_ns, int fd)
{
	struct parser_question *q = &p->os.parser->question;
	struct parser_process none = {0};
	bool again;

	q->op = op;
	q->debug = true;
	q->time_ns = time_ns;
	q->n_top = 0;
	return parser_try(&p->os, &none, false, fd, &again);
}

int parser_files_names(struct parser_files *p, int fd, const struct parser_at *at, size_t n,
		       struct parser_names *ret)
{
	struct parser_question *q = &p->os.parser->question;
	const struct parser_names *found = &p->os.parser->answer.names;
	int err;

	q->n_at = n < PARSER_FRAMES ? n : PARSER_FRAMES;
	memcpy(q->at, at, q->n_at * sizeof(*at));
	err = ask(p, PARSER_FILE_NAMES, NAMES_NS, fd);
	memcpy(ret, found, offsetof(struct parser_names, names) + found->n * sizeof(*ret->names));
	return err;
}

int parser_files_build_id(struct parser_files *p, int fd, char ret[PARSER_BUILD_ID])
{
	int err;

	p->os.parser->question.n_at = 0;
	err = ask(p, PARSER_FILE_BUILD, BUILD_ID_NS, fd);
	if (err)
		return err;
	memcpy(ret, p->os.parser->answer.build_id, PARSER_BUILD_ID);
	return *ret ? 0 : -ENOENT;
}
