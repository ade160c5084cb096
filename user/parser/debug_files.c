// SPDX-License-Identifier: GPL-2.0
/*
 * Separate debug files, for libdwfl: it asks here instead of following paths
 * by itself. Where they may lie is os/debug_dirs.h's to know; a file that is
 * found counts only if it says of itself that it belongs to the program: by
 * the build-id, or for want of one by the checksum that the program gives.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <elfutils/libdwelf.h>
#include <zlib.h>

#include "elf_file.h"

static int open_next(const struct elf_file *f, const struct debug_wanted *w, unsigned int *at)
{
	const struct debug_finder *d = &f->finder;

	return d->dirs ? debug_dirs_open(d->dirs, d->reader, d->pid, w, at) : -ENOENT;
}

static void to_hex(const unsigned char *bits, ssize_t n, char hex[DEBUG_HEX])
{
	for (ssize_t i = 0; i < n && 2 * i + 3 <= DEBUG_HEX; i++)
		snprintf(hex + 2 * i, 3, "%02x", bits[i]);
}

/* Its own build-id; "" if it has none. */
static void build_id_of(int fd, char hex[DEBUG_HEX])
{
	Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
	const void *bits = NULL;
	ssize_t n = 0;

	*hex = '\0';
	if (elf)
		n = dwelf_elf_gnu_build_id(elf, &bits);
	to_hex(bits, n, hex);
	elf_end(elf);
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
	char hex[DEBUG_HEX];

	build_id_of(fd, hex);
	return *build_id ? !strcmp(hex, build_id) : crc && has_crc(fd, crc);
}

static int open_right_one(const struct elf_file *f, const struct debug_wanted *w, uint32_t crc)
{
	unsigned int at = 0;
	int fd;

	while ((fd = open_next(f, w, &at)) >= 0) {
		if (belongs(fd, w->build_id, crc))
			break;
		close(fd);
	}
	return fd;
}

/* A dwz file that several debug files share: named in the DWARF at hand. */
static int open_alternate(struct elf_file *f, Dwfl_Module *mod)
{
	struct debug_wanted w = {0};
	const char *name = "", *below;
	const void *bits;
	Dwarf_Addr bias;
	Dwarf *dwarf = dwfl_module_getdwarf(mod, &bias);
	ssize_t n = dwarf ? dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &bits) : 0;
	int fd = -ENOENT;

	if (n > 0) {
		to_hex(bits, n, w.build_id);
		below = strstr(name, ".dwz/");
		snprintf(w.dwz, sizeof(w.dwz), "%s", below ? below + 5 : "");
		fd = open_right_one(f, &w, 0);
	}
	/* Without it libdw would look for it itself, by a path from the file. */
	if (fd < 0)
		f->no_lines = true;
	return fd;
}

static int find(struct elf_file *f, Dwfl_Module *mod, const char *link, uint32_t crc)
{
	struct debug_wanted w = {0};

	if (link && !crc)
		return open_alternate(f, mod);
	snprintf(w.build_id, sizeof(w.build_id), "%s", f->build_id);
	snprintf(w.dir, sizeof(w.dir), "%s", f->dir);
	if (link && strlen(link) < sizeof(w.link))
		snprintf(w.link, sizeof(w.link), "%s", link);
	return open_right_one(f, &w, crc);
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
