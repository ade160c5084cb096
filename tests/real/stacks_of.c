// SPDX-License-Identifier: GPL-2.0
/*
 * "stacks_of proc|census PID": the stack of every thread of a process that is
 * asleep, by one way of seeing, a line each:
 *
 *	STACK tid sp n complete|"cut" pc/how/module ...
 *
 * tests/real/stacks compares them with a debugger's.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/words.h"
#include "os/os.h"
#include "os/parser.h"
#include "os/proc.h"
#include "parser/wire.h"
#include "target.h"
#include "ways/way.h"

static int ignore_note(void *ctx, const struct fact *fact)
{
	(void)ctx;
	if (fact->type == FACT_NOTE)
		fprintf(stderr, "stacks_of: %s\n", fact->note.text);
	return 0;
}

static void print_stack(const struct seen *seen, const struct parser_walk *w)
{
	printf("STACK %d %" PRIx64 " %" PRIu32 " %s", seen->ref.tid, seen->sp, w->n,
	       w->complete ? "complete" : "cut");
	for (uint32_t i = 0; i < w->n; i++) {
		const struct parser_frame *f = &w->frames[i];

		/* No blanks in the line's words; what has no file was made at run time. */
		printf(" %" PRIx64 "/%s/%s", f->pc, f->how ? word_frame_how(f->how) : "cfi",
		       f->file ? f->module : "-");
	}
	printf("%s%s\n", w->note[0] ? " # " : "", w->note);
}

struct asked {
	struct os *os;
	const struct way *way;
	void *self;
	pid_t pid;
};

static int ask_one(void *ctx, pid_t tid)
{
	const struct parser_walking how = {.max = PARSER_FRAMES, .with_debug = true};
	static struct parser_walk walk;
	const struct asked *a = ctx;
	struct seen seen;

	if (a->way->look(a->self, a->pid, tid, &seen) || !seen.sp)
		return 0;
	if (parser_walk(a->os, &seen, &how, &walk))
		printf("FAILED %d\n", (int)tid);
	else
		print_stack(&seen, &walk);
	return 0;
}

int main(int argc, char **argv)
{
	const struct fact_sink notes = {.put = ignore_note};
	struct target *target;
	struct os os;
	struct asked a = {.os = &os, .way = &way_proc};
	int err;

	/* It becomes a parser for itself, as locktrace does. */
	if (argc == 2 && !strcmp(argv[1], PARSER_ARGUMENT))
		parser_child_run();
	if (argc != 3)
		return 2;
	if (!strcmp(argv[1], "census"))
		a.way = &way_census;
	a.pid = (pid_t)strtol(argv[2], NULL, 10);
	if (os_open(&os) || target_new(os.proc_fd, a.pid, false, &target))
		return 1;
	if (a.way->open(&(struct way_config){.os = &os, .target = target, .notes = &notes},
			&a.self))
		return 77;
	err = proc_each_tid(os.proc_fd, a.pid, ask_one, &a);
	a.way->close(a.self);
	target_free(target);
	os_close(&os);
	return err ? 1 : 0;
}
