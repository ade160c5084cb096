/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_SOURCE_H
#define PARSER_SOURCE_H

/*
 * All that the parser gets of the world outside: bytes and descriptors, on
 * request, of the one process that the question at hand is about. Nothing in
 * user/parser/ opens, finds or reads anything by another way; whoever answers
 * decides what is given.
 */
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SOURCE_LINK 200 /* bytes of a debug link's name */
#define SOURCE_DWZ  ".dwz/"

/*
 * A separate debug file of a file that was given, by build-id (hex) or by the
 * name of a link. Whether it is the right one is for who asks to find out.
 */
struct source_debug {
	uint64_t file;	      /* number of the file that wants it */
	const char *build_id; /* or NULL */
	const char *link;     /* a base name, or one below SOURCE_DWZ; or NULL */
	unsigned int nth;     /* there may be several: 0, 1, ... until -ENOENT */
};

struct disassembler;

struct source {
	void *ctx;
	/* The text of its maps, to be freed, with a NUL at the end. Returns its size or -errno. */
	ssize_t (*maps)(void *ctx, char **ret);
	/*
	 * The file that is mapped at start, where a mapping begins; a copy of the
	 * vdso. *ret_file is the same number for the same, unchanged file, and never
	 * 0. Returns a descriptor or -errno.
	 */
	int (*file)(void *ctx, uint64_t start, uint64_t *ret_file);
	/* Returns the bytes read (may be fewer, never 0) or -errno. */
	ssize_t (*memory)(void *ctx, uint64_t addr, void *buf, size_t size);
	/* Returns a descriptor or -errno. */
	int (*debug)(void *ctx, const struct source_debug *wanted);
	/* What the process says of code it made itself: perf_map.h. Returns a descriptor or -errno.
	 */
	int (*perf_map)(void *ctx);
	struct disassembler *disassembler; /* NULL: there is none, or nobody will need it */
};

#endif
