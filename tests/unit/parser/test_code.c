// SPDX-License-Identifier: GPL-2.0
/* What machine code tells, and names made readable: pure functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "parser/demangle.h"
#include "parser/frame_guess.h"

static void calls_are_known_by_their_bytes(void **state)
{
	static const struct {
		uint8_t bytes[8];
		enum guess_call want;
	} cases[] = {
		{{0x90, 0x90, 0x90, 0xe8, 0x10, 0, 0, 0}, GUESS_DIRECT_CALL},
		{{0x90, 0x90, 0xff, 0x15, 0x10, 0, 0, 0}, GUESS_CALL},
		{{0, 0, 0, 0, 0, 0, 0xff, 0xd0}, GUESS_CALL},		  /* call rax */
		{{0, 0, 0, 0, 0, 0x41, 0xff, 0xd3}, GUESS_CALL},	  /* call r11 */
		{{0, 0, 0, 0, 0, 0xff, 0x53, 0x18}, GUESS_CALL},	  /* call [rbx+0x18] */
		{{0, 0, 0, 0, 0, 0xff, 0x14, 0xc8}, GUESS_CALL},	  /* call [rax+rcx*8] */
		{{0, 0xff, 0x94, 0x24, 0, 1, 0, 0}, GUESS_CALL},	  /* call [rsp+0x100] */
		{{0, 0, 0, 0, 0, 0, 0xff, 0xe0}, GUESS_NO_CALL},	  /* jmp rax */
		{{0x90, 0x90, 0x90, 0xe9, 0x10, 0, 0, 0}, GUESS_NO_CALL}, /* jmp */
		{{0}, GUESS_NO_CALL},
	};
	uint64_t target = 0;

	(void)state;
#ifndef __x86_64__
	skip();
#endif
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(guess_call(cases[i].bytes, 8, 0x1000, &target), cases[i].want);
	assert_int_equal(target, 0x1010);
	for (size_t size = 0; size < 8; size++) /* too few bytes, too */
		(void)guess_call(cases[6].bytes, size, 0x1000, &target);
}

static void pointers_of_calls_through_them(void **state)
{
	static const uint8_t call[] = {0, 0, 0xff, 0x15, 0xfc, 0xff, 0xff, 0xff};
	static const uint8_t plt[] = {0xf3, 0x0f, 0x1e, 0xfa, 0xf2, 0xff, 0x25, 0x10, 0, 0, 0};
	uint64_t p = 0;

	(void)state;
#ifndef __x86_64__
	skip();
#endif
	assert_int_equal(guess_call_pointer(call, 8, 0x1000, &p), 0);
	assert_int_equal(p, 0xffc);
	assert_int_equal(guess_plt_pointer(plt, sizeof(plt), 0x2000, &p), 0);
	assert_int_equal(p, 0x2000 + 11 + 0x10);
	assert_int_equal(guess_plt_pointer(plt, sizeof(plt) - 1, 0x2000, &p), -ENOENT);
	assert_int_equal(guess_call_pointer(plt, 8, 0x2000, &p), -ENOENT);
}

static void prologues(void **state)
{
	static const uint8_t full[] = {0xf3, 0x0f, 0x1e, 0xfa, 0x55, 0x48, 0x89, 0xe5, 0x41,
				       0x57, 0x53, 0x48, 0x81, 0xec, 0x38, 0x10, 0,    0};
	static const uint8_t none[] = {0x53, 0x48, 0x83, 0xec, 0x10};
	uint64_t n = 0;

	(void)state;
#ifndef __x86_64__
	skip();
#endif
	assert_int_equal(guess_frame_distance(full, sizeof(full), &n), 0);
	assert_int_equal(n, 16 + 0x1038);
	/* Seen after the pushes, before the room is made. */
	assert_int_equal(guess_frame_distance(full, 11, &n), 0);
	assert_int_equal(n, 16);
	assert_int_equal(guess_frame_distance(none, sizeof(none), &n), -ENOENT);
	for (size_t size = 0; size < 8; size++)
		assert_int_equal(guess_frame_distance(full, size, &n), -ENOENT);
}

