// SPDX-License-Identifier: GPL-2.0
/*
 * Separate debug files, for libdwfl: it asks here instead of following paths
 * by itself. Where they come from is the source's to know. A file that is given
 * counts only if it says of itself that it belongs to the program: by the
 * build-id, or for want of one by the checksum that the program has of it.
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

#define CANDIDATES 8

static int ask(const struct elf_file *f, const char *build_id, const char *link, unsigned int nth)
{
	const struct source_debug wanted = {f->number, build_id, link, nth};

	return f->source ? f->source->debug(f->source->ctx, &wanted) : -ENOENT;
}

static void to_hex(const unsigned char *bits, ssize_t n, char hex[ELF_BUILD_ID_MAX])
{
	*hex = '\0';
	for (ssize_t i = 0; i < n && 2 * i + 3 <= ELF_BUILD_ID_MAX; i++)
		snprintf(hex + 2 * i, 3, "%02x", bits[i]);
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

static bool belongs(int fd, const char *build_id, uint32_t crc)
{
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	char hex[ELF_BUILD_ID_MAX];
	const void *bits = NULL;
	ssize_t n = elf ? dwelf_elf_gnu_build_id(elf, &bits) : 0;

	to_hex(bits, n, hex);
	elf_end(elf);
	return *build_id ? !strcmp(hex, build_id) : crc && has_crc(fd, crc);
}

/* By either of two names. */
static int open_right_one(const struct elf_file *f, const char *build_id, const char *link,
			  uint32_t crc)
{
	for (unsigned int nth = 0; nth < CANDIDATES; nth++) {
		int fd = link ? ask(f, NULL, link, nth) : ask(f, build_id, NULL, nth);

		if (fd < 0 || belongs(fd, build_id, crc))
			return fd;
		close(fd);
	}
	return -ENOENT;
}

static int open_by_any(const struct elf_file *f, const char *build_id, const char *link,
		       uint32_t crc)
{
	int fd = *build_id ? open_right_one(f, build_id, NULL, 0) : -ENOENT;

	if (fd < 0 && link && *link && strlen(link) < SOURCE_LINK)
		fd = open_right_one(f, build_id, link, crc);
	return fd;
}

/* Distributions have them below the directory of debug files; others may lie beside the program. */
static const char *link_of_alternate(const char *name)
{
	const char *dwz = strstr(name, SOURCE_DWZ), *slash = strrchr(name, '/');

	return dwz ? dwz : slash ? slash + 1 : name;
}

/* A dwz file that several debug files share: named in the DWARF at hand. */
static int open_alternate(struct elf_file *f, Dwfl_Module *mod)
{
	char hex[ELF_BUILD_ID_MAX];
	const char *name = "";
	const void *bits = NULL;
	Dwarf_Addr bias;
	Dwarf *dwarf = dwfl_module_getdwarf(mod, &bias);
	ssize_t n = dwarf ? dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &bits) : 0;
	int fd;

	to_hex(bits, n, hex);
	fd = *hex ? open_by_any(f, hex, link_of_alternate(name), 0) : -ENOENT;
	/* Without it libdw would look for it itself, by a path from the file. */
	if (fd < 0)
		f->no_lines = true;
	return fd;
}

static int find(struct elf_file *f, Dwfl_Module *mod, const char *link, uint32_t crc)
{
	if (link && !crc)
		return open_alternate(f, mod);
	return open_by_any(f, f->build_id, link, crc);
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
