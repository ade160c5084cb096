/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_MAPS_H
#define OS_MAPS_H

/*
 * The memory map of a process, from /proc/PID/maps (through the reader).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct reader;

struct mapping {
	uint64_t start, end; /* [start, end) */
	uint64_t offset;     /* in the file */
	uint32_t dev_major, dev_minor;
	uint64_t inode; /* 0: anonymous */
	bool exec, write, shared;
	bool deleted;	  /* the file has no name any more */
	const char *path; /* "" if anonymous, "[stack]", "[vdso]"; " (deleted)" cut off */
};

struct maps;

/* Returns 0 and sets *ret, or -errno. A snapshot: it does not follow the process. */
int maps_read(struct reader *r, pid_t pid, struct maps **ret);
/* Parses a text in the form of /proc/PID/maps. */
int maps_parse(const char *text, struct maps **ret);
/* The same; text, which malloc() gave, is the maps' from now on, also if it fails. */
int maps_take(char *text, struct maps **ret);
void maps_free(struct maps *m);

/* The mapping that holds addr, or NULL. */
const struct mapping *maps_find(const struct maps *m, uint64_t addr);
const struct mapping *maps_at(const struct maps *m, size_t i); /* NULL past the end */

#endif
