// SPDX-License-Identifier: GPL-2.0
/* Which code names an address, in bytes as compilers write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../../user/probes/code_mentions.h"

#define AT 0x401000ull

#define MENTIONS(address, ...)                                                                     \
	code_mentions((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), AT,  \
		      address)

#ifdef __x86_64__
static void relative(void **state)
{
	(void)state;
	/* lea rdi, [rip + 0x100] */
	assert_true(MENTIONS(AT + 7 + 0x100, 0x48, 0x8d, 0x3d, 0, 1, 0, 0));
	assert_false(MENTIONS(AT + 7 + 0x110, 0x48, 0x8d, 0x3d, 0, 1, 0, 0));
	/* nop; cmp byte ptr [rip - 0x10], 0 */
	assert_true(MENTIONS(AT + 8 - 0x10, 0x90, 0x80, 0x3d, 0xf0, 0xff, 0xff, 0xff, 0));
	assert_false(MENTIONS(AT + 8 - 0x18, 0x90, 0x80, 0x3d, 0xf0, 0xff, 0xff, 0xff, 0));
}

static void calls(void **state)
{
	const uint8_t direct[] = {0x90, 0xe8, 0, 1, 0, 0}, by_slot[] = {0xff, 0x15, 0, 1, 0, 0},
		      by_register[] = {0x90, 0x90, 0x90, 0x90, 0xff, 0xd0};

	(void)state;
	assert_int_equal(code_call_target(direct, 6, AT), AT + 6 + 0x100);
	assert_int_equal(code_call_target(by_slot, 6, AT), AT + 6 + 0x100);
	assert_int_equal(code_call_target(by_register, 6, AT), 0);
	assert_int_equal(code_call_target(direct, 5, AT), 0);
}

static void absolute(void **state)
{
	(void)state;
	/* mov edi, 0x404040; not if the program is elsewhere */
	assert_true(MENTIONS(0x404040, 0xbf, 0x40, 0x40, 0x40, 0));
	assert_false(MENTIONS(0x555500404040, 0xbf, 0x40, 0x40, 0x40, 0));
}
#endif

static void too_short(void **state)
{
	(void)state;
	assert_false(MENTIONS(0x4040, 0x40, 0x40));
	assert_false(code_mentions(NULL, 0, AT, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef __x86_64__
		cmocka_unit_test(relative),
		cmocka_unit_test(calls),
		cmocka_unit_test(absolute),
#endif
		cmocka_unit_test(too_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
