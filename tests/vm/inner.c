// SPDX-License-Identifier: GPL-2.0
/*
 * A C library may call its own lock functions, as musl does. What a thread did is counted once
 * all the same: inner TARGET... runs each program, which is tests/vm/inner_target.c built with
 * one of them, under probes. Prints TAP.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../user/os/os.h"
#include "../../user/parser/wire.h"
#include "../../user/target.h"
#include "../../user/ways/way.h"

static int n_tests, n_failed;

static void check(bool ok, const char *program, const char *what)
{
	printf("%sok %d - %s: %s\n", ok ? "" : "not ", ++n_tests, program, what);
	fflush(stdout);
	n_failed += !ok;
}

static int say_note(void *ctx, const struct fact *fact)
{
	(void)ctx;
	if (fact->type == FACT_NOTE)
		printf("# %s\n", fact->note.text);
	return 0;
}

struct victim {
	pid_t pid;
	FILE *to, *from;
	uint64_t lock, mutex, text, end;
};

static void step(struct victim *v)
{
	char line[16];

	fputs("go\n", v->to);
	fflush(v->to);
	if (!fgets(line, sizeof(line), v->from))
		printf("# it ended\n");
}

static bool victim_start(const char *program, struct victim *v)
{
	int in[2], out[2], pid;
	char line[200] = "";

	if (pipe(in) || pipe(out))
		return false;
	v->pid = fork();
	if (v->pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		for (int fd = 3; fd < 64; fd++)
			close(fd);
		execl(program, program, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	v->to = fdopen(in[1], "w");
	v->from = fdopen(out[0], "r");
	return v->to && v->from && fgets(line, sizeof(line), v->from) &&
	       sscanf(line, "%d %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64, &pid, &v->lock,
		      &v->mutex, &v->text, &v->end) == 5 &&
	       fgets(line, sizeof(line), v->from);
}

static int sum_reads(void *ctx, const struct lock_reader *reader)
{
	*(unsigned int *)ctx += reader->reads;
	return 0;
}

static unsigned int reads(const struct way *way, void *self, const struct victim *v)
{
	unsigned int sum = 0;

	way->readers(self, v->pid, v->lock, sum_reads, &sum);
	return sum;
}

static void is_counted_once(struct os *os, const char *program)
{
	const struct fact_sink notes = {say_note, NULL};
	struct way_config config = {.os = os, .notes = &notes, .uprobes = true};
	const struct way *way = &way_hooks;
	struct thread_ref ref;
	uint64_t at = 0, caller = 0;
	struct target *target;
	struct victim v;
	void *self;

	signal(SIGPIPE, SIG_IGN);
	if (!victim_start(program, &v) || target_new(os->proc_fd, v.pid, false, &target)) {
		check(false, program, "it runs");
		return;
	}
	config.target = target;
	if (way->open(&config, &self)) {
		check(false, program, "the way opens");
		return;
	}
	check(strstr(way->hooks(self), "pthread") != NULL, program, way->hooks(self));
	step(&v);
	check(reads(way, self, &v) == 1, program, "taken to read twice, given back once");
	ref = (struct thread_ref){v.pid, v.pid, 0};
	check(way->last_entered(self, &ref, v.mutex, &at, &caller) == 1 && caller > v.text &&
		      caller < v.end,
	      program, "the mutex was taken by the program, not by the library");
	step(&v);
	check(reads(way, self, &v) == 0, program, "given back");
	fclose(v.to);
	way->close(self);
	target_free(target);
	waitpid(v.pid, NULL, 0);
	fclose(v.from);
}

int main(int argc, char **argv)
{
	struct os os;

	if (argc == 2 && strcmp(argv[1], PARSER_ARGUMENT) == 0)
		parser_child_run();
	if (os_open(&os))
		return 1;
	for (int i = 1; i < argc; i++)
		is_counted_once(&os, argv[i]);
	printf("1..%d\n", n_tests);
	os_close(&os);
	return n_failed != 0;
}
