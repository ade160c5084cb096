// SPDX-License-Identifier: GPL-2.0
/*
 * Separate debug files, for libdwfl: it asks here instead of following paths
 * by itself. Where they come from is the source's to know.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <elfutils/libdwelf.h>
#include <zlib.h>

#include "elf_file.h"
#include "source.h"

#define LINKED_MAX 8

static int ask(const struct elf_file *f, const char *build_id, const char *link, unsigned int nth)
{
	const struct source_debug wanted = {f->number, build_id, link, nth};

	return f->source ? f->source->debug(f->source->ctx, &wanted) : -ENOENT;
}

static int open_by_build_id(const struct elf_file *f, const char *hex)
{
	return strlen(hex) < 4 ? -ENOENT : ask(f, hex, NULL, 0);
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
	if (!link[0] || strchr(link, '/') || strlen(link) >= SOURCE_LINK)
		return -EINVAL;
	for (unsigned int nth = 0; nth < LINKED_MAX; nth++) {
		int fd = ask(f, NULL, link, nth);

		if (fd < 0 || has_crc(fd, crc))
			return fd;
		close(fd);
	}
	return -ENOENT;
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
	fd = open_by_build_id(f, hex);
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
		fd = open_by_build_id(f, f->build_id);
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