/* cmp rsp, [r14+16]; jbe; sub rsp, 0x28; mov [rsp+0x20], rbp; lea rbp, [rsp+0x20] */
static void prologues_of_go(void **state)
{
	static const uint8_t go[] = {0x49, 0x3b, 0x66, 0x10, 0x76, 0x40, 0x48, 0x83, 0xec, 0x28,
				     0x48, 0x89, 0x6c, 0x24, 0x20, 0x48, 0x8d, 0x6c, 0x24, 0x20};
	static const uint8_t large[] = {0x48, 0x81, 0xec, 0x90, 0, 0, 0, 0x48,
					0x89, 0xac, 0x24, 0x88, 0, 0, 0, 0x48,
					0x8d, 0xac, 0x24, 0x88, 0, 0, 0};
	uint8_t other[sizeof(go)];
	uint64_t n = 0;

	(void)state;
#ifndef __x86_64__
	skip();
#endif
	assert_int_equal(guess_frame_distance(go, sizeof(go), &n), 0);
	assert_int_equal(n, 0x20);
	assert_int_equal(guess_frame_distance(large, sizeof(large), &n), 0);
	assert_int_equal(n, 0x88);
	for (size_t size = 0; size < sizeof(go); size++)
		assert_int_equal(guess_frame_distance(go, size, &n), -ENOENT);
	/* Saved elsewhere than right below the return address. */
	memcpy(other, go, sizeof(go));
	other[14] = other[19] = 0x18;
	assert_int_equal(guess_frame_distance(other, sizeof(other), &n), -ENOENT);
}

static void ends_of_functions(void **state)
{
	static const uint8_t ends[] = {0x48, 0x83, 0xc4, 0x08, 0xc3, 0x0f, 0x1f, 0x00, 0x55};
	static const uint8_t early[] = {0x48, 0x83, 0xc4, 0x08, 0xc3, 0x48, 0x8b, 0x07, 0xe8};
	static const uint8_t go[] = {0xe8, 0, 0, 0, 0, 0xcc, 0xcc, 0xcc, 0xcc};

	(void)state;
#ifndef __x86_64__
	skip();
#endif
	assert_true(guess_function_ends(ends, sizeof(ends)));
	assert_false(guess_function_ends(early, sizeof(early)));
	assert_true(guess_function_ends(go, sizeof(go)));
	for (size_t size = 0; size < 7; size++)
		assert_false(guess_function_ends(ends, size));
}

static void assert_demangled(const char *name, const char *want)
{
	char buf[DEMANGLED_MAX];

	demangle(name, buf, sizeof(buf));
	assert_string_equal(buf, want);
}

static void names_are_made_readable(void **state)
{
	(void)state;
	assert_demangled("pthread_mutex_lock", "pthread_mutex_lock");
	assert_demangled("_ZNSt6thread4joinEv", "std::thread::join()");
	assert_demangled("_RNvC6_123foo3bar", "123foo::bar");
	assert_demangled("_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write");
	assert_demangled("_Znonsense", "_Znonsense");
	assert_demangled("memcpy@@GLIBC_2.14", "memcpy");
	assert_demangled("_ZNSt6thread4joinEv@@GLIBCXX_3.4.11", "std::thread::join()");
	assert_demangled("read@plt", "read@plt");
	assert_demangled("@plt", "@plt");
	assert_demangled("_", "_");
	assert_demangled("", "");
}

/* Tuples in tuples, each twice, the second time by reference: 1.2 GB of text, 8 s. */
static void a_name_that_explodes_is_cut(void **state)
{
	static const char name[] =
		"_RMC1aTTTTTTTTTTTTTTTTTTTTTTTTTTTTuEBu_EBt_EBs_EBr_EBq_EBp_EBo_EBn_EBm"
		"_EBl_EBk_EBj_EBi_EBh_EBg_EBf_EBe_EBd_EBc_EBb_EBa_EB9_EB8_EB7_EB6_EB5_EB4_E";
	char buf[DEMANGLED_MAX];
	clock_t begin = clock();

	(void)state;
	demangle(name, buf, sizeof(buf));
	assert_int_equal(strlen(buf), sizeof(buf) - 1);
	assert_ptr_equal(strstr(buf, "<(((((("), buf);
	assert_string_equal(buf + strlen(buf) - 3, "...");
	assert_true(clock() - begin < CLOCKS_PER_SEC);
}

static void a_long_name_is_cut_at_the_end(void **state)
{
	char name[900] = "_ZN", buf[64];
	size_t at = 3;

	(void)state;
	while (at < 800)
		at += snprintf(name + at, sizeof(name) - at, "10abcdefghij");
	snprintf(name + at, sizeof(name) - at, "1fEv");
	demangle(name, buf, sizeof(buf));
	assert_int_equal(strlen(buf), 63);
	assert_string_equal(buf + 60, "...");
	assert_ptr_equal(strstr(buf, "abcdefghij::abcdefghij::"), buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_are_known_by_their_bytes),
		cmocka_unit_test(pointers_of_calls_through_them),
		cmocka_unit_test(prologues),
		cmocka_unit_test(prologues_of_go),
		cmocka_unit_test(ends_of_functions),
		cmocka_unit_test(names_are_made_readable),
		cmocka_unit_test(a_name_that_explodes_is_cut),
		cmocka_unit_test(a_long_name_is_cut_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
