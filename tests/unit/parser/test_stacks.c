// SPDX-License-Identifier: GPL-2.0
/*
 * Stacks of threads that are asleep in programs built in several ways, against
 * what the programs know of themselves: every frame above the blocking
 * function, in order, to the thread's first. Only sp and pc are given, as by
 * /proc.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/syscall.h>

#include "victim.h"
#include "os/stacks.h"

#define PCS 512

static int open_os(void **state)
{
	static struct os os;

	int err = os_open(&os);

	*state = &os;
	if (!err) /* what is slow is not wrong */
		parser_names_until(&os, os_now_ns() + 600000000000ull);
	return err;
}

static int close_os(void **state)
{
	os_close(*state);
	return 0;
}

struct case_run {
	struct victim victim;
	struct seen seen;
	uint64_t pcs[PCS]; /* as the program says */
	int n;
	struct parser_walk found;
};

static void run(struct os *os, const char *program, const char *name, struct case_run *r)
{
	char path[PATH_MAX];
	int tid;

	victim_path(program, path);
	r->victim = victim_start(path, (char *[]){path, (char *)name, NULL});
	assert_int_equal(fscanf(r->victim.out, "%d %d", &tid, &r->n), 2);
	assert_in_range(r->n, 3, PCS);
	for (int i = 0; i < r->n; i++)
		assert_int_equal(fscanf(r->victim.out, "%lx", &r->pcs[i]), 1);
	victim_look(os, r->victim.pid, tid, SYS_pause, &r->seen);

	victim_unwind(os, &r->seen, &r->found);
}

/* All frames from the first that the program knows on, no more and no less. */
static void assert_same(const struct case_run *r)
{
	size_t at = 0;

	while (at < r->found.n && r->found.frames[at].pc != r->pcs[0])
		at++;
	assert_in_range(at, 1, 4); /* pause, and the function that calls it */
	assert_int_equal(r->found.n - at, r->n);
	for (int i = 0; i < r->n; i++)
		assert_int_equal(r->found.frames[at + i].pc, r->pcs[i]);
	assert_true(r->found.complete);
	assert_string_equal(r->found.note, "");
}

static const char *const names[] = {"plain",	  "variable",	    "large",	"through-libc",
				    "in-handler", "handler-blocks", "at-fault", "deep"};

static void check_program(struct os *os, const char *program)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct case_run r;

		run(os, program, names[i], &r);
		assert_same(&r);
		victim_end(&r.victim);
	}
}

static void unoptimized(void **state)
{
	check_program(*state, "victim_o0");
}

static void optimized_without_frame_pointers(void **state)
{
	check_program(*state, "victim_o2");
}

static void optimized_with_frame_pointers(void **state)
{
	check_program(*state, "victim_fp");
}

/* Where tables suffice, nothing is guessed. */
static void a_plain_stack_is_proven(void **state)
{
	struct case_run r;

	run(*state, "victim_o2", "plain", &r);
	for (size_t k = 0; k < r.found.n; k++)
		assert_false(r.found.frames[k].guessed);
	victim_end(&r.victim);
}

#ifdef __x86_64__
static void with_all_registers_nothing_is_guessed(void **state)
{
	static const char *const programs[] = {"victim_o0", "victim_fp", "victim_o2"};

	for (size_t p = 0; p < 3; p++) {
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			struct case_run r;

			run(*state, programs[p], names[i], &r);
			if (victim_registers(r.seen.ref.tid, &r.seen)) {
				victim_end(&r.victim);
				print_message("ptrace is not allowed here\n");
				skip();
			}
			victim_unwind(*state, &r.seen, &r.found);
			assert_same(&r);
			for (size_t k = 0; k < r.found.n; k++)
				assert_false(r.found.frames[k].guessed);
			victim_end(&r.victim);
		}
	}
}
#endif

/* block() keeps a frame pointer, which no one below it has saved. */
static void a_recovered_frame_is_marked(void **state)
{
	struct case_run r;
	size_t guessed = 0;

	run(*state, "victim_o0", "plain", &r);
	for (size_t k = 0; k < r.found.n; k++)
		guessed += r.found.frames[k].guessed;
	assert_int_equal(guessed, 1);
	victim_end(&r.victim);
}

/* Without tables each of the program's frames is found by its frame pointer, and says so. */
static void without_tables(void **state)
{
	struct case_run r;
	size_t at = 0;

	run(*state, "victim_no_tables", "deep", &r);
	for (int i = 0; i < r.n; i++) {
		while (at < r.found.n && r.found.frames[at].pc != r.pcs[i])
			at++;
		assert_true(at < r.found.n);
		assert_true(r.found.frames[at].guessed);
	}
	victim_end(&r.victim);
}

