/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_LOCK_FUNCTIONS_H
#define PARSER_LOCK_FUNCTIONS_H

/*
 * Where the lock functions of a C library begin, read off its dynamic symbols,
 * and where in them a probe goes.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lock_use {
	TAKES_FIRST,  /* takes the lock that is its first argument */
	TAKES_SECOND, /* ... its second one */
	TAKES_READ,   /* takes a read-write lock for reading */
	GIVES_BACK,   /* gives a read-write lock back */
	TAKES_UNIT,   /* of a semaphore */
	TRIES_UNIT,   /* ... and may be refused */
	GIVES_UNIT,
	_LOCK_USE_MAX,
};

struct lock_function {
	uint64_t offset; /* in the file: where it begins */
	enum lock_use use;
	uint8_t at;   /* how far from there the probe goes: uprobe_site.h */
	uint8_t kind; /* enum uprobe_kind: an instruction that is cheap, or why there is none */
	uint8_t name; /* lock_function_name() */
	/* What is no call of its own, as part of another one: uprobe_site.h. */
	uint8_t leads_on, inside;
};

#define LOCK_FUNCTIONS 48 /* twenty-one names, some in two versions */

struct disassembler;

/* "pthread_mutex_lock"; "?" for what is no name's number. */
const char *lock_function_name(uint8_t name);

/*
 * Looks into an open ELF file; without d all probes are at entries. Returns how many functions it
 * found (0: it has none), or -errno. The file is anybody's: -EBADMSG if it makes no sense.
 */
int lock_functions_find(int fd, struct disassembler *d, struct lock_function ret[LOCK_FUNCTIONS]);

/* Is this a base name that C libraries and libpthread have? */
bool lock_functions_likely(const char *path);

#endif
