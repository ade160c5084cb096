// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "../os/clock.h"
#include "answers_private.h"

int answers_new(const struct source *source, struct answers **ret)
{
	struct answers *e = calloc(1, sizeof(*e));

	if (!e)
		return -ENOMEM;
	if (memory_new(&e->memory)) {
		free(e);
		return -ENOMEM;
	}
	e->spaces.source = source;
	*ret = e;
	return 0;
}

void answers_free(struct answers *e)
{
	if (!e)
		return;
	spaces_free(&e->spaces);
	memory_free(e->memory);
	free(e);
}

/* The second time without code: that may have been what took too long. */
static int locks(struct answers *e, const struct parser_question *q, int fd,
		 struct parser_locks *ret)
{
	struct disassembler *d = q->debug ? e->spaces.source->disassembler : NULL;
	int n = lock_functions_find(fd, d, ret->functions);

	ret->n = n > 0 ? n : 0;
	return n < 0 ? n : 0;
}

/* What is about a file that goes with the question, and not about a process. */
static int about_file(struct answers *e, const struct parser_question *q, int fd,
		      struct parser_answer *ret)
{
	int err;

	if (fd < 0)
		return -EBADF;
	if (q->op == PARSER_FILE_NAMES)
		return answers_file(e, q, fd, &ret->names);
	err = q->op == PARSER_LOCKS ? locks(e, q, fd, &ret->locks)
				    : answers_build_id(fd, ret->build_id);
	close(fd);
	return err;
}

static int about_process(struct answers *e, const struct parser_question *q,
			 struct parser_answer *ret)
{
	struct space *space;
	int err;

	err = spaces_get(&e->spaces, q->process, os_now_ns(), &space);
	if (err)
		return err;
	memory_begin(e->memory, e->spaces.source, q->sp, q->top, q->n_top);
	switch (q->op) {
	case PARSER_WALK:
		return answers_walk(e, space, q, &ret->walk);
	case PARSER_NAME:
		return answers_names(e, space, q, &ret->names);
	case PARSER_SITE:
		return answers_site(e, space, q, &ret->site);
	case PARSER_SCAN:
		return answers_scan(space, q, &ret->scan);
	case PARSER_ADDRESS:
		return answers_address(space, q->address, &ret->words);
	case PARSER_VARIABLE:
		return answers_variable(space, q->address, &ret->words);
	default:
		return -EINVAL;
	}
}

void answers_give(struct answers *e, const struct parser_question *q, int fd,
		  struct parser_answer *ret)
{
	e->deadline_ns = os_now_ns() + q->time_ns;
	if (q->op == PARSER_LOCKS || q->op == PARSER_FILE_NAMES || q->op == PARSER_FILE_BUILD) {
		ret->result = about_file(e, q, fd, ret);
		return;
	}
	if (fd >= 0)
		close(fd);
	ret->result = about_process(e, q, ret);
}
