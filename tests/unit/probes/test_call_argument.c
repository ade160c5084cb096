// SPDX-License-Identifier: GPL-2.0
/* The argument of a call, from the code before it, as compilers write it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../../user/probes/call_argument.h"

#define RA 0x401000ull

static bool ends_with(const uint8_t *code, size_t size, struct call_argument *ret)
{
	uint8_t bytes[CALL_ARGUMENT_BYTES];

	memset(bytes, 0x90, sizeof(bytes));
	memcpy(bytes + sizeof(bytes) - size, code, size);
	return call_argument(bytes, RA, ret);
}

#define ENDS_WITH(ret, ...)                                                                        \
	ends_with((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), ret)

#ifdef __x86_64__
static void global_variable(void **state)
{
	struct call_argument a;

	(void)state;
	/* lea rdi, [rip + 0x100]; call */
	assert_true(ENDS_WITH(&a, 0x48, 0x8d, 0x3d, 0, 1, 0, 0, 0xe8, 1, 2, 3, 4));
	assert_true(a.fixed);
	assert_int_equal(a.value, RA - 5 + 0x100);
	/* ... with xor eax, eax in between; call [rip + N] */
	assert_true(
		ENDS_WITH(&a, 0x48, 0x8d, 0x3d, 0, 1, 0, 0, 0x31, 0xc0, 0xff, 0x15, 1, 2, 3, 4));
	assert_int_equal(a.value, RA - 8 + 0x100);
	/* lea rax, [rip - 0x10]; mov rdi, rax; call */
	assert_true(ENDS_WITH(&a, 0x48, 0x8d, 0x05, 0xf0, 0xff, 0xff, 0xff, 0x48, 0x89, 0xc7, 0xe8,
			      1, 2, 3, 4));
	assert_int_equal(a.value, RA - 8 - 0x10);
	/* mov edi, 0x404040; call */
	assert_true(ENDS_WITH(&a, 0xbf, 0x40, 0x40, 0x40, 0, 0xe8, 1, 2, 3, 4));
	assert_true(a.fixed);
	assert_int_equal(a.value, 0x404040);
}

static void field_of_an_object(void **state)
{
	struct call_argument a;

	(void)state;
	/* lea rdi, [rbx + 0x18]; call */
	assert_true(ENDS_WITH(&a, 0x48, 0x8d, 0x7b, 0x18, 0xe8, 1, 2, 3, 4));
	assert_false(a.fixed);
	assert_int_equal(a.value, 0x18);
}

static void what_does_not_tell(void **state)
{
	struct call_argument a;

	(void)state;
	/* mov rdi, rbx; call: any register */
	assert_false(ENDS_WITH(&a, 0x48, 0x89, 0xdf, 0xe8, 1, 2, 3, 4));
	/* lea rdi, [rsp + 8]; call */
	assert_false(ENDS_WITH(&a, 0x48, 0x8d, 0x7c, 0x24, 0x08, 0xe8, 1, 2, 3, 4));
	/* lea rsi, [rip + N]; call: another argument */
	assert_false(ENDS_WITH(&a, 0x48, 0x8d, 0x35, 0, 1, 0, 0, 0xe8, 1, 2, 3, 4));
	/* no call at all */
	assert_false(ENDS_WITH(&a, 0x48, 0x8d, 0x3d, 0, 1, 0, 0));
}
#else
static void elsewhere_nothing_is_known(void **state)
{
	struct call_argument a;

	(void)state;
	assert_false(ENDS_WITH(&a, 0x48, 0x8d, 0x3d, 0, 1, 0, 0, 0xe8, 1, 2, 3, 4));
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef __x86_64__
		cmocka_unit_test(global_variable),
		cmocka_unit_test(field_of_an_object),
		cmocka_unit_test(what_does_not_tell),
#else
		cmocka_unit_test(elsewhere_nothing_is_known),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
