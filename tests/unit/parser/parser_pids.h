/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_PARSER_PIDS_H
#define TESTS_PARSER_PIDS_H

/* The parsers that a process has started and that are alive. */
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

#define PARSERS_MAX 16

static inline int is_parser(pid_t pid)
{
	char path[64], comm[32] = "", state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%*d (%31[^)]) %c", comm, &state) != 2)
		state = 'Z';
	fclose(f);
	return state != 'Z' && state != 'X' && !strcmp(comm, "locktrace-parse");
}

/* Children of the process's first thread. */
static inline int parser_pids(pid_t parent, pid_t ret[PARSERS_MAX])
{
	char path[64];
	int n = 0, pid;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)parent, (int)parent);
	f = fopen(path, "re");
	while (f && n < PARSERS_MAX && fscanf(f, "%d", &pid) == 1)
		if (is_parser(pid))
			ret[n++] = pid;
	if (f)
		fclose(f);
	return n;
}

#endif
