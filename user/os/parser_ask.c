// SPDX-License-Identifier: GPL-2.0
/*
 * Who answers: a parser for each owner, a few at a time. One that died or made
 * no sense is replaced, and the question asked once more, without separate
 * debug files; if that fails too, the process is left alone for a while that
 * grows each time. One that takes long is not waited for, but left to go on: a
 * slow or busy machine needs seconds for what is read of a library just once.
 */
#include <errno.h>
#include <string.h>

#include "lost.h"
#include "os.h"
#include "parser_check.h"
#include "parser_private.h"
#include "proc.h"

#define SLACK_NS       200000000ull /* one that keeps to its time may be put off by others */
#define NAMES_SLACK_NS 20000000ull
#define START_NS       1000000000ull  /* to be started may take so long on top */
#define BUSY_RAN_NS    20000000000ull /* what goes on by itself is given so much of a processor, */
#define BUSY_ASLEEP_NS 20000000000ull
#define BUSY_NS	       180000000000ull /* ... of which it may get a tenth (CPUQuota, a slow device) */
#define ALONE_NS       10000000000ull /* the first time */
#define ALONE_DOUBLED  6	      /* at most: 10 minutes */

static bool is_idle(const struct parser_child *c)
{
	return c->process.pid && !c->busy_until_ns;
}

/* Rather nobody's, then the idle one that was used longest ago. */
static bool is_better_place(const struct parser_child *c, const struct parser_child *than)
{
	if (!c->process.pid || !than->process.pid)
		return !c->process.pid && than->process.pid;
	if (is_idle(c) != is_idle(than))
		return is_idle(c);
	return c->used < than->used;
}

/* The owner's parser if it has one that is idle, else a place for one. */
static struct parser_child *place_for(struct parser *p, const struct parser_owner *owner)
{
	struct parser_child *best = &p->pool[0];

	for (size_t i = 0; i < PARSER_POOL; i++) {
		struct parser_child *c = &p->pool[i];

		if (is_idle(c) && parser_same_owner(&c->owner, owner))
			return c;
		if (is_better_place(c, best))
			best = c;
	}
	return best;
}

