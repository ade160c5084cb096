// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../os/clock.h"
#include "cfi.h"
#include "answers_private.h"
#include "sigframe.h"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool is_sigreturn(const struct place *p)
{
	uint8_t code[SIGFRAME_CODE];

	return sigframe_is_return(code, elf_file_bytes(p->file, p->addr, code, sizeof(code)));
}

void answers_name(const struct unwound_frame *f, uint32_t at, struct parser_names *names)
{
	struct parser_name *ret = &names->names[names->n];
	const struct elf_place *p;

	*ret = (struct parser_name){.at = at};
	/* Where a signal handler returns to has no name in a stripped libc. */
	if (cfi_is_signal(f->place.file, f->place.addr) ||
	    (!f->exact_pc && is_sigreturn(&f->place))) {
		snprintf(ret->symbol, sizeof(ret->symbol), "<signal handler called>");
		names->n++; /* as debuggers say */
		return;
	}
	p = elf_file_place(f->place.file, unwound_lookup(f));
	if (p && p->symbol) {
		snprintf(ret->symbol, sizeof(ret->symbol), "%s", p->symbol);
		ret->symbol_offset = f->place.addr - p->symbol_start;
	}
	if (p && p->file) {
		snprintf(ret->file, sizeof(ret->file), "%s", base_name(p->file));
		ret->line = p->line;
	}
	names->n += p && (p->symbol || p->file);
}

/* As the walk had it: looked up where the call is, which may be the last byte of its mapping. */
static bool place_of(struct space *space, const struct parser_at *at, struct unwound_frame *ret)
{
	*ret = (struct unwound_frame){.pc = at->pc, .exact_pc = at->exact_pc};
	if (space_find(space, at->exact_pc ? at->pc : at->pc - 1, &ret->place) || !ret->place.file)
		return false;
	if (!at->exact_pc)
		ret->place.addr++;
	return true;
}

int answers_names(struct answers *e, struct space *space, const struct parser_question *q,
		  struct parser_names *ret)
{
	ret->n = ret->n_asked = 0;
	for (uint32_t i = 0; i < q->n_at && i < PARSER_FRAMES && ret->n < PARSER_NAMES; i++) {
		struct unwound_frame f;

		if (os_now_ns() > e->deadline_ns)
			return -ETIME;
		if (place_of(space, &q->at[i], &f))
			answers_name(&f, i, ret);
		ret->n_asked = i + 1;
	}
	return 0;
}

/* The call before pc, if pc is a return address; pc itself if a function starts there. */
static uint64_t lookup_of(const struct place *p)
{
	uint64_t start;

	if (!p->addr || (!elf_file_function(p->file, p->addr, &start) && start == p->addr))
		return p->addr;
	return p->addr - 1;
}

static void state_place(const struct place *p, struct parser_words *ret)
{
	answers_module(p, ret->module, sizeof(ret->module));
	ret->addr = p->addr;
	snprintf(ret->build_id, sizeof(ret->build_id), "%s", p->file ? p->file->build_id : "");
}

int answers_address(struct space *space, uint64_t pc, struct parser_words *ret)
{
	const struct elf_place *e = NULL;
	char line[300] = "";
	struct place p;
	int err = space_find(space, pc, &p);

	if (err)
		return err;
	state_place(&p, ret);
	if (p.file)
		e = elf_file_place(p.file, lookup_of(&p));
	if (e && e->file)
		snprintf(line, sizeof(line), " %.255s:%" PRIu32, base_name(e->file), e->line);
	if (e && e->symbol)
		snprintf(ret->line, PARSER_LINE, "%s+0x%" PRIx64 "%s (%s)", e->symbol,
			 p.addr - e->symbol_start, line, ret->module);
	else
		snprintf(ret->line, PARSER_LINE, "0x%" PRIx64 "%s (%s)", p.addr, line, ret->module);
	return 0;
}

int answers_variable(struct space *space, uint64_t addr, struct parser_words *ret)
{
	char name[256];
	uint64_t offset;
	struct place p;

	if (space_find_data(space, addr, &p) || !p.file ||
	    elf_file_object(p.file, p.addr, name, sizeof(name), &offset))
		return -ENOENT;
	state_place(&p, ret);
	if (offset)
		snprintf(ret->line, PARSER_LINE, "%s+0x%" PRIx64 " (%s)", name, offset,
			 ret->module);
	else
		snprintf(ret->line, PARSER_LINE, "%s (%s)", name, ret->module);
	return 0;
}
