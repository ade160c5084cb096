// SPDX-License-Identifier: GPL-2.0
#include "parser.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os.h"
#include "parser_private.h"
#include "reader.h"

/* How long an answer may take, and a second one if the first was the parser's end. */
#define WALK_NS	 800000000ull
#define AGAIN_NS 600000000ull
#define SITE_NS	 500000000ull
/* All code of a library is looked through, once for each process: a slow machine needs its time. */
#define LOCKS_NS 2000000000ull
/*
 * What a parser has read of libc takes 2 MB, with its debug file 15 MB, as that is packed; and is
 * read again in a tenth of a second. Programs that come up one after the other share it meanwhile.
 * Where looks are half a minute apart, it must outlast the time between two of them.
 */
#define REST_NS 60000000000ull
/* Names may put off a report by a second. */
#define NAME_NS	      500000000ull
#define NAME_AGAIN_NS 100000000ull

int parser_new(struct parser **ret)
{
	struct parser *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	*ret = p;
	return 0;
}

uint64_t parser_starts(const struct parser *p)
{
	return p->starts;
}

void parser_rest(struct parser *p, uint64_t now_ns)
{
	graveyard_reap(&p->graves);
	for (size_t i = 0; i < PARSER_POOL; i++) {
		struct parser_child *c = &p->pool[i];

		if (c->process.pid && now_ns > c->busy_until_ns && now_ns > c->used_ns + REST_NS &&
		    !graveyard_full(&p->graves))
			parser_child_end(c, &p->graves);
	}
}

void parser_free(struct parser *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < PARSER_POOL; i++)
		parser_child_end(&p->pool[i], &p->graves);
	graveyard_leave(&p->graves);
	parser_processes_free(&p->processes);
	free(p);
}

const char *parser_failed(const struct os *os)
{
	return os->parser->failed;
}

bool parser_later(const struct os *os)
{
	return os->parser->later;
}

/* A question without anything but its process. */
static int begin(struct os *os, pid_t pid, enum parser_op op, uint64_t time_ns,
		 struct parser_process **ret_process, struct parser_question **ret)
{
	struct parser_question *q = &os->parser->question;
	int err = parser_process_get(&os->parser->processes, os, pid, ret_process);

	os->parser->failed = NULL;
	os->parser->later = false;
	if (err)
		return err;
	memset(q, 0, offsetof(struct parser_question, at));
	q->op = op;
	q->process = (*ret_process)->number;
	q->time_ns = time_ns;
	*ret = q;
	return 0;
}

void parser_names_until(struct os *os, uint64_t until_ns)
{
	os->parser->names_until_ns = until_ns;
}

static uint64_t time_left(const struct os *os)
{
	uint64_t until = os->parser->names_until_ns, now = os_now_ns();

	return !until ? NAME_NS : until > now ? until - now : 0;
}

static void set_thread(struct parser_question *q, const struct seen *seen)
{
	q->sp = seen->sp;
	q->pc = seen->pc;
	q->have_regs = seen->have_regs;
	memcpy(q->regs, seen->regs, sizeof(q->regs));
}

int parser_walk(struct os *os, const struct seen *seen, const struct parser_walking *how,
		struct parser_walk *ret)
{
	const struct parser_walk *found = &os->parser->answer.walk;
	struct parser_process *process;
	struct parser_question *q;
	ssize_t n;
	int err = begin(os, seen->ref.pid, PARSER_WALK, WALK_NS, &process, &q);

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
	err = parser_ask(os, process, AGAIN_NS, -1);
	memcpy(ret, found, offsetof(struct parser_walk, frames) + found->n * sizeof(*ret->frames));
	os->parser->later = err == -EINPROGRESS;
	if (os->parser->later)
		os->parser->failed = "that takes long, and may follow";
	if (!os->parser->failed)
		return err;
	ret->complete = false;
	snprintf(ret->note, sizeof(ret->note), "not read to its end: %s", os->parser->failed);
	return 0;
}

