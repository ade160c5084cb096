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
#include <time.h>

#include "os/lost.h"
#include "os/parser.h"
#include "os/site.h"
#include "os/stacks.h"
#include "victim.h"

#define SECONDS	   5
#define IN_TIME_NS 4000000000ull /* with two parsers started under load */
#define PLACES	   6
#define WORDS	   64

struct fuzz {
	struct os os;
	char dir[PATH_MAX];
	uint64_t asked, answered, refused, died;
	uint64_t longest_ns;
	uint8_t *map;
	size_t size;
	uint64_t stack[WORDS];
};

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

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
static int map_file(struct fuzz *z, const uint8_t *bytes, size_t size, uint32_t seed)
{
	char path[PATH_MAX + 32];
	int fd;

	snprintf(path, sizeof(path), "%.4000s/hostile-%d-%u", z->dir, (int)getpid(), seed);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	z->size = size;
	z->map = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	assert_ptr_not_equal(z->map, MAP_FAILED);
	/* it has a name only for as long as it may be looked up by it */
	if (geteuid() == 0)
		unlink(path);
	return fd;
}

static void unmap_file(struct fuzz *z, int fd, uint32_t seed)
{
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%.4000s/hostile-%d-%u", z->dir, (int)getpid(), seed);
	unlink(path);
	munmap(z->map, z->size);
	close(fd);
}

static int count_deaths(void *ctx, const struct fact *fact)
{
	if (!strncmp(fact->lost.reason, "parser", 6))
		*(uint64_t *)ctx += fact->lost.count;
	return 0;
}

static uint64_t deaths(const struct fuzz *z)
{
	uint64_t n = 0;
	const struct fact_sink sink = {count_deaths, &n};

	assert_int_equal(lost_state(z->os.lost, &sink), 0);
	return n;
}

/* Each question ends, one way or the other; a failure of the parser is counted. */
static void account(struct fuzz *z, uint64_t before_ns, uint64_t deaths_before, int result)
{
	uint64_t took = os_now_ns() - before_ns;

	assert_true(took < IN_TIME_NS);
	if (took > z->longest_ns)
		z->longest_ns = took;
	z->asked++;
	z->answered += result >= 0;
	z->refused += result < 0;
	if (parser_failed(&z->os) && !strstr(parser_failed(&z->os), "before"))
		assert_true(deaths(z) > deaths_before);
	z->died += deaths(z) - deaths_before;
}

static void fill_stack(struct fuzz *z, uint32_t *seed, struct seen *seen)
{
	for (size_t i = 0; i < WORDS; i++)
		z->stack[i] = next(seed) % 4 ? (uintptr_t)z->map + next(seed) % z->size
					     : (uintptr_t)&z->stack[next(seed) % WORDS];
	*seen = (struct seen){
		.ref = {getpid(), getpid(), 0},
		.sp = (uintptr_t)z->stack,
		.pc = (uintptr_t)z->map + next(seed) % z->size,
		.have_regs = next(seed) % 2,
	};
	for (size_t i = 0; i < SEEN_REGS; i++)
		seen->regs[i] = z->stack[i];
}

static void ask_about(struct fuzz *z, int fd, uint32_t *seed)
{
	struct lock_function locks[LOCK_FUNCTIONS];
	char functions[SITE_SCAN][SITE_NAME], text[256];
	struct os *os = &z->os;
	struct fact_stack stack;
	struct fact_hold hold;
	struct site site;
	struct seen seen;
	uint64_t n = deaths(z), before = os_now_ns();

#define ASK(question)                                                                              \
	do {                                                                                       \
		account(z, before, n, question);                                                   \
		n = deaths(z);                                                                     \
		before = os_now_ns();                                                              \
	} while (0)
	ASK(parser_lock_functions(os, getpid(), fd, locks));
	for (int i = 0; i < PLACES; i++) {
		uint64_t at = (uintptr_t)z->map + next(seed) % z->size;

		fill_stack(z, seed, &seen);
		ASK(stacks_unwind(os->stacks, os, &seen, 64, true, &stack));
		ASK(site_look(os->sites, os, &seen, &site));
		ASK(site_scan(os, &seen, functions));
		ASK(stacks_name(os->stacks, os, getpid(), at, &hold));
		ASK(stacks_variable(os->stacks, os, getpid(), at, text, sizeof(text)));
	}
#undef ASK
}

/* What was left alone is as new to a new one. */
static void renew(struct fuzz *z)
{
	parser_free(z->os.parser);
	assert_int_equal(parser_new(&z->os.parser), 0);
}

static void damage(uint8_t *bytes, size_t size, uint32_t round, uint32_t *seed)
{
	/* Headers are hit more often than code: they lie at both ends. */
	size_t range = round % 3 == 0 ? 1024 : round % 3 == 1 ? 16384 : size;

	for (uint32_t k = 0; k < 1 + round % 20; k++) {
		size_t at = next(seed) % (range < size ? range : size);

		bytes[next(seed) % 2 ? at : size - 1 - at] = next(seed);
	}
}

static void one_round(struct fuzz *z, uint32_t round)
{
	static const char *const programs[] = {"victim_o2",	      "victim_gz", "/usr/bin/env",
					       "victim_sites_static", "victim_o0", "libc"};
	const char *name = programs[round % 6];
	char path[PATH_MAX];
	uint32_t seed = round * 2654435761u;
	uint64_t before = deaths(z);
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
	if (round % 7 == 0)
		size = 1 + next(&seed) % size;
	fd = map_file(z, bytes, size, round);
	ask_about(z, fd, &seed);
	unmap_file(z, fd, round);
	free(bytes);
	if (deaths(z) > before)
		renew(z);
}

static unsigned long number(const char *name, unsigned long otherwise)
{
	const char *s = getenv(name);

	return s ? strtoul(s, NULL, 10) : otherwise;
}

static void hostile_files(void **state)
{
	uint32_t round = number("FUZZ_SEED", 1), first = round;
	uint64_t end;
	static struct fuzz z;

	(void)state;
	assert_int_equal(os_open(&z.os), 0);
	victim_path(".", z.dir); /* /tmp may not allow programs */
	if (access(z.dir, W_OK) != 0)
		snprintf(z.dir, sizeof(z.dir), "/tmp");
	end = os_now_ns() + number("FUZZ_SECONDS", SECONDS) * 1000000000ull;
	do {
		if ((round - first) % 100 == 0)
			print_message("from FUZZ_SEED=%u\n", round);
		one_round(&z, round++);
	} while (os_now_ns() < end);
	print_message("%u rounds: %" PRIu64 " questions, %" PRIu64 " answered, %" PRIu64
		      " not, %" PRIu64 " parsers failed; the longest took %" PRIu64 " ms\n",
		      round - first, z.asked, z.answered, z.refused, z.died,
		      z.longest_ns / 1000000);
	assert_int_equal(z.asked, z.answered + z.refused);
	assert_true(z.answered > z.asked / 10);
	/* after all that, the next one is as good as ever */
	renew(&z);
	assert_int_equal(
		stacks_name(z.os.stacks, &z.os, getpid(), (uintptr_t)kill, &(struct fact_hold){0}),
		0);
	os_close(&z.os);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
