/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_PERF_MAP_H
#define PARSER_PERF_MAP_H

/*
 * Names of code that a program made while it ran: what just-in-time compilers
 * write for perf into /tmp/perf-PID.map, one "START SIZE NAME" a line, in hex.
 * It is read anew for each question: it grows, and nothing of it is kept.
 */
#include <stddef.h>
#include <stdint.h>

#define PERF_MAP_MAX (64 << 20) /* bytes; a larger one is not read */

struct jit_name {
	uint64_t pc;	/* asked for */
	uint64_t start; /* of the code that it is in */
	uint64_t at;	/* where in the file the name is */
	char *name;	/* NULL: none; to be freed */
};

/*
 * Fills in what the file says of n addresses. Where entries overlap, the last one
 * counts: the compiler has used the place again. A last line without an end is
 * one that is being written. Returns 0 or -errno: -EFBIG, -EBADF for what cannot
 * be read, or -ETIME, without any names, as the last entries are those that count.
 */
int perf_map_names(int fd, struct jit_name *names, size_t n, uint64_t deadline_ns);

void jit_names_free(struct jit_name *names, size_t n);

#endif
