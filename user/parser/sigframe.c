// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include "sigframe.h"

#ifdef __aarch64__

/* siginfo, then the ucontext up to its registers: x0 to x30, sp, pc. */
#define REGISTERS (128 + 176 + 8)

bool sigframe_is_return(const uint8_t *code, size_t size)
{
	static const uint8_t call[] = {0x68, 0x11, 0x80, 0xd2, 0x01, 0x00, 0x00, 0xd4};

	return size >= sizeof(call) && !memcmp(code, call, sizeof(call));
}

static int order(unsigned int i)
{
	return (int)i; /* 32 is the pc in DWARF, too */
}

enum { SAVED = 33, PC = 32 };

#elif defined(__x86_64__)

/* The handler's return has taken the first word; then the ucontext up to its registers. */
#define REGISTERS 40

bool sigframe_is_return(const uint8_t *code, size_t size)
{
	static const uint8_t mov_rax[] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05};
	static const uint8_t mov_eax[] = {0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05};

	return (size >= sizeof(mov_rax) && !memcmp(code, mov_rax, sizeof(mov_rax))) ||
	       (size >= sizeof(mov_eax) && !memcmp(code, mov_eax, sizeof(mov_eax)));
}

/* As the kernel saves them, in the numbers of DWARF. */
static int order(unsigned int i)
{
	static const uint8_t numbers[] = {8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2, 7, 16};

	return numbers[i];
}

enum { SAVED = 17, PC = 16 };

#else

#define REGISTERS 0
enum { SAVED = 0, PC = 0 };

bool sigframe_is_return(const uint8_t *code, size_t size)
{
	(void)code, (void)size;
	return false;
}

static int order(unsigned int i)
{
	return (int)i;
}

#endif

int sigframe_step(const struct regs *regs, struct memory *m, struct cfi_step *ret)
{
	struct cfi_step step = {.signal = true};
	uint64_t at = regs->v[REG_SP] + REGISTERS, value;

	for (unsigned int i = 0; i < SAVED; i++) {
		int err = memory_word(m, at + 8 * i, &value);

		if (err)
			return err;
		regs_set(&step.caller, order(i), value);
		if (order(i) == PC) {
			step.pc = value;
			step.pc_slot = at + 8 * i;
		}
	}
	*ret = step;
	return 0;
}
