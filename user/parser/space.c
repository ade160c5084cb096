// SPDX-License-Identifier: GPL-2.0
/*
 * A file is found again by the number that it was given: each process costs
 * one request for each file, and no parsing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "space.h"

#define SPACE_FILES 1024

/* A mapping that came up. */
struct mapped {
	uint64_t start;
	struct elf_file *file; /* NULL: could not be opened */
};

struct space {
	const struct source *source;
	struct elf_cache *cache;
	uint64_t process;
	uint64_t read_ns;
	struct maps *maps;
	struct mapped *mapped;
	size_t n_mapped, cap_mapped;
};

static void drop(struct space *s)
{
	for (size_t i = 0; i < s->n_mapped; i++)
		elf_file_unref(s->mapped[i].file);
	s->n_mapped = 0;
	maps_free(s->maps);
	s->maps = NULL;
}

static void space_free(struct space *s)
{
	if (!s)
		return;
	drop(s);
	free(s->mapped);
	free(s);
}

static int space_refresh(struct space *s, uint64_t now_ns, uint64_t max_age_ns)
{
	struct maps *maps;
	char *text;
	ssize_t n;
	int err;

	if (s->maps && now_ns - s->read_ns <= max_age_ns)
		return 0;
	n = s->source->maps(s->source->ctx, &text);
	if (n < 0)
		return n;
	err = maps_take(text, &maps);
	if (err)
		return err;
	drop(s);
	s->maps = maps;
	s->read_ns = now_ns;
	return 0;
}

void spaces_free(struct spaces *s)
{
	for (size_t i = 0; i < SPACES_MAX; i++)
		space_free(s->recent[i]);
	elf_cache_free(&s->cache);
}

int spaces_get(struct spaces *s, uint64_t process, uint64_t now_ns, struct space **ret)
{
	struct space *found;
	size_t i = 0;
	int err;

	elf_cache_trim(&s->cache, NULL);

	while (i < SPACES_MAX - 1 && s->recent[i] && s->recent[i]->process != process)
		i++;
	found = s->recent[i];
	if (!found || found->process != process) {
		space_free(found); /* the one used longest ago, if all places are taken */
		s->recent[i] = found = calloc(1, sizeof(*found));
		if (!found)
			return -ENOMEM;
		*found = (struct space){s->source, .cache = &s->cache, .process = process};
	}
	memmove(&s->recent[1], &s->recent[0], i * sizeof(struct space *));
	s->recent[0] = found;
	err = space_refresh(found, now_ns, SPACE_AGE_NS);
	if (!err)
		*ret = found;
	return err;
}

/* The vdso is no file: it was copied from memory. */
static struct elf_file *open_file(struct space *s, const struct mapping *map)
{
	uint64_t number = 0;
	int fd;

	if (strcmp(map->path, "[vdso]") != 0 && (!map->inode || map->path[0] != '/'))
		return NULL;
	fd = s->source->file(s->source->ctx, map->start, &number);
	return fd < 0 ? NULL : elf_cache_get(s->cache, fd, number, map->path, s->source);
}

static int file_of(struct space *s, const struct mapping *map, struct elf_file **ret)
{
	struct elf_file *f;

	for (size_t i = 0; i < s->n_mapped; i++) {
		if (s->mapped[i].start == map->start) {
			*ret = s->mapped[i].file;
			return 0;
		}
	}
	if (s->n_mapped == SPACE_FILES)
		return -ENOSPC;
	if (s->n_mapped == s->cap_mapped) {
		size_t cap = s->cap_mapped ? 2 * s->cap_mapped : 16;
		struct mapped *more = reallocarray(s->mapped, cap, sizeof(*more));

		if (!more)
			return -ENOMEM;
		s->mapped = more;
		s->cap_mapped = cap;
	}
	f = open_file(s, map);
	s->mapped[s->n_mapped++] = (struct mapped){map->start, f};
	*ret = f;
	return 0;
}

/* The mapping that addr's bytes belong to by the file: .bss lies behind it, without a name. */
static const struct mapping *file_mapping(const struct maps *maps, const struct mapping *map)
{
	const struct mapping *before;

	if (map->inode || map->path[0] || !map->start)
		return map;
	before = maps_find(maps, map->start - 1);
	return before && before->inode ? before : map;
}

int space_find_data(struct space *s, uint64_t addr, struct place *ret)
{
	const struct mapping *own = s->maps ? maps_find(s->maps, addr) : NULL, *map;
	struct place p = {.map = own};

	if (!own)
		return -EFAULT;
	map = file_mapping(s->maps, own);
	if (file_of(s, map, &p.file) ||
	    (p.file && elf_file_addr(p.file, addr - map->start + map->offset, &p.addr)))
		p.file = NULL;
	if (!p.file)
		p.addr = addr - own->start;
	*ret = p;
	return 0;
}

int space_find(struct space *s, uint64_t addr, struct place *ret)
{
	const struct mapping *map = s->maps ? maps_find(s->maps, addr) : NULL;

	return map && map->exec ? space_find_data(s, addr, ret) : -EFAULT;
}

bool space_is_code(const struct space *s, uint64_t addr)
{
	const struct mapping *map = s->maps ? maps_find(s->maps, addr - 1) : NULL;

	return map && map->exec;
}

void space_make_room(struct space *s, const struct elf_file *keep)
{
	elf_cache_trim(s->cache, keep);
}

bool space_is_writable(const struct space *s, uint64_t addr)
{
	const struct mapping *map = s->maps ? maps_find(s->maps, addr) : NULL;

	return map && map->write;
}

uint64_t space_mapping_end(const struct space *s, uint64_t addr)
{
	const struct mapping *map = s->maps ? maps_find(s->maps, addr) : NULL;

	return map ? map->end : 0;
}
