// SPDX-License-Identifier: GPL-2.0
/*
 * Programs that were damaged, by chance or on purpose: whatever is asked of
 * them may fail, and nothing else. Each run is the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "parser/elf_file.h"

#define ROUNDS 400

/*
 * libelf forgets sections that it read one by one once it reads a whole file,
 * which some damage makes it do; at most the file's size. libdw forgets the
 * scopes that it found before one that makes no sense.
 */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libelf.so\nleak:libdw.so";
}

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static uint8_t *read_program(const char *path, size_t *ret_size)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	uint8_t *bytes;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	bytes = malloc(st.st_size);
	assert_non_null(bytes);
	assert_int_equal(read(fd, bytes, st.st_size), st.st_size);
	close(fd);
	*ret_size = st.st_size;
	return bytes;
}

/* Everything that is ever asked of a file; returns how much of it succeeded. */
static int ask_all(const uint8_t *bytes, size_t size)
{
	int fd = memfd_create("damaged", MFD_CLOEXEC), worked = 0;
	const struct elf_export *jumpers[4];
	struct elf_file *f;
	char name[64];

	assert_int_equal(write(fd, bytes, size), size);
	if (elf_file_open(fd, "/usr/bin/damaged", &f))
		return 0;
	for (uint64_t addr = 0; addr < size + 4096; addr += size / 64 + 1) {
		const struct elf_place *p = elf_file_place(f, addr);
		uint64_t at;

		worked += p && p->symbol;
		worked += !elf_file_function(f, addr, &at);
		worked += !elf_file_function_symbol(f, addr, &at);
		worked += elf_file_frame(f, addr, true) != NULL;
		worked += elf_file_export(f, addr) != NULL;
		worked += !elf_file_object(f, addr, name, sizeof(name), &at);
		worked += elf_file_bytes(f, addr, name, sizeof(name)) > 0;
		worked += !elf_file_addr(f, addr, &at);
	}
	worked += elf_file_jumpers(f, 4096, jumpers, 4) > 0;
	elf_file_unref(f);
	return worked;
}

static void whole_and_then_damaged(void **state)
{
	static const char *const programs[] = {"/usr/bin/env", "/proc/self/exe"};
	uint32_t seed = 1;

	(void)state;
	for (size_t p = 0; p < 2; p++) {
		size_t size;
		uint8_t *whole = read_program(programs[p], &size), *bytes = malloc(size);

		assert_non_null(bytes);
		assert_true(ask_all(whole, size) > 50);
		for (int round = 0; round < (size > 1 << 20 ? ROUNDS / 20 : ROUNDS); round++) {
			/* Headers are hit more often than code: they lie at both ends. */
			size_t range = round % 3 == 0 ? 1024 : round % 3 == 1 ? 16384 : size;

			memcpy(bytes, whole, size);
			for (int k = 0; k < 1 + round % 20; k++) {
				size_t at = next(&seed) % (range < size ? range : size);

				bytes[next(&seed) % 2 ? at : size - 1 - at] = next(&seed);
			}
			ask_all(bytes, round % 5 ? size : next(&seed) % size);
		}
		free(bytes);
		free(whole);
	}
}

static void what_is_no_program(void **state)
{
	static const uint8_t zeros[8192], gzip[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0};
	static const uint8_t archive[] =
		"!<arch>\nfoo/            0           0     0     644     4 ";

	(void)state;
	assert_int_equal(ask_all(zeros, sizeof(zeros)), 0);
	assert_int_equal(ask_all(zeros, 0), 0);
	assert_int_equal(ask_all(gzip, sizeof(gzip)), 0);
	assert_int_equal(ask_all(archive, sizeof(archive)), 0);
	assert_int_equal(ask_all((const uint8_t *)"\177ELF", 4), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_and_then_damaged),
		cmocka_unit_test(what_is_no_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
