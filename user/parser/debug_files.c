// SPDX-License-Identifier: GPL-2.0
/*
 * Separate debug files, for libdwfl: it asks here instead of following paths
 * by itself. Only those of the host are used, by build-id and by debug link;
 * they are root's, so they neither hang nor change while we read.
 *
 * The seam for more: a debug file inside the process's own root, or one that
 * somebody else brings, is one more open() in find().
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <elfutils/libdwelf.h>
#include <zlib.h>

#include "elf_file.h"

#define DEBUG_DIR "/usr/lib/debug"

static int open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

static int open_by_build_id(const char *hex)
{
	char path[sizeof(DEBUG_DIR) + ELF_BUILD_ID_MAX + 32];

	if (strlen(hex) < 4)
		return -ENOENT;
	snprintf(path, sizeof(path), DEBUG_DIR "/.build-id/%.2s/%s.debug", hex, hex + 2);
	return open_regular(path);
}

static bool has_crc(int fd, uint32_t crc)
{
	uint32_t sum = crc32(0, NULL, 0);
	unsigned char buf[16384];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, buf, sizeof(buf), at)) > 0) {
		sum = crc32(sum, buf, n);
		at += n;
	}
	return n == 0 && sum == crc;
}

/* By the base name that the program gives; its checksum must be right. */
static int open_by_link(const struct elf_file *f, const char *link, uint32_t crc)
{
	char path[sizeof(DEBUG_DIR) + sizeof(f->dir) + 256];
	int fd;

	if (strchr(link, '/') || strlen(link) > 200 || strstr(f->dir, ".."))
		return -EINVAL;
	snprintf(path, sizeof(path), DEBUG_DIR "%s/%s", f->dir, link);
	fd = open_regular(path);
	if (fd < 0 || has_crc(fd, crc))
		return fd;
	close(fd);
	return -EBADMSG;
}

/* A dwz file that several debug files share: named in the DWARF at hand. */
static int open_alternate(struct elf_file *f, Dwfl_Module *mod)
{
	char hex[ELF_BUILD_ID_MAX] = "";
	const char *name;
	const void *bits;
	Dwarf_Addr bias;
	Dwarf *dwarf = dwfl_module_getdwarf(mod, &bias);
	ssize_t n = dwarf ? dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &bits) : 0;
	int fd;

	for (ssize_t i = 0; i < n && 2 * i + 3 <= ELF_BUILD_ID_MAX; i++)
		snprintf(hex + 2 * i, 3, "%02x", ((const unsigned char *)bits)[i]);
	fd = open_by_build_id(hex);
	/* Without it libdw would look for it itself, by a path from the file. */
	if (fd < 0)
		f->no_lines = true;
	return fd;
}

static int find(struct elf_file *f, Dwfl_Module *mod, const char *link, uint32_t crc)
{
	int fd = -ENOENT;

	if (link && !crc)
		return open_alternate(f, mod);
	if (f->build_id[0])
		fd = open_by_build_id(f->build_id);
	if (fd < 0 && link)
		fd = open_by_link(f, link, crc);
	return fd;
}

int elf_find_debuginfo(Dwfl_Module *mod, void **userdata, const char *modname, Dwarf_Addr base,
		       const char *file_name, const char *debuglink_file, GElf_Word debuglink_crc,
		       char **debuginfo_file_name)
{
	struct elf_file *f = *userdata;
	int fd = -ENOENT;

	(void)modname;
	(void)base;
	(void)file_name;
	(void)debuginfo_file_name;
	if (!f || f->finding) /* asked again from within: a debug link that pretends to be dwz's */
		return -1;
	f->finding = true;
	fd = find(f, mod, debuglink_file, debuglink_crc);
	f->finding = false;
	return fd < 0 ? -1 : fd;
}
