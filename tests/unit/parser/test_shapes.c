// SPDX-License-Identifier: GPL-2.0
/*
 * Stacks of programs built in every way that makes a difference: what they are
 * linked with, how they are optimized, without tables, without frame pointers.
 * Each frame that the program knows of must be found, in order, with nothing of
 * the program's in between; or the stack must say that it is not whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/syscall.h>

#include "victim.h"

#define PCS 512

static int open_os(void **state)
{
	static struct os os;

	*state = &os;
	return os_open(&os);
}

static int close_os(void **state)
{
	os_close(*state);
	return 0;
}

struct shape {
	uint64_t pcs[PCS];
	int n;
	struct parser_walk found;
};

/* 0, or -ENOENT if the program was not built here, has no such case, or may not be asked. */
static int look(struct os *os, const char *program, const char *name, bool registers,
		struct shape *r)
{
	char path[PATH_MAX];
	struct victim v;
	struct seen seen;
	int tid, err = 0;

	victim_path(program, path);
	if (access(path, X_OK))
		return -ENOENT;
	v = victim_start(path, (char *[]){path, (char *)name, NULL});
	if (fscanf(v.out, "%d %d", &tid, &r->n) != 2) {
		victim_end(&v);
		return -ENOENT;
	}
	assert_in_range(r->n, 2, PCS);
	for (int i = 0; i < r->n; i++)
		assert_int_equal(fscanf(v.out, "%lx", &r->pcs[i]), 1);
	victim_look(os, v.pid, tid, SYS_pause, &seen);
	if (registers)
		err = victim_registers(tid, &seen);
	victim_unwind(os, &seen, &r->found);
	victim_end(&v);
	return err;
}

/* How many of the program's pcs were found one after the other, innermost first. */
static int in_order(const struct shape *r)
{
	uint32_t at = 0;
	int n = 0;

	while (n < r->n) {
		while (at < r->found.n && r->found.frames[at].pc != r->pcs[n])
			at++;
		if (at == r->found.n)
			break;
		at++;
		n++;
	}
	return n;
}

/* Frames of the program that are none of its own: but those that block, handle, were interrupted.
 */
static int made_up(const struct shape *r, const char *program)
{
	int n = 0;

	for (uint32_t i = 0; i < r->found.n; i++) {
		bool known = strcmp(r->found.frames[i].module, program) != 0;

		for (int k = 0; k < r->n && !known; k++)
			known = r->found.frames[i].pc == r->pcs[k];
		n += !known;
	}
	return n > 3 ? n - 3 : 0;
}

static void print_shape(const struct shape *r, const char *program, const char *name)
{
	print_message("%s %s: %d of %d frames, %s%s\n", program, name, in_order(r), r->n,
		      r->found.complete ? "complete" : "cut: ", r->found.note);
	for (uint32_t i = 0; i < r->found.n && i < 24; i++)
		print_message("   %lx %d %s\n", r->found.frames[i].pc, r->found.frames[i].how,
			      r->found.frames[i].module);
	for (int i = 0; i < r->n && i < 24; i++)
		print_message("   want %lx\n", r->pcs[i]);
}

static const char *const names[] = {
	"plain",	  "variable", "large",	       "through-libc", "in-handler",
	"handler-blocks", "at-fault", "deep",	       "realigned",    "does-not-return",
	"in-coroutine",	  "in-vdso",  "in-destructor", "in-catch",     "in-terminate"};

/* Every frame is there, and the stack is whole. */
static size_t check_whole(struct os *os, const char *const *programs, size_t n_programs,
			  bool registers)
{
	size_t n = 0, all = 0;

	for (size_t p = 0; p < n_programs; p++) {
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			struct shape r;

			if (look(os, programs[p], names[i], registers, &r))
				continue;
			all++;
			if (in_order(&r) == r.n && r.found.complete)
				n++;
			else
				print_shape(&r, programs[p], names[i]);
		}
	}
	print_message("%zu of %zu stacks whole\n", n, all);
	assert_int_equal(n, all);
	return n;
}

static void optimized_in_several_ways(void **state)
{
	static const char *const programs[] = {"victim_o0", "victim_o1", "victim_o2",
					       "victim_o3", "victim_fp", "victim_clang"};

	assert_int_equal(check_whole(*state, programs, 6, false), 6 * 12);
}

