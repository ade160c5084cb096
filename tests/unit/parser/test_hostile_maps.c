// SPDX-License-Identifier: GPL-2.0
/*
 * Perf maps, in which programs name the code that they made: truncated,
 * overwritten, with lines that nobody would write, and too large. FUZZ_SECONDS
 * and FUZZ_SEED as in fuzz.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

#define JIT_BYTES   65536
#define JIT_ENTRIES 200
#define MAP_BYTES   (1 << 20)

struct jit_fuzz {
	struct fuzz z;
	char path[64];
	uint8_t *code; /* made at run time, as far as anybody can see */
	char *text;
	size_t size;
	uint64_t named;
	struct parser_walk walk;
	struct parser_names names;
};

/* As a compiler writes it, places that were used again included. */
static void write_entries(struct jit_fuzz *j, uint32_t *seed)
{
	j->size = 0;
	for (int i = 0; i < JIT_ENTRIES; i++) {
		uint64_t at = (uintptr_t)j->code + i * (JIT_BYTES / JIT_ENTRIES);

		j->size += snprintf(j->text + j->size, MAP_BYTES - j->size,
				    "%s%" PRIx64 " %x LazyCompile:~f%d /srv/app%u.js:%d:7\n",
				    i % 3 ? "" : "0x", at, 100 + fuzz_next(seed) % 400, i,
				    fuzz_next(seed), i);
	}
}

/* A line of its own, that no compiler writes. */
static void add_hostile_line(struct jit_fuzz *j, uint32_t *seed)
{
	static const char *const lines[] = {
		"%" PRIx64 " ffffffffffffffff all of it\n",
		"%" PRIx64 " 7fffffffffffffff \033]0;title\007\033[2J\n",
		"%" PRIx64 " 100 \377\376\n",
		"%" PRIx64 " 0 nothing\n",
		"%" PRIx64 " 100 ",
		"%" PRIx64 "\n",
		"-%" PRIx64 " -1 minus\n",
	};
	uint64_t at = (uintptr_t)j->code + fuzz_next(seed) % JIT_BYTES;

	switch (fuzz_next(seed) % 3) {
	case 0: /* a name without an end */
		j->size += snprintf(j->text + j->size, 64, "%" PRIx64 " 1000 ", at);
		memset(j->text + j->size, 'n', 5000);
		j->size += 5000;
		break;
	case 1:
		memset(j->text + j->size, (int)fuzz_next(seed), 3000);
		j->size += 3000;
		break;
	default:
		/* NOLINTNEXTLINE(clang-diagnostic-format-nonliteral): all of the table above */
		j->size += snprintf(j->text + j->size, 128, lines[fuzz_next(seed) % 7], at);
	}
}

/* Truncated, overwritten, with lines of nonsense; every fifth is left as it is. */
static void damage_map(struct jit_fuzz *j, uint32_t round, uint32_t *seed)
{
	if (round % 5 == 0)
		return;
	for (uint32_t k = fuzz_next(seed) % 20; k > 0; k--)
		add_hostile_line(j, seed);
	for (uint32_t k = fuzz_next(seed) % 30; k > 0; k--)
		j->text[fuzz_next(seed) % j->size] = (char)fuzz_next(seed);
	if (round % 2)
		j->size = fuzz_next(seed) % j->size;
}

static void put_map(const struct jit_fuzz *j, uint32_t round)
{
	int fd = open(j->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, j->text, j->size), j->size);
	/* as large as may be, and larger, with nothing there */
	if (round % 50 == 1)
		assert_int_equal(ftruncate(fd, round % 100 == 1 ? 64 << 20 : 1ll << 40), 0);
	close(fd);
}

/* What comes of it may be nonsense, but not what moves cursors, or is endless. */
static void check_names(struct jit_fuzz *j)
{
	for (uint32_t i = 0; i < j->names.n; i++) {
		const struct parser_name *n = &j->names.names[i];

		assert_true(n->at < j->walk.n);
		assert_true(strnlen(n->symbol, sizeof(n->symbol)) < sizeof(n->symbol));
		for (const unsigned char *c = (const unsigned char *)n->symbol; *c; c++)
			assert_true(*c >= ' ' && *c != 0x7f);
		assert_true(n->symbol_offset <= j->walk.frames[n->at].pc);
		j->named += *n->symbol != '\0';
	}
}

static void one_map(struct jit_fuzz *j, uint32_t round)
{
	uint32_t seed = round * 2654435761u;
	uint64_t n = fuzz_deaths(&j->z), before;
	int err;

	write_entries(j, &seed);
	damage_map(j, round, &seed);
	put_map(j, round);
	j->walk.n = 64;
	for (uint32_t i = 0; i < j->walk.n; i++) {
		j->walk.frames[i] = (struct parser_frame){
			.pc = (uintptr_t)j->code + fuzz_next(&seed) % JIT_BYTES,
			.exact_pc = fuzz_next(&seed) % 2,
		};
	}
	j->named = 0;
	before = os_now_ns();
	err = parser_names(&j->z.os, getpid(), &j->walk, &j->names);
	fuzz_account(&j->z, before, n, err);
	check_names(j);
	/* it is believed where it was not damaged: otherwise nothing was tried here */
	if (round % 5 == 0 && !err)
		assert_true(j->named > j->walk.n / 2);
	if (fuzz_deaths(&j->z) > n)
		fuzz_renew(&j->z);
}

static void hostile_perf_maps(void **state)
{
	uint32_t round = fuzz_number("FUZZ_SEED", 1), first = round;
	static struct jit_fuzz j;
	uint64_t end;

	(void)state;
	assert_int_equal(os_open(&j.z.os), 0);
	snprintf(j.path, sizeof(j.path), "/tmp/perf-%d.map", (int)getpid());
	j.code = mmap(NULL, JIT_BYTES, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(j.code, MAP_FAILED);
	j.text = malloc(MAP_BYTES);
	assert_non_null(j.text);
	end = os_now_ns() + fuzz_number("FUZZ_SECONDS", FUZZ_SECONDS) * 250000000ull;
	do {
		if ((round - first) % 1000 == 0)
			print_message("from FUZZ_SEED=%u\n", round);
		one_map(&j, round++);
	} while (os_now_ns() < end || round - first < 10);
	print_message("%u perf maps: %" PRIu64 " parsers failed; the longest took %" PRIu64 " ms\n",
		      round - first, j.z.died, j.z.longest_ns / 1000000);
	assert_int_equal(j.z.died, 0);
	unlink(j.path);
	munmap(j.code, JIT_BYTES);
	free(j.text);
	os_close(&j.z.os);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_perf_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
