/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_SPACE_H
#define PARSER_SPACE_H

/*
 * The address space of one process: from an address to the file that is
 * mapped there, opened when an address in it first comes up. Files are shared
 * between spaces through the cache they are opened in.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "../os/maps.h"
#include "elf_cache.h"
#include "source.h"

struct space;

/* The processes that came up last, and the files. Begins as zeros with a source. */
#define SPACES_MAX 16

struct spaces {
	const struct source *source;
	struct space *recent[SPACES_MAX]; /* last used first */
	struct elf_cache cache;
};

void spaces_free(struct spaces *s);

/*
 * The space of a process, by the number it goes by in questions: the source
 * must be answering for it. Its maps are at most SPACE_AGE_NS old. Belongs to
 * *s until the next call. 0 or -errno.
 */
#define SPACE_AGE_NS 500000000ull
int spaces_get(struct spaces *s, uint64_t process, uint64_t now_ns, struct space **ret);

/* Where an address is. */
struct place {
	const struct mapping *map; /* never NULL */
	struct elf_file *file;	   /* NULL: no file, or not readable; belongs to the space */
	uint64_t addr;		   /* ELF address; without file: from the start of the mapping */
};

/* -EFAULT: nothing is mapped at addr. */
int space_find(struct space *s, uint64_t addr, struct place *ret);
/* As space_find(), of data too; the pages behind a file's own (.bss) count as its. */
int space_find_data(struct space *s, uint64_t addr, struct place *ret);

/* Is there code at an address, or just before it, where a call that never returns is the last? */
bool space_is_code(const struct space *s, uint64_t addr);
/* Before a file is asked for names, which may take much: elf_cache_trim(). */
void space_make_room(struct space *s, const struct elf_file *keep);

bool space_is_writable(const struct space *s, uint64_t addr);

/* Where the mapping of addr ends; 0: nothing is mapped there. */
uint64_t space_mapping_end(const struct space *s, uint64_t addr);

#endif
