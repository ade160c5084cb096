// SPDX-License-Identifier: GPL-2.0
/*
 * musl is built without unwind tables: a stack that begins in it cannot be
 * walked. But the function that waits has called what is below it, so its
 * return address is on the stack, not far from the top, and a direct call stands
 * before it. Whoever asks must be able to do with names too many.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "answers_private.h"
#include "frame_guess.h"

#define SCAN_WORDS 96

static bool follows_call(struct elf_file *f, uint64_t addr)
{
	uint8_t before[GUESS_CALL_BYTES];
	uint64_t target;

	return elf_file_bytes(f, addr - sizeof(before), before, sizeof(before)) == sizeof(before) &&
	       guess_call(before, sizeof(before), addr, &target) == GUESS_DIRECT_CALL;
}

static void add(const struct elf_export *e, struct parser_functions *ret)
{
	for (uint32_t i = 0; i < ret->n; i++)
		if (!strncmp(ret->names[i], e->name, SITE_NAME - 1))
			return;
	if (ret->n < SITE_SCAN)
		snprintf(ret->names[ret->n++], SITE_NAME, "%s", e->name);
}

int answers_scan(struct space *space, const struct parser_question *q, struct parser_functions *ret)
{
	const struct elf_export *e;
	struct place pc, p;

	ret->n = 0;
	if (space_find(space, q->pc, &pc) || !pc.file)
		return -ENOENT;
	e = elf_file_export(pc.file, pc.addr);
	if (e)
		add(e, ret);
	for (size_t i = 0; i < SCAN_WORDS && (i + 1) * sizeof(uint64_t) <= q->n_top; i++) {
		uint64_t word;

		memcpy(&word, q->top + i * sizeof(word), sizeof(word));
		if (space_find(space, word - 1, &p) || p.file != pc.file ||
		    !follows_call(p.file, p.addr + 1))
			continue;
		e = elf_file_export(p.file, p.addr);
		if (e)
			add(e, ret);
	}
	return 0;
}
