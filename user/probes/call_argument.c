// SPDX-License-Identifier: GPL-2.0
#include "call_argument.h"

#include <string.h>

#ifdef __x86_64__
#define RDI 7

static int32_t displacement(const uint8_t *at)
{
	int32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* How long is the call that ends the code? 5: call there; 6: call [rip + N]; 2, 3: by register. */
static size_t call_length(const uint8_t *end)
{
	if (end[-5] == 0xe8)
		return 5;
	if (end[-6] == 0xff && end[-5] == 0x15)
		return 6;
	return 0;
}

/* An instruction at p that computes rdi, and ends before end. Returns its length. */
static size_t computes(const uint8_t *p, const uint8_t *end, uint64_t next_base,
		       struct call_argument *ret)
{
	size_t room = end - p;

	if (room >= 5 && p[0] == 0xbf) { /* mov edi, N */
		*ret = (struct call_argument){true, (uint32_t)displacement(p + 1)};
		return 5;
	}
	if (room < 4 || (p[0] & 0xfa) != 0x48 || p[1] != 0x8d || (p[2] >> 3 & 7) != RDI)
		return 0;
	if ((p[2] & 0xc7) == 0x05 && room >= 7) { /* lea rdi, [rip + N] */
		*ret = (struct call_argument){true, next_base + 7 + displacement(p + 3)};
		return 7;
	}
	if ((p[2] & 7) == 4)
		return 0;	     /* relative to the stack pointer, or with an index */
	if ((p[2] & 0xc0) == 0x40) { /* lea rdi, [reg + n] */
		*ret = (struct call_argument){false, (int8_t)p[3]};
		return 4;
	}
	if ((p[2] & 0xc0) == 0x80 && room >= 7) { /* lea rdi, [reg + N] */
		*ret = (struct call_argument){false, displacement(p + 3)};
		return 7;
	}
	return 0;
}

bool call_argument(const uint8_t code[CALL_ARGUMENT_BYTES], uint64_t ra, struct call_argument *ret)
{
	const uint8_t *end = code + CALL_ARGUMENT_BYTES;
	size_t length = call_length(end);
	uint64_t start = ra - CALL_ARGUMENT_BYTES;
	static const uint8_t move[] = {0x48, 0x89, 0xc7}; /* mov rdi, rax */

	if (!length)
		return false;
	end -= length;
	/* without optimisation: lea rax, [rip + N]; mov rdi, rax */
	if (!memcmp(end - 3, move, 3) && end[-10] == 0x48 && end[-9] == 0x8d && end[-8] == 0x05) {
		*ret = (struct call_argument){true,
					      start + (end - 3 - code) + displacement(end - 7)};
		return true;
	}
	/* right before the call, or with one short instruction (xor esi, esi) in between */
	for (size_t gap = 0; gap <= 3; gap++) {
		for (size_t back = 4; back <= 7; back++) {
			const uint8_t *p = end - gap - back;

			if (p >= code && computes(p, end - gap, start + (p - code), ret) == back)
				return true;
		}
	}
	return false;
}
#else
bool call_argument(const uint8_t code[CALL_ARGUMENT_BYTES], uint64_t ra, struct call_argument *ret)
{
	(void)code;
	(void)ra;
	(void)ret;
	return false;
}
#endif
