// SPDX-License-Identifier: GPL-2.0
/*
 * Who answers: a parser for each owner, a few at a time. One that died, hung or
 * made no sense is replaced, and the question asked once more, without separate
 * debug files; if that fails too, the process is left alone for a while that
 * grows each time.
 */
#include <errno.h>
#include <string.h>

#include "lost.h"
#include "os.h"
#include "parser_check.h"
#include "parser_private.h"

#define ALONE_NS      10000000000ull /* the first time */
#define ALONE_DOUBLED 6		     /* at most: 10 minutes */

static bool same_owner(const struct parser_owner *a, const struct parser_owner *b)
{
	return a->uid == b->uid && a->mnt_ns == b->mnt_ns && a->user_ns == b->user_ns;
}

/* The owner's parser, else the place of the one that was used longest ago, ended. */
static struct parser_child *place_for(struct parser *p, const struct parser_owner *owner)
{
	struct parser_child *oldest = &p->pool[0];

	for (size_t i = 0; i < PARSER_POOL; i++) {
		struct parser_child *c = &p->pool[i];

		if (c->process.pid && same_owner(&c->owner, owner))
			return c;
		if (!c->process.pid || (oldest->process.pid && c->used < oldest->used))
			oldest = c;
	}
	parser_child_end(oldest, &p->graves);
	return oldest;
}

static int started(struct parser *p, const struct parser_owner *owner, struct parser_child **ret)
{
	struct parser_child *c;
	int err = 0;

	graveyard_reap(&p->graves);
	if (graveyard_full(&p->graves))
		return -EAGAIN;
	c = place_for(p, owner);
	if (!c->process.pid) {
		c->used = 0;
		err = parser_child_start(c, owner, ++p->starts << 32);
	}
	*ret = c;
	return err;
}

/* Is it the parser that failed? Otherwise err is its answer, or our own trouble. */
static bool is_fault(int err)
{
	return err == -EPIPE || err == -ETIMEDOUT || err == -EPROTO;
}

/* Returns it in words. */
static const char *count_fault(struct os *os, int err)
{
	switch (err) {
	case -EPIPE:
		lost_count(os->lost, "parser-died");
		return "the parser died of it";
	case -ETIMEDOUT:
		lost_count(os->lost, "parser-timeout");
		return "the parser took too long";
	default:
		lost_count(os->lost, "parser-garbage");
		return "the parser made no sense";
	}
}

/* One question to one parser. Returns 0 if it was answered. */
static int ask_once(struct os *os, struct parser_process *process, bool debug, int fd)
{
	struct parser *p = os->parser;
	struct parser_child *c;
	int err;

	/* one that died since it was asked last is nobody's fault */
	for (int tries = 0; tries < 2; tries++) {
		err = started(p, &process->owner, &c);
		if (err)
			return err;
		/* without a pid it is about a file: then there is nothing else to be had */
		parser_source_begin(&c->source, os, process->pid ? process : NULL);
		c->source.no_debug = !debug;
		p->question.debug &= debug;
		err = parser_child_ask(c, &p->question, fd);
		c->used = ++p->uses;
		if (err != -ENOTCONN)
			break;
		parser_child_end(c, &p->graves);
	}
	if (err != -ENOTCONN)
		parser_check(&p->question, &c->source, c->shared, &p->answer);
	if (err)
		parser_child_end(c, &p->graves);
	return err == -ENOTCONN ? -EPIPE : err;
}

static void leave_alone(struct parser_process *process, uint64_t *until_ns)
{
	unsigned int doubled = process->faults < ALONE_DOUBLED ? process->faults : ALONE_DOUBLED;

	process->faults++;
	*until_ns = os_now_ns() + (ALONE_NS << doubled);
}

static int refused(struct os *os)
{
	if (!os->parser->refused)
		lost_count(os->lost, "parser-refused");
	os->parser->refused = true;
	os->parser->failed = "this system does not let the parser be locked in";
	return -ENOSYS;
}

int parser_try(struct os *os, struct parser_process *process, bool second, int fd, bool *ret_again)
{
	struct parser *p = os->parser;
	uint64_t now = os_now_ns();
	bool debug = !second && now >= process->no_debug_until_ns;
	int err;

	*ret_again = false;
	p->failed = NULL;
	memset(&p->answer, 0, offsetof(struct parser_answer, walk.frames));
	if (p->refused)
		return refused(os);
	if (now < process->alone_until_ns) {
		p->failed = "the parser has failed on this process before";
		return -EHOSTDOWN;
	}
	err = ask_once(os, process, debug, fd);
	if (err == -ENOSYS)
		return refused(os);
	if (is_fault(err)) {
		p->failed = count_fault(os, err);
		leave_alone(process,
			    second ? &process->alone_until_ns : &process->no_debug_until_ns);
		*ret_again = !second;
	}
	return err ? err : p->answer.result;
}

int parser_ask(struct os *os, struct parser_process *process, uint64_t again_ns, int fd)
{
	bool again;
	int err = parser_try(os, process, false, fd, &again);

	if (!again)
		return err;
	os->parser->question.time_ns = again_ns;
	return parser_try(os, process, true, fd, &again);
}
