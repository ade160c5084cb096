// SPDX-License-Identifier: GPL-2.0
/* The lock functions of a C library are found by what its file says, whatever it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "parser/disassembler.h"
#include "parser/lock_functions.h"
#include "parser/uprobe_site.h"

static int open_libc(Dl_info *info)
{
	/* not by its plain name: a sanitizer has its own */
	void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
	void *fn = libc ? dlsym(libc, "pthread_mutex_lock") : NULL;

	if (!fn || !dladdr(fn, info) || !lock_functions_likely(info->dli_fname))
		return -1;
	return open(info->dli_fname, O_RDONLY | O_CLOEXEC);
}

static void our_own_library_has_them(void **state)
{
	struct lock_function found[LOCK_FUNCTIONS];
	int n, uses[_LOCK_USE_MAX] = {0};
	Dl_info info;
	int fd = open_libc(&info);

	(void)state;
	if (fd < 0)
		skip(); /* libpthread is apart: before glibc 2.34 */
	n = lock_functions_find(fd, NULL, found);
	close(fd);
	for (int i = 0; i < n; i++)
		uses[found[i].use]++;
	assert_true(uses[TAKES_FIRST] >= 5);
	assert_true(uses[TAKES_SECOND] >= 2);
	assert_true(uses[TAKES_READ] >= 3);
	assert_int_equal(uses[GIVES_BACK], 1);
	assert_true(uses[TAKES_UNIT] >= 1 && uses[TRIES_UNIT] >= 2 && uses[GIVES_UNIT] >= 1);
}

/* What is at the offset in the file is what is at the function in memory. */
static void the_offset_is_that_of_the_code(void **state)
{
	struct lock_function found[LOCK_FUNCTIONS];
	unsigned char code[16];
	void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
	void *fn = libc ? dlsym(libc, "pthread_mutex_lock") : NULL;
	int hits = 0;
	Dl_info info;
	int fd = open_libc(&info);
	int n;

	(void)state;
	if (fd < 0 || !fn) {
		skip();
		return;
	}
	n = lock_functions_find(fd, NULL, found);
	for (int i = 0; i < n; i++) {
		assert_int_equal(pread(fd, code, sizeof(code), (off_t)found[i].offset), 16);
		hits += memcmp(code, fn, sizeof(code)) == 0;
	}
	close(fd);
	assert_true(hits >= 1);
}

static const struct lock_function *named(const struct lock_function *found, int n, const char *name)
{
	for (int i = 0; i < n; i++) {
		if (strcmp(lock_function_name(found[i].name), name) == 0)
			return &found[i];
	}
	return NULL;
}

/*
 * In Debian's C library of amd64, 2.31 to 2.41, the mutex's function has its first
 * branch at +14, others begin with a push, and sem_post() begins with a loop.
 */
static void probes_go_where_they_are_cheap(void **state)
{
	struct lock_function found[LOCK_FUNCTIONS];
	const struct lock_function *mutex, *sem;
	struct disassembler *d;
	Dl_info info;
	int fd = open_libc(&info), n;
	int cheap = 0;

	(void)state;
	if (fd < 0 || disassembler_open(&d)) {
		skip();
		return;
	}
	n = lock_functions_find(fd, d, found);
	close(fd);
	disassembler_close(d);
	for (int i = 0; i < n; i++) {
		assert_true(uprobe_is_emulated(found[i].kind) || found[i].at == 0);
		cheap += uprobe_is_emulated(found[i].kind);
	}
	mutex = named(found, n, "pthread_mutex_lock");
	sem = named(found, n, "sem_post");
	assert_true(mutex && sem);
#ifdef __x86_64__
	assert_true(uprobe_is_emulated(mutex->kind));
	assert_true(cheap > n / 2);
#else
	assert_int_equal(mutex->kind, UPROBE_OTHER_MACHINE);
#endif
}

static int make_file(const void *data, size_t size)
{
	int fd = memfd_create("broken", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, size), (ssize_t)size);
	return fd;
}

static void what_is_no_elf_file_is_refused(void **state)
{
	static const char text[] = "#!/bin/sh\n# libc.so.6, honestly\n";
	struct lock_function found[LOCK_FUNCTIONS];
	int fd = make_file(text, sizeof(text));

	(void)state;
	assert_true(lock_functions_find(fd, NULL, found) < 0);
	close(fd);
}

/* Every cut and every kind of rubbish ends: no crash under the sanitizers, no function too many. */
static void a_damaged_file_does_no_harm(void **state)
{
	struct lock_function found[LOCK_FUNCTIONS];
	struct disassembler *d;
	struct stat st;
	unsigned char *data;
	uint32_t seed = 1;
	Dl_info info;
	int fd = open_libc(&info);

	(void)state;
	if (fd < 0)
		skip();
	if (disassembler_open(&d))
		d = NULL;
	assert_int_equal(fstat(fd, &st), 0);
	data = malloc(st.st_size);
	assert_non_null(data);
	assert_int_equal(pread(fd, data, st.st_size, 0), st.st_size);
	close(fd);
	for (int round = 0; round < 24; round++) {
		off_t size = round % 2 ? st.st_size : st.st_size * round / 24 + 1;

		for (int i = 0; i < 64; i++) {
			seed = seed * 1103515245 + 12345;
			/* the headers at the front, and the section headers at the end */
			data[i % 2 ? seed % 4096 : st.st_size - 1 - seed % 4096] = seed >> 16;
		}
		memcpy(data, "\177ELF\2\1\1", 7);
		fd = make_file(data, size);
		assert_true(lock_functions_find(fd, d, found) <= LOCK_FUNCTIONS);
		close(fd);
	}
	disassembler_close(d);
	free(data);
}

static void only_c_libraries_are_looked_into(void **state)
{
	(void)state;
	assert_true(lock_functions_likely("/usr/lib/x86_64-linux-gnu/libc.so.6"));
	assert_true(lock_functions_likely("/lib/libc-2.31.so"));
	assert_true(lock_functions_likely("/lib/libpthread-2.31.so"));
	assert_true(lock_functions_likely("/lib/ld-musl-x86_64.so.1"));
	assert_false(lock_functions_likely("/usr/lib/libcurl.so.4"));
	assert_false(lock_functions_likely("[vdso]"));
	assert_false(lock_functions_likely(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_own_library_has_them),
		cmocka_unit_test(the_offset_is_that_of_the_code),
		cmocka_unit_test(probes_go_where_they_are_cheap),
		cmocka_unit_test(what_is_no_elf_file_is_refused),
		cmocka_unit_test(a_damaged_file_does_no_harm),
		cmocka_unit_test(only_c_libraries_are_looked_into),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
