// SPDX-License-Identifier: GPL-2.0
#include "file_names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include <elfutils/libdwelf.h>

#include "elf_file.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

int file_names(int fd, const struct file_at *at, size_t n, struct file_name *ret)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0), err;
	struct elf_file *f;

	memset(ret, 0, n * sizeof(*ret));
	if (own < 0)
		return -errno;
	err = elf_file_open(own, "", &f);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++) {
		uint64_t lookup = at[i].addr - (at[i].exact || !at[i].addr ? 0 : 1);
		const struct elf_place *p = elf_file_place(f, lookup);

		if (p && p->symbol) {
			snprintf(ret[i].symbol, sizeof(ret[i].symbol), "%s", p->symbol);
			ret[i].symbol_offset = at[i].addr - p->symbol_start;
		}
		if (p && p->file) {
			snprintf(ret[i].file, sizeof(ret[i].file), "%s", base_name(p->file));
			ret[i].line = p->line;
		}
	}
	elf_file_unref(f);
	return 0;
}

int file_build_id(int fd, char ret[FILE_BUILD_ID])
{
	const void *bits;
	ssize_t n = 0;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf || elf_kind(elf) != ELF_K_ELF) {
		elf_end(elf);
		return -ENOEXEC;
	}
	n = dwelf_elf_gnu_build_id(elf, &bits);
	if (n > (FILE_BUILD_ID - 1) / 2)
		n = (FILE_BUILD_ID - 1) / 2;
	for (ssize_t i = 0; i < n; i++)
		snprintf(ret + 2 * i, 3, "%02x", ((const unsigned char *)bits)[i]);
	elf_end(elf);
	return n > 0 ? 0 : -ENOENT;
}
