// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "frame_guess.h"

#ifdef __x86_64__

/* The size of "ff /2" (call through a register or memory) with these bytes after 0xff; 0: none. */
static size_t indirect_call_size(const uint8_t *b, size_t size)
{
	uint8_t mod, rm;
	size_t n = 2;

	if (size < 2 || b[0] != 0xff || (b[1] >> 3 & 7) != 2)
		return 0;
	mod = b[1] >> 6;
	rm = b[1] & 7;
	if (mod == 3)
		return n;
	if (rm == 4) {
		if (size < 3)
			return 0;
		n++;
		if (mod == 0 && (b[2] & 7) == 5)
			n += 4;
	}
	if (mod == 1)
		n += 1;
	else if (mod == 2 || (mod == 0 && rm == 5))
		n += 4;
	return n;
}

enum guess_call guess_call(const uint8_t *bytes, size_t size, uint64_t ra, uint64_t *ret_target)
{
	int32_t distance;

	if (size >= 5 && bytes[size - 5] == 0xe8) {
		memcpy(&distance, bytes + size - 4, sizeof(distance));
		*ret_target = ra + (int64_t)distance;
		return GUESS_DIRECT_CALL;
	}
	for (size_t n = 2; n <= 7 && n <= size; n++)
		if (indirect_call_size(bytes + size - n, n) == n)
			return GUESS_CALL;
	return GUESS_NO_CALL;
}

int guess_call_pointer(const uint8_t *bytes, size_t size, uint64_t ra, uint64_t *ret)
{
	int32_t distance;

	if (size < 6 || bytes[size - 6] != 0xff || bytes[size - 5] != 0x15)
		return -ENOENT;
	memcpy(&distance, bytes + size - 4, sizeof(distance));
	*ret = ra + (int64_t)distance;
	return 0;
}

int guess_plt_pointer(const uint8_t *code, size_t size, uint64_t addr, uint64_t *ret)
{
	static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
	int32_t distance;
	size_t i = 0;

	if (size >= 4 && !memcmp(code, endbr64, sizeof(endbr64)))
		i = 4;
	if (i < size && code[i] == 0xf2) /* bnd */
		i++;
	if (size - i < 6 || code[i] != 0xff || code[i + 1] != 0x25)
		return -ENOENT;
	memcpy(&distance, code + i + 2, sizeof(distance));
	*ret = addr + i + 6 + (int64_t)distance;
	return 0;
}

/* "sub rsp, N" (N of one byte has a sign, or of four) at this byte: its size, 0 if there is none.
 */
static size_t sub_rsp(const uint8_t *b, size_t size, int64_t *ret)
{
	int32_t n;

	if (size >= 4 && b[0] == 0x48 && b[1] == 0x83 && b[2] == 0xec) {
		*ret = (b[3] ^ 0x80) - 0x80;
		return 4;
	}
	if (size < 7 || b[0] != 0x48 || b[1] != 0x81 || b[2] != 0xec)
		return 0;
	memcpy(&n, b + 3, sizeof(n));
	*ret = n;
	return 7;
}

/* "OP [rsp + N]" with rbp; its size, 0 if it is something else. */
static size_t rbp_at_rsp(const uint8_t *b, size_t size, uint8_t op, int64_t *ret)
{
	int32_t n;

	if (size < 5 || b[0] != 0x48 || b[1] != op || b[3] != 0x24)
		return 0;
	if (b[2] == 0x6c) {
		*ret = (b[4] ^ 0x80) - 0x80;
		return 5;
	}
	if (size < 8 || b[2] != 0xac)
		return 0;
	memcpy(&n, b + 4, sizeof(n));
	*ret = n;
	return 8;
}

