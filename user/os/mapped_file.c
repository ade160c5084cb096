// SPDX-License-Identifier: GPL-2.0
#include "mapped_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "reader.h"

#define COMPARED (64u << 10) /* bytes of a mapping */
#define AT_ONCE	 8192

/* Is that what the process has in memory? Only of what it cannot have written to. */
static bool same_bytes(struct reader *r, pid_t pid, int fd, const struct mapping *map)
{
	uint64_t size = map->end - map->start < COMPARED ? map->end - map->start : COMPARED;
	char has[AT_ONCE], file[AT_ONCE];

	if (map->write)
		return false;
	for (uint64_t at = 0; at < size; at += AT_ONCE) {
		size_t want = size - at < AT_ONCE ? size - at : AT_ONCE;
		ssize_t n = pread(fd, file, want, map->offset + at);

		if (n < 0 || (n == 0 && at == 0))
			return false;
		memset(file + n, 0, want - n); /* past the file's end a page has zeros */
		if (reader_memory_all(r, pid, map->start + at, has, want) ||
		    memcmp(has, file, want) != 0)
			return false;
		if ((size_t)n < want)
			break;
	}
	return true;
}

/* The mapping of the same file that has its beginning: headers, build-id, symbols. */
static const struct mapping *head_of(const struct maps *maps, const struct mapping *map)
{
	const struct mapping *m;

	for (size_t i = 0; (m = maps_at(maps, i)); i++)
		if (!m->offset && m->inode == map->inode && m->dev_major == map->dev_major &&
		    m->dev_minor == map->dev_minor)
			return m;
	return map;
}

/*
 * By another way than the mapping itself it is the same file if device and inode
 * say so. Those of overlayfs and btrfs are others in maps than fstat has: there,
 * and where a small inode number is on two file systems, the bytes tell.
 */
static int checked(struct reader *r, pid_t pid, int fd, const struct maps *maps,
		   const struct mapping *map)
{
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) == 0 &&
	    ((st.st_ino == map->inode && major(st.st_dev) == map->dev_major &&
	      minor(st.st_dev) == map->dev_minor) ||
	     (same_bytes(r, pid, fd, map) && same_bytes(r, pid, fd, head_of(maps, map)))))
		return fd;
	close(fd);
	return -ESTALE;
}

int mapped_file_open(struct reader *r, pid_t pid, const struct maps *maps,
		     const struct mapping *map)
{
	char name[4200];
	int fd;

	/* This leads to the very file, deleted or not; it may be refused. */
	snprintf(name, sizeof(name), "map_files/%" PRIx64 "-%" PRIx64, map->start, map->end);
	fd = reader_proc_open(r, pid, name);
	if (fd >= 0 || fd == -ETIMEDOUT || fd == -ESRCH)
		return fd;
	if (!map->deleted && strlen(map->path) < 4096) {
		snprintf(name, sizeof(name), "root%s", map->path);
		fd = checked(r, pid, reader_proc_open(r, pid, name), maps, map);
		if (fd >= 0)
			return fd;
	}
	return checked(r, pid, reader_proc_open(r, pid, "exe"), maps, map);
}
