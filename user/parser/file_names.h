/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_FILE_NAMES_H
#define PARSER_FILE_NAMES_H

/*
 * Names of a file's own addresses: of a program, a library, or the separate
 * debug file of one, given as a descriptor. For reports of another machine.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_BUILD_ID 65 /* 32 bytes in hex */

struct file_at {
	uint64_t addr; /* ELF address */
	bool exact;    /* not a return address */
};

struct file_name {
	uint32_t line; /* 0: not known */
	uint64_t symbol_offset;
	char symbol[1024]; /* demangled; "": not known */
	char file[256];	   /* base name; "": not known */
};

/*
 * Fills ret[i] for at[i]; what has no name is left empty. fd stays open.
 * Returns 0 or -errno: -ENOEXEC, what is there is no ELF program or library.
 */
int file_names(int fd, const struct file_at *at, size_t n, struct file_name *ret);

/* The build-id in hex. Returns 0, or -errno: -ENOEXEC (no ELF file), -ENOENT (it has none). */
int file_build_id(int fd, char ret[FILE_BUILD_ID]);

#endif
