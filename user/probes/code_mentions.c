// SPDX-License-Identifier: GPL-2.0
#include "code_mentions.h"

#include <string.h>

#ifdef __x86_64__
/* An instruction may go on after the displacement, which counts from its end. */
#define AFTER_MAX 4

bool code_mentions(const uint8_t *code, size_t size, uint64_t at, uint64_t address)
{
	for (size_t i = 0; i + sizeof(int32_t) <= size; i++) {
		uint64_t from = at + i + sizeof(int32_t);
		int32_t value;

		memcpy(&value, code + i, sizeof(value));
		if ((uint32_t)value == address)
			return true;
		for (size_t after = 0; after <= AFTER_MAX; after++) {
			/* only an immediate comes after it: of one, two or four bytes */
			if (after != 3 && from + after + (int64_t)value == address)
				return true;
		}
	}
	return false;
}

uint64_t code_call_target(const uint8_t *code, size_t size, uint64_t at)
{
	const uint8_t *end = code + size;
	int32_t value;

	if (size < CALL_MAX)
		return 0;
	memcpy(&value, end - sizeof(value), sizeof(value));
	/* call there; call [rip + N] */
	return end[-5] == 0xe8 || (end[-6] == 0xff && end[-5] == 0x15) ? at + size + value : 0;
}
#else
bool code_mentions(const uint8_t *code, size_t size, uint64_t at, uint64_t address)
{
	(void)code;
	(void)size;
	(void)at;
	(void)address;
	return false;
}

uint64_t code_call_target(const uint8_t *code, size_t size, uint64_t at)
{
	(void)code;
	(void)size;
	(void)at;
	return 0;
}
#endif
