/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_PARSER_FILES_H
#define TESTS_PARSER_FILES_H

/*
 * Files that a test makes, and the programs that were built for it. Included
 * after cmocka.h.
 */
#include <fcntl.h>
#include <gelf.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parser/elf_file.h"

/* "names/whole": beside the test. */
static inline void file_built(const char *name, char path[PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	assert_true(n > 0);
	self[n] = '\0';
	snprintf(path, PATH_MAX, "%.3900s/%s", dirname(self), name);
}

static inline void file_copy(const char *from, const char *to)
{
	char buf[65536];
	int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	ssize_t n;

	assert_true(in >= 0);
	assert_true(out >= 0);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		assert_int_equal(write(out, buf, n), n);
	assert_int_equal(n, 0);
	close(in);
	close(out);
}

/* With all directories above it; below is where the path begins to be the test's. */
static inline void file_put(const char *from, const char *below, const char *path)
{
	char to[PATH_MAX];

	snprintf(to, sizeof(to), "%s/%s", below, path);
	for (char *slash = to + strlen(below) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(to, 0755);
		*slash = '/';
	}
	file_copy(from, to);
}

/* As if a process had it at path. */
static inline struct elf_file *file_open_at(const char *built, const char *path)
{
	char real[PATH_MAX];
	struct elf_file *f;
	int fd;

	file_built(built, real);
	fd = open(real, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(elf_file_open(fd, path, &f), 0);
	return f;
}

/* The value of a symbol in a file that was not stripped; 0: it has none of this name. */
static inline uint64_t file_symbol(const char *path, const char *name)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	Elf *elf = (elf_version(EV_CURRENT), elf_begin(fd, ELF_C_READ, NULL));
	Elf_Scn *scn = NULL;
	uint64_t value = 0;
	GElf_Shdr shdr;

	assert_non_null(elf);
	while ((scn = elf_nextscn(elf, scn)) && !value) {
		Elf_Data *data = elf_getdata(scn, NULL);
		GElf_Sym sym;

		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type != SHT_SYMTAB)
			continue;
		for (int i = 0; gelf_getsym(data, i, &sym); i++)
			if (!strcmp(elf_strptr(elf, shdr.sh_link, sym.st_name), name))
				value = sym.st_value;
	}
	elf_end(elf);
	close(fd);
	return value;
}

#endif