static void names_lines_and_modules(void **state)
{
	struct os *os = *state;
	struct fact_stack stack;
	struct case_run r;
	struct fact_hold hold = {0};
	int deeper = 0;

	run(os, "victim_o2", "deep", &r);
	assert_int_equal(stacks_unwind(os->stacks, os, &r.seen, 256, true, &stack), 0);
	assert_true(stack.complete);
	assert_int_equal(stack.n_frames, r.found.n + 1); /* block_here(), inlined */
	for (size_t i = 0; i < stack.n_frames; i++) {
		const struct fact_frame *f = &stack.frames[i];

		if (!f->symbol || strcmp(f->symbol, "deeper") != 0)
			continue;
		deeper++;
		assert_string_equal(f->module, "victim_o2");
		assert_string_equal(f->file, "victim_stacks.c");
		assert_true(f->line > 100);
		assert_non_null(f->build_id);
		assert_int_equal(strlen(f->build_id), 40);
	}
	assert_int_equal(deeper, 101);
	assert_string_equal(stack.frames[0].symbol, "pause");
	assert_string_equal(stack.frames[0].module, "libc.so.6");

	assert_int_equal(stacks_name(os->stacks, os, r.victim.pid, r.pcs[0], &hold), 0);
	assert_ptr_equal(strstr(hold.taken_at, "deeper+0x"), hold.taken_at);
	assert_non_null(strstr(hold.taken_at, " victim_stacks.c:"));
	assert_non_null(strstr(hold.taken_at, " (victim_o2)"));
	assert_string_equal(hold.taken_module, "victim_o2");
	assert_int_equal(strlen(hold.taken_build_id), 40);
	assert_true(hold.taken_offset > 0 && hold.taken_offset < r.pcs[0]);
	victim_end(&r.victim);
}

/* "name" of the program, inlined or not; or none. */
static const struct fact_frame *frame_of(const struct fact_stack *stack, const char *name)
{
	for (size_t i = 0; i < stack->n_frames; i++)
		if (stack->frames[i].symbol && !strcmp(stack->frames[i].symbol, name))
			return &stack->frames[i];
	return NULL;
}

/* The line of the program's source that has this text. */
static uint32_t line_of(const char *text)
{
	FILE *in = fopen("tests/unit/parser/victim_stacks.c", "r");
	char line[256];

	if (!in)
		return 0; /* run from elsewhere */
	for (uint32_t n = 1; fgets(line, sizeof(line), in); n++) {
		if (strstr(line, text)) {
			fclose(in);
			return n;
		}
	}
	fclose(in);
	fail_msg("no line of the source has: %s", text);
	return 0;
}

/* block() has no code but block_here()'s: two frames of one place, each with its own line. */
static void what_was_inlined_is_a_frame(void **state)
{
	static const char *const programs[] = {"victim_o0", "victim_fp", "victim_o2"};
	struct os *os = *state;

	for (size_t p = 0; p < 3; p++) {
		const struct fact_frame *inner, *outer;
		struct fact_stack stack;
		struct case_run r;

		run(os, programs[p], "plain", &r);
		assert_int_equal(stacks_unwind(os->stacks, os, &r.seen, 256, true, &stack), 0);
		inner = frame_of(&stack, "block_here");
		outer = frame_of(&stack, "block");
		assert_non_null(inner);
		assert_ptr_equal(inner + 1, outer);
		assert_true(inner->inlined);
		assert_false(outer->inlined);
		assert_int_equal(inner->offset, outer->offset);
		assert_string_equal(inner->module, outer->module);
		assert_string_equal(inner->build_id, outer->build_id);
		if (line_of(" block(void)")) {
			assert_in_range(inner->line, line_of("pause();") - 1, line_of("pause();"));
			assert_int_equal(outer->line, line_of(" block(void)") + 2);
		}
		assert_int_equal(stacks_unwind(os->stacks, os, &r.seen, 256, false, &stack), 0);
		for (size_t i = 0; i < stack.n_frames; i++)
			assert_false(stack.frames[i].inlined);
		victim_end(&r.victim);
	}
}

static void a_signal_is_crossed_and_said(void **state)
{
	struct os *os = *state;
	struct fact_stack stack;
	struct case_run r;
	size_t i = 0;

	run(os, "victim_o2", "at-fault", &r);
	assert_int_equal(stacks_unwind(os->stacks, os, &r.seen, 256, true, &stack), 0);
	while (i < stack.n_frames && strcmp(stack.frames[i].symbol, "<signal handler called>") != 0)
		i++;
	assert_true(i + 1 < stack.n_frames);
	assert_string_equal(stack.frames[i - 1].symbol, "handler");
	assert_string_equal(stack.frames[i + 1].symbol, "faults");
	victim_end(&r.victim);
}

