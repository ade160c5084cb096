/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_ELF_CACHE_H
#define PARSER_ELF_CACHE_H

/*
 * The files that came up lately, whatever process has them: each is parsed once.
 * The same file by two numbers (a copy, a layer of another container) is one, if
 * its build-id and then all of its bytes say so.
 *
 * What they take is bounded. The files of one stack may be several hundred, so
 * it is not by how many there are, but by what libelf and libdw keep of them: of
 * those that were used longest ago that is given back, and read again at need.
 */
#include "elf_file.h"

#define CACHE_FILES 96		/* that no process at hand has */
#define CACHE_BYTES (48u << 20) /* of all, as weighed; what is made of it takes as much again */

struct elf_cache {
	struct elf_file *first; /* last used first */
	size_t most;		/* bytes; 0: CACHE_BYTES */
};

void elf_cache_free(struct elf_cache *c);

/* Takes fd over. The file, referred to once more; NULL if it makes no sense. */
struct elf_file *elf_cache_get(struct elf_cache *c, int fd, uint64_t number, const char *path,
			       const struct source *source);

/* Makes room, but not of keep's (which may be NULL). Nothing of other files may be in use. */
void elf_cache_trim(struct elf_cache *c, const struct elf_file *keep);

#endif
