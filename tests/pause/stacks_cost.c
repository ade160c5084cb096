// SPDX-License-Identifier: GPL-2.0
/*
 * "stacks_cost PID": makes the stack of every thread of a process that sleeps,
 * with names, as a report does, and says what it cost:
 *
 *	{"threads": N, "first_us": N, "then_us": mean, "all_us": N, "complete": N, "named": N}
 *
 * named: frames with a function or a line; without it the cost says nothing.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/clock.h"
#include "os/os.h"
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

static int all_threads(struct os *os, void *self, pid_t pid, struct cost *c)
{
	struct dirent *e;
	char path[32];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir)
		return 1;
	while ((e = readdir(dir))) {
		struct seen seen;
		pid_t tid = (pid_t)strtol(e->d_name, NULL, 10);

		if (tid > 0 && way_proc.look(self, pid, tid, &seen) == 0 && seen.sp)
			one_thread(os, &seen, c);
	}
	closedir(dir);
	return 0;
}

int main(int argc, char **argv)
{
	const struct fact_sink notes = {.put = ignore_note};
	struct target *target;
	struct cost c = {0};
	struct os os;
	void *self;
	pid_t pid;
	int rc;

	/* the parser is the program that asks it, started by itself */
	if (argc == 2 && strcmp(argv[1], PARSER_ARGUMENT) == 0)
		parser_child_run();
	if (argc != 2)
		return 2;
	pid = (pid_t)strtol(argv[1], NULL, 10);
	if (os_open(&os) || target_new(os.proc_fd, pid, false, &target) ||
	    way_proc.open(&(struct way_config){.os = &os, .target = target, .notes = &notes},
			  &self))
		return 1;
	rc = all_threads(&os, self, pid, &c);
	printf("{\"threads\": %" PRIu64 ", \"first_us\": %" PRIu64 ", \"then_us\": %" PRIu64
	       ", \"all_us\": %" PRIu64 ", \"complete\": %" PRIu64 ", \"frames\": %" PRIu64
	       ", \"named\": %" PRIu64 "}\n",
	       c.threads, c.first_us, c.threads > 1 ? (c.all_us - c.first_us) / (c.threads - 1) : 0,
	       c.all_us, c.complete, c.frames, c.named);
	way_proc.close(self);
	target_free(target);
	os_close(&os);
	return rc;
}
