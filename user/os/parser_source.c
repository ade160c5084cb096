// SPDX-License-Identifier: GPL-2.0
#include "parser_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mapped_file.h"
#include "maps.h"
#include "os.h"
#include "reader.h"

#define VDSO_MAX  (1 << 18)
#define KNOWN_MAX 16384 /* past these, files are given without being recognised */

void parser_source_init(struct parser_source *s)
{
	*s = (struct parser_source){.vdso = -1};
}

void parser_source_free(struct parser_source *s)
{
	free(s->files);
	if (s->vdso >= 0)
		close(s->vdso);
}

void parser_source_begin(struct parser_source *s, struct os *os, struct parser_process *process)
{
	s->os = os;
	s->process = process; /* NULL: a file alone */
	s->no_debug = false;
	s->n_files = s->n_maps = s->n_debug = s->n_perf_maps = 0;
	s->memory = 0;
}

ssize_t parser_source_maps(void *ctx, char **ret)
{
	struct parser_source *s = ctx;
	struct parser_process *p = s->process;
	struct maps *maps;
	char *text;
	ssize_t n;
	int err;

	if (!p || s->n_maps++ >= PARSER_MOST_MAPS)
		return -EPERM;
	n = reader_proc_file(s->os->reader, p->pid, "maps", &text);
	if (n < 0)
		return n;
	err = maps_parse(text, &maps);
	if (err) {
		free(text);
		return err;
	}
	maps_free(p->maps);
	p->maps = maps;
	*ret = text;
	return n;
}

static bool is_copied(const struct parser_source *s, const char *bytes, size_t size)
{
	struct stat st;
	char *other;
	bool same;

	if (s->vdso < 0 || fstat(s->vdso, &st) || (size_t)st.st_size != size)
		return false;
	other = malloc(size);
	same = other && pread(s->vdso, other, size, 0) == (ssize_t)size &&
	       !memcmp(other, bytes, size);
	free(other);
	return same;
}

/* The vdso is no file: it is copied from memory. Most processes have the same. */
static int copy_vdso(struct parser_source *s, const struct mapping *map)
{
	uint64_t size = map->end - map->start;
	char *bytes = size <= VDSO_MAX ? malloc(size) : NULL;
	int err = bytes ? reader_memory_all(s->os->reader, s->process->pid, map->start, bytes, size)
			: -E2BIG;

	if (!err && !is_copied(s, bytes, size)) {
		if (s->vdso >= 0)
			close(s->vdso);
		s->vdso = memfd_create("vdso", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		if (s->vdso < 0 || write(s->vdso, bytes, size) != (ssize_t)size ||
		    fcntl(s->vdso, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE))
			err = -EIO;
	}
	free(bytes);
	return err ? err : fcntl(s->vdso, F_DUPFD_CLOEXEC, 3);
}

const struct parser_file *parser_source_given(const struct parser_source *s, uint64_t number)
{
	for (size_t i = s->n_known; i-- > 0;)
		if (s->files[i].number == number)
			return &s->files[i];
	return NULL;
}

static struct parser_file *same_file(const struct parser_source *s, const struct stat *st)
{
	for (size_t i = 0; i < s->n_known; i++) {
		struct parser_file *f = &s->files[i];

		if (f->dev == st->st_dev && f->ino == st->st_ino && f->size == st->st_size &&
		    f->mtime.tv_sec == st->st_mtim.tv_sec &&
		    f->mtime.tv_nsec == st->st_mtim.tv_nsec)
			return f;
	}
	return NULL;
}

/*
 * By device, inode, size and time as fstat gives them, not by those in maps: two
 * btrfs subvolumes may show the same pair there.
 */
static int number_of(struct parser_source *s, int fd, const struct mapping *map, uint64_t *ret)
{
	const char *slash = strrchr(map->path, '/');
	struct parser_file *f;
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	f = same_file(s, &st);
	if (f) {
		*ret = f->number;
		return 0;
	}
	*ret = ++s->last_number;
	if (s->n_known == s->cap_known) {
		size_t cap = s->cap_known ? 2 * s->cap_known : 32;
		struct parser_file *more = cap <= KNOWN_MAX
						   ? reallocarray(s->files, cap, sizeof(*more))
						   : NULL;

		if (!more)
			return 0;
		s->files = more;
		s->cap_known = cap;
	}
	f = &s->files[s->n_known++];
	*f = (struct parser_file){*ret, st.st_dev, st.st_ino, st.st_size, st.st_mtim, ""};
	if (slash && (size_t)(slash - map->path) < sizeof(f->dir))
		memcpy(f->dir, map->path, slash - map->path);
	return 0;
}

int parser_source_file(void *ctx, uint64_t start, uint64_t *ret_file)
{
	struct parser_source *s = ctx;
	const struct mapping *map;
	int fd, err;

	if (!s->process || !s->process->maps || s->n_files++ >= PARSER_MOST_FILES)
		return -EPERM;
	map = maps_find(s->process->maps, start);
	if (!map || map->start != start)
		return -ENOENT;
	if (!strcmp(map->path, "[vdso]"))
		fd = copy_vdso(s, map);
	else
		fd = map->inode && map->path[0] == '/'
			     ? mapped_file_open(s->os->reader, s->process->pid, s->process->maps,
						map)
			     : -ENOENT;
	if (fd < 0)
		return fd;
	err = number_of(s, fd, map, ret_file);
	if (err)
		close(fd);
	return err ? err : fd;
}

ssize_t parser_source_memory(void *ctx, uint64_t addr, void *buf, size_t size)
{
	struct parser_source *s = ctx;

	if (!s->process || size > PARSER_MOST_MEMORY - s->memory)
		return -EPERM;
	s->memory += size;
	return reader_memory(s->os->reader, s->process->pid, addr, buf, size);
}
