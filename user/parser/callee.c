// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "callee.h"

/* Bytes of code of the space, size of them or none. */
static bool code_at(struct space *space, struct memory *m, uint64_t addr, uint8_t *buf, size_t size)
{
	struct place p;

	if (space_find(space, addr, &p))
		return false;
	if (p.file)
		return elf_file_bytes(p.file, p.addr, buf, size) == size;
	return memory_bytes(m, addr, buf, size) == 0;
}

enum guess_call callee_call(struct space *space, struct memory *m, uint64_t ra,
			    uint64_t *ret_target)
{
	uint8_t before[GUESS_CALL_BYTES];

	if (!code_at(space, m, ra - sizeof(before), before, sizeof(before)))
		return GUESS_NO_CALL;
	return guess_call(before, sizeof(before), ra, ret_target);
}

int callee_function(struct space *space, struct memory *m, uint64_t ra, uint64_t *ret)
{
	uint8_t before[GUESS_CALL_BYTES], plt[16];
	uint64_t target = 0, pointer = 0;

	if (!code_at(space, m, ra - sizeof(before), before, sizeof(before)))
		return -ENOENT;
	if (guess_call_pointer(before, sizeof(before), ra, &pointer)) {
		if (guess_call(before, sizeof(before), ra, &target) != GUESS_DIRECT_CALL)
			return -ENOENT;
		if (!code_at(space, m, target, plt, sizeof(plt)) ||
		    guess_plt_pointer(plt, sizeof(plt), target, &pointer))
			pointer = 0;
	}
	if (pointer && memory_word(m, pointer, &target))
		return -ENOENT;
	*ret = target;
	return 0;
}
