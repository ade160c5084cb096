// SPDX-License-Identifier: GPL-2.0
/*
 * A file is found again by its device, inode, size and time as fstat gives
 * them, not by those in maps: two btrfs subvolumes may show the same pair
 * there. So each process costs one open for each file, and no parsing.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../os/reader.h"
#include "space.h"

#define CACHE_FILES 96
#define SPACE_FILES 1024
#define VDSO_MAX    (1 << 18)

/* A mapping that came up. */
struct mapped {
	uint64_t start;
	struct elf_file *file; /* NULL: could not be opened */
};

struct space {
	struct reader *reader;
	struct elf_cache *cache;
	pid_t pid;
	uint64_t start;
	uint64_t read_ns;
	struct maps *maps;
	struct mapped *mapped;
	size_t n_mapped, cap_mapped;
};

void elf_cache_free(struct elf_cache *c)
{
	while (c->first) {
		struct elf_file *f = c->first;

		c->first = f->next;
		elf_file_unref(f);
	}
}

/* Forgets what was used longest ago beyond the bound. */
static void cache_trim(struct elf_cache *c)
{
	size_t n = 0;

	for (struct elf_file **p = &c->first; *p;) {
		struct elf_file *f = *p;

		if (++n <= CACHE_FILES || f->refs > 1) {
			p = &f->next;
			continue;
		}
		*p = f->next;
		elf_file_unref(f);
	}
}

/* Takes fd over. */
static struct elf_file *cache_get(struct elf_cache *c, int fd, const char *path)
{
	struct elf_file *f;

	for (struct elf_file **p = &c->first; (f = *p); p = &f->next) {
		if (!elf_file_is(f, fd))
			continue;
		close(fd);
		*p = f->next;
		f->next = c->first;
		c->first = f;
		f->refs++;
		return f;
	}
	if (elf_file_open(fd, path, &f))
		return NULL;
	f->next = c->first;
	c->first = f;
	f->refs++;
	cache_trim(c);
	return f;
}

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
	int err;

	if (s->maps && now_ns - s->read_ns <= max_age_ns)
		return 0;
	err = maps_read(s->reader, s->pid, &maps);
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

int spaces_get(struct spaces *s, struct reader *r, pid_t pid, uint64_t start, uint64_t now_ns,
	       struct space **ret)
{
	struct space *found;
	size_t i = 0;
	int err;

	while (i < SPACES_MAX - 1 && s->recent[i] &&
	       (s->recent[i]->pid != pid || (start && s->recent[i]->start != start)))
		i++;
	found = s->recent[i];
	if (!found || found->pid != pid || (start && found->start != start)) {
		space_free(found); /* the one used longest ago, if all places are taken */
		s->recent[i] = found = calloc(1, sizeof(*found));
		if (!found)
			return -ENOMEM;
		*found = (struct space){.cache = &s->cache, .pid = pid, .start = start};
	}
	memmove(&s->recent[1], &s->recent[0], i * sizeof(struct space *));
	s->recent[0] = found;
	found->reader = r;
	err = space_refresh(found, now_ns, SPACE_AGE_NS);
	if (!err)
		*ret = found;
	return err;
}

/* The same file as the mapping's? By another name, only if the inode says so. */
static int checked(int fd, const struct mapping *map)
{
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) == 0 && st.st_ino == map->inode)
		return fd;
	close(fd);
	return -ESTALE;
}

/* map_files leads to the very file, deleted or not; it may be refused. */
static int open_mapping(struct space *s, const struct mapping *map)
{
	char name[4200];
	int fd;

	snprintf(name, sizeof(name), "map_files/%" PRIx64 "-%" PRIx64, map->start, map->end);
	fd = reader_proc_open(s->reader, s->pid, name);
	if (fd >= 0 || fd == -ETIMEDOUT || fd == -ESRCH)
		return fd;
	if (!map->deleted && strlen(map->path) < 4096) {
		snprintf(name, sizeof(name), "root%s", map->path);
		fd = checked(reader_proc_open(s->reader, s->pid, name), map);
		if (fd >= 0)
			return fd;
	}
	return checked(reader_proc_open(s->reader, s->pid, "exe"), map);
}

static struct elf_file *cached_vdso(struct elf_cache *c, const char *bytes, size_t size)
{
	char *other = malloc(size);
	struct elf_file *f = other ? c->first : NULL;

	for (; f; f = f->next)
		if (!strcmp(f->name, "[vdso]") && (size_t)f->size == size &&
		    pread(f->fd, other, size, 0) == (ssize_t)size && !memcmp(other, bytes, size))
			break;
	free(other);
	return f;
}

/* The vdso is no file: it is copied from memory. Most processes have the same. */
static int copy_vdso(struct space *s, const struct mapping *map, struct elf_file **ret_cached)
{
	uint64_t size = map->end - map->start;
	char *bytes = size <= VDSO_MAX ? malloc(size) : NULL;
	int fd = -1, err;

	if (!bytes)
		return -E2BIG;
	err = reader_memory_all(s->reader, s->pid, map->start, bytes, size);
	*ret_cached = err ? NULL : cached_vdso(s->cache, bytes, size);
	if (!err && !*ret_cached) {
		fd = memfd_create("vdso", MFD_CLOEXEC);
		if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
			err = -EIO;
	}
	free(bytes);
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}

static struct elf_file *open_file(struct space *s, const struct mapping *map)
{
	bool vdso = !strcmp(map->path, "[vdso]");
	struct elf_file *cached = NULL, *f;
	int fd;

	if (!vdso && (!map->inode || map->path[0] != '/'))
		return NULL;
	fd = vdso ? copy_vdso(s, map, &cached) : open_mapping(s, map);
	if (cached)
		cached->refs++;
	if (cached)
		return cached;
	f = fd < 0 ? NULL : cache_get(s->cache, fd, map->path);
	if (f)
		f->finder = (struct debug_finder){s->cache->debug_dirs, s->reader, s->pid};
	return f;
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
