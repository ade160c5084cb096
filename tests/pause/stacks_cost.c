// SPDX-License-Identifier: GPL-2.0
/*
 * "stacks_cost PID": makes the stack of every thread of a process that sleeps,
 * with names, as a report does, and says what it cost:
 *
 *	{"threads": N, "first_us": N, "then_us": mean, "all_us": N, "complete": N, "named": N}
 *
 * named: frames with a function or a line; without it the cost says nothing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/clock.h"
#include "os/os.h"
#include "os/proc.h"
#include "os/stacks.h"
#include "parser/wire.h"
#include "target.h"
#include "ways/way.h"

#define FRAMES_MAX 128

struct cost {
	uint64_t threads, first_us, all_us, complete, named, frames;
};

static int ignore_note(void *ctx, const struct fact *fact)
{
	(void)ctx;
	(void)fact;
	return 0;
}

static void one_thread(struct os *os, const struct seen *seen, struct cost *c)
{
	struct fact_stack stack = {0};
	uint64_t began = os_now_ns(), us;
	int err = stacks_unwind(os->stacks, os, seen, FRAMES_MAX, true, &stack);

	us = (os_now_ns() - began) / 1000;
	if (err)
		return;
	c->threads++;
	c->all_us += us;
	if (c->threads == 1)
		c->first_us = us;
	c->complete += stack.complete;
	for (size_t i = 0; i < stack.n_frames; i++)
		c->named += stack.frames[i].symbol || stack.frames[i].file;
	c->frames += stack.n_frames;
}

struct asked {
	struct os *os;
	void *way;
	pid_t pid;
	struct cost cost;
};

static int ask_one(void *ctx, pid_t tid)
{
	struct asked *a = ctx;
	struct seen seen;

	if (way_proc.look(a->way, a->pid, tid, &seen) == 0 && seen.sp)
		one_thread(a->os, &seen, &a->cost);
	return 0;
}

int main(int argc, char **argv)
{
	const struct fact_sink notes = {.put = ignore_note};
	struct target *target;
	struct os os;
	struct asked a = {.os = &os};
	const struct cost *c = &a.cost;
	int err;

	/* the parser is the program that asks it, started by itself */
	if (argc == 2 && strcmp(argv[1], PARSER_ARGUMENT) == 0)
		parser_child_run();
	if (argc != 2)
		return 2;
	a.pid = (pid_t)strtol(argv[1], NULL, 10);
	if (os_open(&os) || target_new(os.proc_fd, a.pid, false, &target) ||
	    way_proc.open(&(struct way_config){.os = &os, .target = target, .notes = &notes},
			  &a.way))
		return 1;
	err = proc_each_tid(os.proc_fd, a.pid, ask_one, &a);
	printf("{\"threads\": %" PRIu64 ", \"first_us\": %" PRIu64 ", \"then_us\": %" PRIu64
	       ", \"all_us\": %" PRIu64 ", \"complete\": %" PRIu64 ", \"frames\": %" PRIu64
	       ", \"named\": %" PRIu64 "}\n",
	       c->threads, c->first_us,
	       c->threads > 1 ? (c->all_us - c->first_us) / (c->threads - 1) : 0, c->all_us,
	       c->complete, c->frames, c->named);
	way_proc.close(a.way);
	target_free(target);
	os_close(&os);
	return err ? 1 : 0;
}