static void fewer_frames_are_said_to_be_fewer(void **state)
{
	struct os *os = *state;
	struct fact_stack stack;
	struct case_run r;

	run(os, "victim_o2", "deep", &r);
	assert_int_equal(stacks_unwind(os->stacks, os, &r.seen, 10, false, &stack), 0);
	assert_int_equal(stack.n_frames, 10);
	assert_false(stack.complete);
	assert_string_equal(stack.note, "it has more frames than are shown");
	assert_null(stack.frames[3].symbol);
	assert_int_equal(stacks_unwind(os->stacks, os, &r.seen, 0, false, &stack), 0);
	assert_int_equal(stack.n_frames, 0);
	victim_end(&r.victim);
}

static int a_variable, another_variable[100];

static void variables(void **state)
{
	struct os *os = *state;
	char text[128];

	a_variable = another_variable[1] = 1;
	assert_int_equal(stacks_variable(os->stacks, os, getpid(), (uintptr_t)&a_variable, text,
					 sizeof(text)),
			 0);
	assert_string_equal(text, "a_variable (test_stacks)");
	assert_int_equal(stacks_variable(os->stacks, os, getpid(), (uintptr_t)&another_variable[1],
					 text, sizeof(text)),
			 0);
	assert_string_equal(text, "another_variable+0x4 (test_stacks)");
	assert_int_equal(
		stacks_variable(os->stacks, os, getpid(), (uintptr_t)text, text, sizeof(text)),
		-ENOENT);
	assert_int_equal(
		stacks_variable(os->stacks, os, getpid(), (uintptr_t)variables, text, sizeof(text)),
		-ENOENT);
	assert_int_equal(stacks_variable(os->stacks, os, getpid(), 16, text, sizeof(text)),
			 -ENOENT);
}

static void what_is_not_there(void **state)
{
	struct os *os = *state;
	struct seen seen = {.ref = {getpid(), getpid(), 0}};
	struct fact_stack stack;
	struct fact_hold hold = {0};

	assert_int_equal(stacks_unwind(os->stacks, os, &seen, 16, true, &stack), -ENODATA);
	seen.sp = 4096;
	assert_true(stacks_unwind(os->stacks, os, &seen, 16, true, &stack) < 0);
	assert_true(stacks_name(os->stacks, os, getpid(), 16, &hold) < 0);
	seen.ref.pid = seen.ref.tid = 0x3fffffff;
	assert_true(stacks_unwind(os->stacks, os, &seen, 16, true, &stack) < 0);
}

/* A stack of nothing but one address, and one that leads round in circles. */
static void stacks_of_nonsense_end(void **state)
{
	static uint64_t words[4096];
	struct os *os = *state;
	struct seen seen = {.ref = {getpid(), getpid(), 0}};
	struct fact_stack stack;

	for (size_t i = 0; i < 4096; i++)
		words[i] = i % 2 ? (uintptr_t)&words[i ^ 3] : (uintptr_t)memcpy + 1;
	for (size_t shift = 0; shift < 2; shift++) {
		seen.sp = (uintptr_t)&words[shift];
		seen.pc = (uintptr_t)stacks_of_nonsense_end + 40;
		assert_int_equal(stacks_unwind(os->stacks, os, &seen, 256, true, &stack), 0);
		assert_false(stack.complete);
		assert_non_null(stack.note);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unoptimized),
		cmocka_unit_test(optimized_without_frame_pointers),
		cmocka_unit_test(optimized_with_frame_pointers),
#ifdef __x86_64__
		cmocka_unit_test(with_all_registers_nothing_is_guessed),
#endif
		cmocka_unit_test(a_plain_stack_is_proven),
		cmocka_unit_test(a_recovered_frame_is_marked),
		cmocka_unit_test(without_tables),
		cmocka_unit_test(names_lines_and_modules),
		cmocka_unit_test(what_was_inlined_is_a_frame),
		cmocka_unit_test(a_signal_is_crossed_and_said),
		cmocka_unit_test(fewer_frames_are_said_to_be_fewer),
		cmocka_unit_test(variables),
		cmocka_unit_test(what_is_not_there),
		cmocka_unit_test(stacks_of_nonsense_end),
	};

	return cmocka_run_group_tests(tests, open_os, close_os);
}
