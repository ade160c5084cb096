// SPDX-License-Identifier: GPL-2.0
#include "parser.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../parser/answers.h"
#include "os.h"
#include "parser_process.h"
#include "parser_source.h"
#include "reader.h"

#define WALK_NS 1000000000ull
#define SITE_NS 500000000ull
#define NAME_NS 1000000000ull

struct parser {
	struct parser_processes processes;
	struct parser_source answers;
	struct source source;
	struct answers *answerer;
	struct parser_question question;
	struct parser_answer answer;
};

int parser_new(struct parser **ret)
{
	struct parser *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	parser_source_init(&p->answers);
	p->source = (struct source){
		.ctx = &p->answers,
		.maps = parser_source_maps,
		.file = parser_source_file,
		.memory = parser_source_memory,
		.debug = parser_source_debug,
		.perf_map = parser_source_perf_map,
	};
	err = answers_new(&p->source, &p->answerer);
	if (err) {
		free(p);
		return err;
	}
	*ret = p;
	return 0;
}

void parser_free(struct parser *p)
{
	if (!p)
		return;
	answers_free(p->answerer);
	parser_source_free(&p->answers);
	parser_processes_free(&p->processes);
	free(p);
}

/* A question without anything but its process. */
static int begin(struct os *os, pid_t pid, enum parser_op op, uint64_t time_ns,
		 struct parser_question **ret)
{
	struct parser_question *q = &os->parser->question;
	struct parser_process *process;
	int err = parser_process_get(&os->parser->processes, os, pid, &process);

	if (err)
		return err;
	memset(q, 0, offsetof(struct parser_question, at));
	q->op = op;
	q->process = process->number;
	q->time_ns = time_ns;
	parser_source_begin(&os->parser->answers, os, process);
	*ret = q;
	return 0;
}

static void set_thread(struct parser_question *q, const struct seen *seen)
{
	q->sp = seen->sp;
	q->pc = seen->pc;
	q->have_regs = seen->have_regs;
	memcpy(q->regs, seen->regs, sizeof(q->regs));
}

static int ask(struct os *os)
{
	struct parser *p = os->parser;

	answers_give(p->answerer, &p->question, -1, &p->answer);
	return p->answer.result;
}

int parser_walk(struct os *os, const struct seen *seen, const struct parser_walking *how,
		struct parser_walk *ret)
{
	struct parser_question *q;
	ssize_t n;
	int err = begin(os, seen->ref.pid, PARSER_WALK, WALK_NS, &q);

	if (err)
		return err;
	n = reader_memory(os->reader, seen->ref.pid, seen->sp, q->top, sizeof(q->top));
	if (n < 0)
		return n;
	set_thread(q, seen);
	q->n_top = n;
	q->max = how->max < PARSER_FRAMES ? how->max : PARSER_FRAMES;
	q->debug = how->with_debug;
	q->functions = how->functions;
	err = ask(os);
	if (err)
		return err;
	*ret = os->parser->answer.walk;
	return 0;
}

int parser_names(struct os *os, pid_t pid, const struct parser_walk *walk, struct parser_names *ret)
{
	struct parser_question *q;
	int err = begin(os, pid, PARSER_NAME, NAME_NS, &q);

	if (err)
		return err;
	q->debug = true;
	q->n_at = walk->n;
	for (uint32_t i = 0; i < walk->n; i++)
		q->at[i] = (struct parser_at){walk->frames[i].pc, walk->frames[i].exact_pc};
	err = ask(os);
	*ret = os->parser->answer.names;
	return err;
}

static int ask_about_top(struct os *os, const struct seen *seen, enum parser_op op, const void *top,
			 size_t n_top)
{
	struct parser_question *q;
	int err = begin(os, seen->ref.pid, op, SITE_NS, &q);

	if (err)
		return err;
	set_thread(q, seen);
	q->n_top = n_top < sizeof(q->top) ? n_top : sizeof(q->top);
	memcpy(q->top, top, q->n_top);
	return ask(os);
}

int parser_site(struct os *os, const struct seen *seen, const void *top, size_t n_top,
		struct parser_site *ret)
{
	int err = ask_about_top(os, seen, PARSER_SITE, top, n_top);

	if (err && err != -ENOENT)
		return err;
	*ret = os->parser->answer.site;
	return err;
}

int parser_scan(struct os *os, const struct seen *seen, const void *top, size_t n_top,
		struct parser_functions *ret)
{
	int err = ask_about_top(os, seen, PARSER_SCAN, top, n_top);

	if (err)
		return err;
	*ret = os->parser->answer.scan;
	return 0;
}

static int ask_line(struct os *os, pid_t pid, enum parser_op op, uint64_t address, char *buf,
		    size_t size)
{
	struct parser_question *q;
	int err = begin(os, pid, op, NAME_NS, &q);

	if (err)
		return err;
	q->debug = true;
	q->address = address;
	err = ask(os);
	if (!err)
		snprintf(buf, size, "%s", os->parser->answer.line);
	return err;
}

int parser_address(struct os *os, pid_t pid, uint64_t pc, char *buf, size_t size)
{
	return ask_line(os, pid, PARSER_ADDRESS, pc, buf, size);
}

int parser_variable(struct os *os, pid_t pid, uint64_t addr, char *buf, size_t size)
{
	return ask_line(os, pid, PARSER_VARIABLE, addr, buf, size);
}