/* What Go up to 1.20 does: "sub rsp, N; mov [rsp+N-8], rbp; lea rbp, [rsp+N-8]". */
static int go_distance(const uint8_t *code, size_t size, uint64_t *ret)
{
	static const uint8_t compare[] = {0x49, 0x3b, 0x66, 0x10};
	int64_t n, saved, pointer;
	size_t i = 0, step;

	if (size >= 10 && !memcmp(code, compare, sizeof(compare))) /* is the stack large enough? */
		i = code[4] == 0x76 ? 6 : code[4] == 0x0f ? 10 : 4;
	step = sub_rsp(code + i, size - i, &n);
	if (!step)
		return -ENOENT;
	i += step;
	step = rbp_at_rsp(code + i, size - i, 0x89, &saved);
	i += step;
	if (!step || !rbp_at_rsp(code + i, size - i, 0x8d, &pointer) || saved != n - 8 ||
	    pointer != saved || saved < 0)
		return -ENOENT;
	*ret = (uint64_t)saved;
	return 0;
}

static int c_distance(const uint8_t *code, size_t size, uint64_t *ret)
{
	static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
	static const uint8_t mov1[] = {0x48, 0x89, 0xe5}, mov2[] = {0x48, 0x8b, 0xec};
	int64_t distance = 0, more = 0;
	size_t i = 0;

	if (size >= 4 && !memcmp(code, endbr64, sizeof(endbr64)))
		i = 4;
	if (i >= size || code[i++] != 0x55)
		return -ENOENT;
	if (size - i < 3 || (memcmp(code + i, mov1, 3) != 0 && memcmp(code + i, mov2, 3) != 0))
		return -ENOENT;
	i += 3;
	for (;;) {
		if (i < size && code[i] >= 0x50 && code[i] <= 0x57) {
			i += 1;
		} else if (size - i >= 2 && code[i] == 0x41 && code[i + 1] >= 0x50 &&
			   code[i + 1] <= 0x57) {
			i += 2;
		} else {
			break;
		}
		distance += 8;
	}
	if (sub_rsp(code + i, size - i, &more))
		distance += more;
	if (distance < 0 || distance > 1 << 24)
		return -ENOENT;
	*ret = (uint64_t)distance;
	return 0;
}

int guess_frame_distance(const uint8_t *code, size_t size, uint64_t *ret)
{
	return c_distance(code, size, ret) ? go_distance(code, size, ret) : 0;
}

bool guess_function_ends(const uint8_t *code, size_t size)
{
	static const uint8_t fill[][3] = {{0x90, 0x90},	     {0x66, 0x90},	 {0xcc, 0xcc},
					  {0x0f, 0x1f},	     {0x66, 0x0f, 0x1f}, {0x66, 0x2e, 0x0f},
					  {0x66, 0x66, 0x2e}};

	for (size_t i = 0; i + 4 <= size; i++) {
		if (code[i] == 0xcc && code[i + 1] == 0xcc)
			return true;
		for (size_t k = 0; code[i] == 0xc3 && k < sizeof(fill) / sizeof(fill[0]); k++)
			if (!memcmp(code + i + 1, fill[k], fill[k][2] ? 3 : 2))
				return true;
	}
	return false;
}

#else

bool guess_function_ends(const uint8_t *code, size_t size)
{
	(void)code, (void)size;
	return true;
}

enum guess_call guess_call(const uint8_t *bytes, size_t size, uint64_t ra, uint64_t *ret_target)
{
	(void)bytes, (void)size, (void)ra, (void)ret_target;
	return GUESS_NO_CALL;
}

int guess_call_pointer(const uint8_t *bytes, size_t size, uint64_t ra, uint64_t *ret)
{
	(void)bytes, (void)size, (void)ra, (void)ret;
	return -ENOENT;
}

int guess_plt_pointer(const uint8_t *code, size_t size, uint64_t addr, uint64_t *ret)
{
	(void)code, (void)size, (void)addr, (void)ret;
	return -ENOENT;
}

int guess_frame_distance(const uint8_t *code, size_t size, uint64_t *ret)
{
	(void)code, (void)size, (void)ret;
	return -ENOENT;
}

#endif
