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

#include "frame_guess.h"
#include "../os/os.h"
#include "../os/reader.h"
#include "site.h"
#include "space.h"
#include "stacks.h"

#define SCAN_WORDS 96

static bool follows_call(struct elf_file *f, uint64_t addr)
{
	uint8_t before[GUESS_CALL_BYTES];
	uint64_t target;

	return elf_file_bytes(f, addr - sizeof(before), before, sizeof(before)) == sizeof(before) &&
	       guess_call(before, sizeof(before), addr, &target) == GUESS_DIRECT_CALL;
}

static int add(const struct elf_export *e, char functions[SITE_SCAN][SITE_NAME], int n)
{
	for (int i = 0; i < n; i++)
		if (!strncmp(functions[i], e->name, SITE_NAME - 1))
			return n;
	if (n < SITE_SCAN)
		snprintf(functions[n++], SITE_NAME, "%s", e->name);
	return n;
}

int site_scan(struct os *os, const struct seen *seen, char functions[SITE_SCAN][SITE_NAME])
{
	const struct elf_export *e;
	uint64_t words[SCAN_WORDS];
	struct space *space;
	struct place pc, p;
	ssize_t size;
	int n = 0, err;

	if (!seen->sp || seen->compat)
		return -ENOENT;
	err = spaces_get(stacks_spaces(os->stacks), os->reader, seen->ref.pid, seen->ref.start,
			 os_now_ns(), &space);
	if (err)
		return err;
	if (space_find(space, seen->pc, &pc) || !pc.file)
		return -ENOENT;
	size = reader_memory(os->reader, seen->ref.pid, seen->sp, words, sizeof(words));
	if (size < 0)
		return size;
	e = elf_file_export(pc.file, pc.addr);
	if (e)
		n = add(e, functions, n);
	for (size_t i = 0; i < size / sizeof(*words); i++) {
		if (space_find(space, words[i] - 1, &p) || p.file != pc.file ||
		    !follows_call(p.file, p.addr + 1))
			continue;
		e = elf_file_export(p.file, p.addr);
		if (e)
			n = add(e, functions, n);
	}
	return n;
}
