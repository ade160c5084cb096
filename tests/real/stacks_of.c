// SPDX-License-Identifier: GPL-2.0
/*
 * "stacks_of proc|census PID": the stack of every thread of a process that is
 * asleep, by one way of seeing, a line each:
 *
 *	STACK tid sp n complete|"cut" pc/how/module ...
 *
 * and then "TOOK us", for all of them. tests/real/stacks compares them with a
 * debugger's.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/os.h"
#include "os/proc.h"
#include "parser/memory.h"
#include "parser/unwind.h"
#include "target.h"
#include "ways/way.h"

static int ignore_note(void *ctx, const struct fact *fact)
{
	(void)ctx;
	if (fact->type == FACT_NOTE)
		fprintf(stderr, "stacks_of: %s\n", fact->note.text);
	return 0;
}

static void print_stack(const struct seen *seen, const struct unwound *u)
{
	printf("STACK %d %" PRIx64 " %zu %s", seen->ref.tid, seen->sp, u->n,
	       u->complete ? "complete" : "cut");
	for (size_t i = 0; i < u->n; i++) {
		const struct unwound_frame *f = &u->frames[i];
		const char *path = f->place.map ? f->place.map->path : "?";
		const char *slash = strrchr(path, '/');

		/* No blanks in the line's words; what has no file was made at run time. */
		printf(" %" PRIx64 "/%s/%s", f->pc, f->guessed ? "guessed" : "cfi",
		       f->place.file ? slash ? slash + 1 : path : "-");
	}
	printf("%s%s\n", u->note ? " # " : "", u->note ? u->note : "");
}

static int one_thread(struct os *os, struct memory *memory, const struct seen *seen)
{
	static struct unwound u;
	struct space *space;
	int err = spaces_get(stacks_spaces(os->stacks), os->reader, seen->ref.pid, seen->ref.start,
			     os_now_ns(), &space);

	if (err == 0)
		err = memory_begin(memory, os->reader, seen->ref.pid, seen->sp,
				   space_mapping_end(space, seen->sp), MEMORY_TOP);
	if (err)
		return err;
	unwind(space, memory, seen, UNWIND_MAX, true, os_now_ns() + 10000000000ull, &u);
	print_stack(seen, &u);
	return 0;
}

static int all_threads(struct os *os, const struct way *way, void *self, pid_t pid)
{
	struct memory *memory;
	struct dirent *e;
	char path[32];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	if (!dir || memory_new(&memory))
		return 1;
	while ((e = readdir(dir))) {
		struct seen seen;
		pid_t tid = (pid_t)strtol(e->d_name, NULL, 10);

		if (tid <= 0 || way->look(self, pid, tid, &seen) || !seen.sp)
			continue;
		if (one_thread(os, memory, &seen))
			printf("FAILED %d\n", (int)tid);
	}
	closedir(dir);
	memory_free(memory);
	return 0;
}

int main(int argc, char **argv)
{
	const struct way *way = argc == 3 && !strcmp(argv[1], "census") ? &way_census : &way_proc;
	const struct fact_sink notes = {.put = ignore_note};
	struct target *target;
	uint64_t began;
	struct os os;
	void *self;
	pid_t pid;
	int rc;

	if (argc != 3)
		return 2;
	pid = (pid_t)strtol(argv[2], NULL, 10);
	if (os_open(&os) || target_new(os.proc_fd, pid, false, &target))
		return 1;
	if (way->open(&(struct way_config){.os = &os, .target = target, .notes = &notes}, &self))
		return 77;
	began = os_now_ns();
	rc = all_threads(&os, way, self, pid);
	printf("TOOK %" PRIu64 "\n", (os_now_ns() - began) / 1000);
	way->close(self);
	target_free(target);
	os_close(&os);
	return rc;
}
