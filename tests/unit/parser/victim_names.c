// SPDX-License-Identifier: GPL-2.0
/*
 * A program of functions with names, for the files that are made of it: with
 * and without symbols, debug files, lines. It is only looked at, hardly run:
 * it waits for the end of its input.
 */
#include <unistd.h>

static volatile int sink;

int exported_name(int n);
int weak_name(int n);

static int __attribute__((noinline)) local_name(int n)
{
	sink += n;
	return sink * 3;
}

static inline int __attribute__((always_inline)) inner(int n)
{
	sink += local_name(n); /* line of inner */
	return sink;
}

static inline int __attribute__((always_inline)) middle(int n)
{
	sink++;
	return inner(n + 1); /* line of middle */
}

int __attribute__((noinline)) exported_name(int n)
{
	int r = middle(n); /* line of exported_name */

	sink += r;
	return r;
}

int weak_name(int n) __attribute__((weak, alias("exported_name")));
int _exported_alias(int n) __attribute__((alias("exported_name")));

/* As assemblers write it: without a size, and another function behind it. */
int sizeless_name(void);
__asm__(".text\n"
	".globl sizeless_name\n"
	".type sizeless_name, @function\n"
	"sizeless_name:\n"
	".cfi_startproc\n"
	"	nop\n	nop\n	nop\n	nop\n	ret\n"
	".cfi_endproc\n"
	".type nameless_behind_it, @function\n"
	"nameless_behind_it:\n"
	".cfi_startproc\n"
	"	nop\n	nop\n	nop\n	nop\n	ret\n"
	".cfi_endproc\n");

int main(void)
{
	char c;

	sink = sizeless_name();
	while (read(STDIN_FILENO, &c, 1) > 0)
		exported_name(c);
	return 0;
}