static void ask_for_names(struct parser_question *q, const struct parser_walk *walk, uint32_t first)
{
	q->debug = true;
	q->n_at = 0;
	for (uint32_t i = first; i < walk->n; i++)
		q->at[q->n_at++] = (struct parser_at){walk->frames[i].pc, walk->frames[i].exact_pc};
}

/* Adds what the answer has to what is there. */
static void add_names(const struct parser_names *more, uint32_t first, struct parser_names *ret)
{
	for (uint32_t i = 0; i < more->n && ret->n < PARSER_NAMES; i++) {
		ret->names[ret->n] = more->names[i];
		ret->names[ret->n++].at += first;
	}
	ret->n_asked = first + more->n_asked;
}

int parser_names(struct os *os, pid_t pid, const struct parser_walk *walk, struct parser_names *ret)
{
	struct parser_process *process;
	struct parser_question *q;
	const char *failed;
	bool again;
	int err = begin(os, pid, PARSER_NAME, time_left(os), &process, &q);

	ret->n = ret->n_asked = 0;
	if (err || !q->time_ns)
		return err ? err : -EINPROGRESS;
	ask_for_names(q, walk, 0);
	err = parser_try(os, process, false, -1, &again);
	add_names(&os->parser->answer.names, 0, ret);
	if (!again)
		return err == -ETIME ? -EINPROGRESS : err;
	/* from the frame on that it stopped at */
	failed = os->parser->failed;
	q->time_ns = time_left(os) + NAME_AGAIN_NS;
	ask_for_names(q, walk, ret->n_asked);
	err = parser_try(os, process, true, -1, &again);
	add_names(&os->parser->answer.names, ret->n_asked, ret);
	if (!os->parser->failed)
		os->parser->failed = failed; /* some are without what a debug file has */
	return err == -ETIME ? -EINPROGRESS : err;
}

static int ask_about_top(struct os *os, const struct seen *seen, enum parser_op op, const void *top,
			 size_t n_top)
{
	struct parser_process *process;
	struct parser_question *q;
	int err = begin(os, seen->ref.pid, op, SITE_NS, &process, &q);

	if (err)
		return err;
	set_thread(q, seen);
	q->n_top = n_top < sizeof(q->top) ? n_top : sizeof(q->top);
	memcpy(q->top, top, q->n_top);
	return parser_ask(os, process, AGAIN_NS, -1);
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

static int ask_words(struct os *os, pid_t pid, enum parser_op op, uint64_t address,
		     struct parser_words *ret)
{
	struct parser_process *process;
	struct parser_question *q;
	int err = begin(os, pid, op, time_left(os), &process, &q);

	if (err || !q->time_ns)
		return err ? err : -EINPROGRESS;
	q->debug = true;
	q->address = address;
	err = parser_ask(os, process, NAME_AGAIN_NS, -1);
	if (!err)
		*ret = os->parser->answer.words;
	return err;
}

int parser_address(struct os *os, pid_t pid, uint64_t pc, struct parser_words *ret)
{
	return ask_words(os, pid, PARSER_ADDRESS, pc, ret);
}

int parser_variable(struct os *os, pid_t pid, uint64_t addr, struct parser_words *ret)
{
	return ask_words(os, pid, PARSER_VARIABLE, addr, ret);
}

int parser_lock_functions(struct os *os, pid_t pid, int fd, struct lock_function *ret)
{
	struct parser_process *process;
	struct parser_question *q;
	int err = begin(os, pid, PARSER_LOCKS, LOCKS_NS, &process, &q);

	if (!err) {
		q->debug = true; /* here: the code is decoded */
		err = parser_ask(os, process, AGAIN_NS, fd);
	}
	if (err)
		return err;
	memcpy(ret, os->parser->answer.locks.functions, os->parser->answer.locks.n * sizeof(*ret));
	return os->parser->answer.locks.n;
}