static int started(struct os *os, const struct parser_owner *owner, struct parser_child **ret)
{
	struct parser *p = os->parser;
	/* they are asked for early, mostly before all else */
	bool decodes = p->question.op == PARSER_LOCKS && p->question.debug;
	struct parser_child *c;
	int err = 0;

	graveyard_reap(&p->graves);
	if (graveyard_full(&p->graves))
		return -EAGAIN;
	c = place_for(p, owner);
	if (c->process.pid && c->busy_until_ns && !c->busy_names)
		return -EINPROGRESS; /* all of them are at work */
	if (!is_idle(c) || !parser_same_owner(&c->owner, owner) || (decodes && !c->decodes))
		parser_child_end(c, &p->graves);
	if (!c->process.pid) {
		c->used = c->busy_until_ns = 0;
		err = parser_child_start(c, owner, ++p->starts << 32, decodes);
	}
	if (err) {
		lost_count(os->lost, "parser-not-started");
		p->failed = "the parser cannot be started";
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

static void leave_alone(struct parser_process *process, uint64_t *until_ns)
{
	unsigned int doubled = process->faults < ALONE_DOUBLED ? process->faults : ALONE_DOUBLED;

	process->faults++;
	*until_ns = os_now_ns() + (ALONE_NS << doubled);
}

/* Names may take long, and nothing but names depends on them: they are not waited for. */
static bool is_for_names(const struct parser_question *q)
{
	return q->op == PARSER_NAME || q->op == PARSER_ADDRESS || q->op == PARSER_VARIABLE;
}

/* What was read of a library for this is kept, and the next such question is quick. */
static bool reads_code(const struct parser_question *q)
{
	return q->op == PARSER_WALK || q->op == PARSER_SITE || q->op == PARSER_SCAN;
}

/* Not stopped and not asleep: it has the processor, or waits for that or for the disk. */
static bool is_at_work(const struct os *os, const struct parser_child *c)
{
	char state = killable_state(&c->process, os->proc_fd);

	return state == 'R' || state == 'D';
}

static void let_go_on(struct parser_child *c, const struct parser_question *q, uint64_t number)
{
	c->busy_until_ns = os_now_ns() + BUSY_NS;
	c->busy_ran_ns = killable_ran_ns(&c->process) + BUSY_RAN_NS;
	c->busy_number = number;
	c->busy_names = is_for_names(q);
	c->busy_debug = q->debug;
}

static bool may_go_on(const struct os *os, const struct parser_child *c, uint64_t now)
{
	if (now >= c->busy_until_ns || killable_ran_ns(&c->process) >= c->busy_ran_ns)
		return false;
	/* names may wait for what we give it */
	return is_at_work(os, c) ||
	       (c->busy_names && now < c->busy_until_ns - BUSY_NS + BUSY_ASLEEP_NS);
}

static uint64_t patience_ns(const struct parser_child *c, const struct parser_question *q)
{
	if (is_for_names(q))
		return q->time_ns + NAMES_SLACK_NS;
	return q->time_ns + SLACK_NS + (c->used ? 0 : START_NS);
}

/*
 * One question to one parser. Returns 0 if it was answered, -EINPROGRESS if the
 * parser was left to go on by itself.
 */
static int ask_once(struct os *os, struct parser_process *process, bool debug, int fd)
{
	struct parser *p = os->parser;
	struct parser_question *q = &p->question;
	struct parser_child *c;
	int err;

	q->debug &= debug;
	/* one that died since it was asked last is nobody's fault */
	for (int tries = 0; tries < 2; tries++) {
		err = started(os, &process->owner, &c);
		if (err)
			return err;
		/* without a pid it is about a file: then there is nothing else to be had */
		parser_source_begin(&c->source, os, process->pid ? process : NULL);
		c->source.no_debug = !debug;
		err = parser_child_ask(c, q, fd, os_now_ns() + patience_ns(c, q));
		c->used = ++p->uses;
		c->used_ns = os_now_ns();
		if (err != -ENOTCONN)
			break;
		parser_child_end(c, &p->graves);
	}
	if (err == -ENOTCONN)
		return -EPIPE;
	parser_check(q, &c->source, c->shared, &p->answer);
	if (err == -ETIMEDOUT && (is_for_names(q) || (reads_code(q) && is_at_work(os, c)))) {
		let_go_on(c, q, process->number);
		return -EINPROGRESS;
	}
	if (err)
		parser_child_end(c, &p->graves);
	return err;
}

/*
 * Those that were left to go on: what they find out is not told, but they know
 * it when they are asked again. Returns whether such a question is to wait for
 * one that works for that process: names for any, others for what is no name.
 */
static bool go_on(struct os *os, uint64_t number, bool for_names)
{
	struct parser *p = os->parser;
	bool wait = false;

	for (size_t i = 0; i < PARSER_POOL; i++) {
		struct parser_child *c = &p->pool[i];
		struct parser_process *process;
		uint64_t now = os_now_ns();
		int err;

		if (!c->process.pid || !c->busy_until_ns)
			continue;
		process = parser_process_numbered(&p->processes, c->busy_number);
		c->source.process = process;
		err = process ? parser_child_go_on(c, now) : -ESRCH;
		if (err == -ETIMEDOUT && may_go_on(os, c, now)) {
			wait |= c->busy_number == number && (for_names || !c->busy_names);
			continue;
		}
		c->busy_until_ns = 0;
		if (is_fault(err)) {
			count_fault(os, err);
			leave_alone(process, c->busy_debug ? &process->no_debug_until_ns
							   : &process->alone_until_ns);
		}
		if (err)
			parser_child_end(c, &p->graves);
	}
	return wait;
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
	bool debug;
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
	if (go_on(os, process->number, is_for_names(&p->question)))
		return -EINPROGRESS;
	debug = !second && now >= process->no_debug_until_ns;
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
