// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "../os/clock.h"
#include "cfi.h"
#include "answers_private.h"
#include "perf_map.h"
#include "sigframe.h"

static bool is_sigreturn(const struct place *p)
{
	uint8_t code[SIGFRAME_CODE];

	return sigframe_is_return(code, elf_file_bytes(p->file, p->addr, code, sizeof(code)));
}

static struct parser_name *new_name(struct parser_names *ret, uint32_t at)
{
	struct parser_name *n = &ret->names[ret->n];

	*n = (struct parser_name){.at = at};
	return n;
}

static void set_line(struct parser_name *n, const char *file, uint32_t line)
{
	if (!file)
		return;
	snprintf(n->file, sizeof(n->file), "%s", answers_base_name(file));
	n->line = line;
}

/* What was inlined there goes before the frame that it is in; each has the line it is at. */
void answers_name(const struct unwound_frame *f, uint32_t at, struct parser_names *ret)
{
	const struct elf_place *p;
	struct parser_name *to;
	const char *file;
	uint32_t line;

	/* Where a signal handler returns to has no name in a stripped libc. */
	if (cfi_is_signal(f->place.file, f->place.addr) ||
	    (!f->exact_pc && is_sigreturn(&f->place))) {
		to = new_name(ret, at);
		snprintf(to->symbol, sizeof(to->symbol), "<signal handler called>");
		ret->n++; /* as debuggers say */
		return;
	}
	p = elf_file_place(f->place.file, unwound_lookup(f));
	file = p ? p->file : NULL;
	line = p ? p->line : 0;
	/* The frames to come keep their room. */
	for (size_t i = 0; p && i < p->n_inlined && ret->n + PARSER_FRAMES - at < PARSER_NAMES;
	     i++) {
		to = new_name(ret, at);
		to->inlined = true;
		snprintf(to->symbol, sizeof(to->symbol), "%s", p->inlined[i].name);
		set_line(to, file, line);
		file = p->inlined[i].call_file;
		line = p->inlined[i].call_line;
		ret->n++;
	}
	if (!p || (!p->symbol && !file && !p->n_inlined))
		return;
	to = new_name(ret, at);
	set_line(to, file, line);
	if (p->symbol) {
		snprintf(to->symbol, sizeof(to->symbol), "%s", p->symbol);
		to->symbol_offset = f->place.addr - p->symbol_start;
	}
	ret->n++;
}

/* As the walk had it: looked up where the call is, which may be the last byte of its mapping. */
static bool place_of(struct space *space, const struct parser_at *at, struct unwound_frame *ret)
{
	*ret = (struct unwound_frame){.pc = at->pc, .exact_pc = at->exact_pc};
	if (space_find(space, at->exact_pc ? at->pc : at->pc - 1, &ret->place))
		return false;
	if (!at->exact_pc)
		ret->place.addr++;
	return true;
}

/* Code that the process made itself: all addresses of a question in one go. */
struct jit {
	struct jit_name names[PARSER_FRAMES];
	size_t n;
};

static void ask_jit(const struct answers *e, struct jit *jit)
{
	const struct source *source = e->spaces.source;
	int fd = jit->n && source->perf_map ? source->perf_map(source->ctx) : -ENOENT;
	uint64_t now = os_now_ns();

	if (fd < 0)
		return;
	/* Half of the time is for other names: it is read anew each time, and would take it all. */
	if (now < e->deadline_ns)
		perf_map_names(fd, jit->names, jit->n, now + (e->deadline_ns - now) / 2);
	close(fd);
}

static void find_jit(struct answers *e, struct space *space, const struct parser_question *q,
		     struct jit *jit)
{
	jit->n = 0;
	for (uint32_t i = 0; i < q->n_at && i < PARSER_FRAMES; i++) {
		struct unwound_frame f;

		if (place_of(space, &q->at[i], &f) && !f.place.file)
			jit->names[jit->n++] = (struct jit_name){.pc = unwound_pc(&f)};
	}
	ask_jit(e, jit);
}

static void name_jit(const struct unwound_frame *f, uint32_t at, const struct jit *jit,
		     struct parser_names *ret)
{
	for (size_t i = 0; i < jit->n; i++) {
		const struct jit_name *j = &jit->names[i];
		struct parser_name *to;

		if (j->pc != unwound_pc(f) || !j->name)
			continue;
		to = new_name(ret, at);
		snprintf(to->symbol, sizeof(to->symbol), "%s", j->name);
		to->symbol_offset = f->pc - j->start;
		ret->n++;
		return;
	}
}

static int name_all(struct answers *e, struct space *space, const struct parser_question *q,
		    const struct jit *jit, struct parser_names *ret)
{
	for (uint32_t i = 0; i < q->n_at && i < PARSER_FRAMES && ret->n < PARSER_NAMES; i++) {
		struct unwound_frame f;

		if (os_now_ns() > e->deadline_ns)
			return -ETIME;
		if (place_of(space, &q->at[i], &f) && f.place.file) {
			space_make_room(space, f.place.file);
			answers_name(&f, i, ret);
		} else if (f.place.map) {
			name_jit(&f, i, jit, ret);
		}
		ret->n_asked = i + 1;
	}
	return 0;
}

int answers_names(struct answers *e, struct space *space, const struct parser_question *q,
		  struct parser_names *ret)
{
	struct jit jit;
	int err;

	ret->n = ret->n_asked = 0;
	find_jit(e, space, q, &jit);
	err = name_all(e, space, q, &jit, ret);
	jit_names_free(jit.names, jit.n);
	return err;
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
	space_make_room(space, p.file);
	if (p.file)
		e = elf_file_place(p.file, lookup_of(&p));
	if (e && e->file)
		snprintf(line, sizeof(line), " %.255s:%" PRIu32, answers_base_name(e->file),
			 e->line);
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