static void linked_in_several_ways(void **state)
{
	static const char *const programs[] = {"victim_static", "victim_static_pie",
					       "victim_stripped_static", "victim_no_pie",
					       "victim_no_index"};

	assert_int_equal(check_whole(*state, programs, 5, false), 5 * 12);
}

static void by_all_registers(void **state)
{
	static const char *const programs[] = {"victim_o0",	    "victim_o1",
					       "victim_o3",	    "victim_clang",
					       "victim_static_pie", "victim_stripped_static"};
	size_t n = check_whole(*state, programs, 6, true);

	if (!n) {
		print_message("ptrace is not allowed here\n");
		skip();
	}
	assert_int_equal(n, 6 * 12);
}

static void while_an_exception_is_thrown(void **state)
{
	static const char *const programs[] = {"victim_cxx"};
	char path[PATH_MAX];

	victim_path(programs[0], path);
	if (access(path, X_OK)) {
		print_message("no compiler of C++ here\n");
		skip();
	}
	assert_int_equal(check_whole(*state, programs, 1, false), 3);
}

/*
 * Where there are neither tables nor frame pointers. What is found must be so
 * marked; what is missing, be said.
 */
static void check_by(struct os *os, const char *program, int want_percent, bool registers)
{
	int found = 0, all = 0, unmarked = 0, silent = 0, extra = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct shape r;

		if (look(os, program, names[i], registers, &r))
			continue;
		all += r.n;
		found += in_order(&r);
		extra += made_up(&r, program);
		if (in_order(&r) < r.n) {
			print_shape(&r, program, names[i]);
			silent += r.found.complete;
		}
		for (uint32_t k = 0; k < r.found.n; k++)
			unmarked += r.found.frames[k].guessed !=
				    (r.found.frames[k].how > FRAME_CFI);
	}
	if (!all && registers) /* ptrace is not allowed here */
		return;
	if (!all) {
		print_message("no %s here: no compiler for it\n", program);
		skip();
	}
	print_message("%s, %s: %d of %d frames, %d others\n", program,
		      registers ? "all registers" : "sp and pc", found, all, extra);
	if (!strstr(program, "musl_s")) /* the library is part of it there */
		assert_int_equal(extra, 0);
	assert_int_equal(silent, 0);
	assert_int_equal(unmarked, 0);
	assert_true(100 * found >= want_percent * all);
}

static void check_marked(struct os *os, const char *program, int want_percent)
{
	check_by(os, program, want_percent, false);
	check_by(os, program, want_percent, true);
}

static void neither_tables_nor_frame_pointers(void **state)
{
	check_marked(*state, "victim_bare", 95);
}

static void frame_pointers_in_some_functions(void **state)
{
	check_marked(*state, "victim_mixed", 98);
}

static void nor_symbols(void **state)
{
	check_marked(*state, "victim_bare_stripped", 90);
}

static void frame_pointers_alone(void **state)
{
	check_marked(*state, "victim_no_tables", 100);
}

static void musl(void **state)
{
	check_marked(*state, "victim_musl", 100);
}

static void musl_linked_in(void **state)
{
	check_marked(*state, "victim_musl_static", 100);
}

static void musl_stripped_without_tables(void **state)
{
	check_marked(*state, "victim_musl_stripped", 90);
}

static void deeper_than_is_shown(void **state)
{
	struct shape r = {.n = 0};

	assert_int_equal(look(*state, "victim_o2", "deepest", false, &r), 0);
	assert_int_equal(r.found.n, PARSER_FRAMES);
	assert_false(r.found.complete);
	assert_string_equal(r.found.note, "it has more frames than are shown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(optimized_in_several_ways),
		cmocka_unit_test(linked_in_several_ways),
		cmocka_unit_test(by_all_registers),
		cmocka_unit_test(while_an_exception_is_thrown),
		cmocka_unit_test(frame_pointers_alone),
		cmocka_unit_test(neither_tables_nor_frame_pointers),
		cmocka_unit_test(frame_pointers_in_some_functions),
		cmocka_unit_test(nor_symbols),
		cmocka_unit_test(musl),
		cmocka_unit_test(musl_linked_in),
		cmocka_unit_test(musl_stripped_without_tables),
		cmocka_unit_test(deeper_than_is_shown),
	};

	return cmocka_run_group_tests(tests, open_os, close_os);
}
