// SPDX-License-Identifier: GPL-2.0
/*
 * Programs that were damaged on purpose, mapped by a process and asked about
 * through the parser as it runs: it may die of them, hang, or find nothing.
 * Each question still ends in time, each failure is counted, and we live.
 *
 *	FUZZ_SECONDS	how long (default: a few)
 *	FUZZ_SEED	the round to begin with, which is printed when one goes wrong
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "os/parser.h"
#include "os/site.h"
#include "os/stacks.h"
#include "fuzz.h"
#include "victim.h"

#define PLACES 6
#define WORDS  64

struct files {
	struct fuzz z;
	char dir[PATH_MAX];
	uint8_t *map;
	size_t size;
	uint64_t stack[WORDS];
};

static uint8_t *read_program(const char *path, size_t *ret_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *bytes;

	if (fd < 0)
		return NULL;
	assert_int_equal(fstat(fd, &st), 0);
	bytes = malloc(st.st_size);
	assert_non_null(bytes);
	assert_int_equal(read(fd, bytes, st.st_size), st.st_size);
	close(fd);
	*ret_size = st.st_size;
	return bytes;
}

/* A file of its own each time: a parser knows files by their inode and time. */
static int map_file(struct files *f, const uint8_t *bytes, size_t size, uint32_t seed)
{
	char path[PATH_MAX + 32];
	int fd;

	snprintf(path, sizeof(path), "%.4000s/hostile-%d-%u", f->dir, (int)getpid(), seed);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	f->size = size;
	f->map = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	assert_ptr_not_equal(f->map, MAP_FAILED);
	/* it has a name only for as long as it may be looked up by it */
	if (geteuid() == 0)
		unlink(path);
	return fd;
}

static void unmap_file(struct files *f, int fd, uint32_t seed)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%.4000s/hostile-%d-%u", f->dir, (int)getpid(), seed);
	unlink(path);
	munmap(f->map, f->size);
	close(fd);
}

static void fill_stack(struct files *f, uint32_t *seed, struct seen *seen)
{
	for (size_t i = 0; i < WORDS; i++)
		f->stack[i] = fuzz_next(seed) % 4 ? (uintptr_t)f->map + fuzz_next(seed) % f->size
						  : (uintptr_t)&f->stack[fuzz_next(seed) % WORDS];
	*seen = (struct seen){
		.ref = {getpid(), getpid(), 0},
		.sp = (uintptr_t)f->stack,
		.pc = (uintptr_t)f->map + fuzz_next(seed) % f->size,
		.have_regs = fuzz_next(seed) % 2,
	};
	for (size_t i = 0; i < SEEN_REGS; i++)
		seen->regs[i] = f->stack[i];
}

static void ask_about(struct files *f, int fd, uint32_t *seed)
{
	struct lock_function locks[LOCK_FUNCTIONS];
	char functions[SITE_SCAN][SITE_NAME], text[256];
	struct os *os = &f->z.os;
	struct fact_stack stack;
	struct fact_hold hold;
	struct site site;
	struct seen seen;
	uint64_t n = fuzz_deaths(&f->z), before = os_now_ns();

#define ASK(question)                                                                              \
	do {                                                                                       \
		fuzz_account(&f->z, before, n, question);                                          \
		n = fuzz_deaths(&f->z);                                                            \
		before = os_now_ns();                                                              \
	} while (0)
	ASK(parser_lock_functions(os, getpid(), fd, locks));
	for (int i = 0; i < PLACES; i++) {
		uint64_t at = (uintptr_t)f->map + fuzz_next(seed) % f->size;

		fill_stack(f, seed, &seen);
		ASK(stacks_unwind(os->stacks, os, &seen, 64, true, &stack));
		ASK(site_look(os->sites, os, &seen, &site));
		ASK(site_scan(os, &seen, functions));
		ASK(stacks_name(os->stacks, os, getpid(), at, &hold));
		ASK(stacks_variable(os->stacks, os, getpid(), at, text, sizeof(text)));
	}
#undef ASK
}

static void damage(uint8_t *bytes, size_t size, uint32_t round, uint32_t *seed)
{
	/* Headers are hit more often than code: they lie at both ends. */
	size_t range = round % 3 == 0 ? 1024 : round % 3 == 1 ? 16384 : size;

	for (uint32_t k = 0; size && k < 1 + round % 20; k++) {
		size_t at = fuzz_next(seed) % (range < size ? range : size);

		bytes[fuzz_next(seed) % 2 ? at : size - 1 - at] = fuzz_next(seed);
	}
}

static void one_round(struct files *f, uint32_t round)
{
	static const char *const programs[] = {"victim_o2",	      "victim_gz", "/usr/bin/env",
					       "victim_sites_static", "victim_o0", "libc"};
	const char *name = programs[round % 6];
	char path[PATH_MAX];
	uint32_t seed = round * 2654435761u;
	uint64_t before = fuzz_deaths(&f->z);
	uint8_t *bytes;
	size_t size = 0;
	Dl_info libc;
	int fd;

	/* which has lock functions, for whose code places of probes are looked for */
	if (strcmp(name, "libc") == 0 && dladdr((void *)gnu_get_libc_version, &libc))
		snprintf(path, sizeof(path), "%s", libc.dli_fname);
	else if (name[0] == '/')
		snprintf(path, sizeof(path), "%s", name);
	else
		victim_path(name, path);
	bytes = read_program(path, &size);
	assert_non_null(bytes);
	damage(bytes, size, round, &seed);
	if (size && round % 7 == 0)
		size = 1 + fuzz_next(&seed) % size;
	fd = map_file(f, bytes, size, round);
	ask_about(f, fd, &seed);
	unmap_file(f, fd, round);
	free(bytes);
	if (fuzz_deaths(&f->z) > before)
		fuzz_renew(&f->z);
}

static void hostile_files(void **state)
{
	uint32_t round = fuzz_number("FUZZ_SEED", 1), first = round;
	uint64_t end;
	static struct files f;
	struct fuzz *z = &f.z;

	(void)state;
	assert_int_equal(os_open(&z->os), 0);
	victim_path(".", f.dir); /* /tmp may not allow programs */
	if (access(f.dir, W_OK) != 0)
		snprintf(f.dir, sizeof(f.dir), "/tmp");
	end = os_now_ns() + fuzz_number("FUZZ_SECONDS", FUZZ_SECONDS) * 1000000000ull;
	do {
		if ((round - first) % 100 == 0)
			print_message("from FUZZ_SEED=%u\n", round);
		one_round(&f, round++);
	} while (os_now_ns() < end);
	print_message("%u rounds: %" PRIu64 " questions, %" PRIu64 " answered, %" PRIu64
		      " not, %" PRIu64 " parsers failed; the longest took %" PRIu64 " ms\n",
		      round - first, z->asked, z->answered, z->refused, z->died,
		      z->longest_ns / 1000000);
	assert_int_equal(z->asked, z->answered + z->refused);
	assert_true(z->answered > z->asked / 10);
	/* after all that, the next one is as good as ever */
	fuzz_renew(z);
	assert_int_equal(stacks_name(z->os.stacks, &z->os, getpid(), (uintptr_t)kill,
				     &(struct fact_hold){0}),
			 0);
	os_close(&z->os);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
