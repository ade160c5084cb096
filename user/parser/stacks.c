// SPDX-License-Identifier: GPL-2.0
/*
 * Stacks of sleeping threads, with names.
 *
 * All that parses a target's files is behind this interface, which takes bytes
 * and descriptors (reader.h) and no paths: it can move to a process of its own
 * without a change for those who call it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cfi.h"
#include "demangle.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "../os/reader.h"
#include "stacks.h"
#include "unwind.h"

#define STACK_NS 1000000000ull /* for the unwinding of one stack */

struct frame_text {
	char symbol[DEMANGLED_MAX];
	char file[256];
	char module[ELF_NAME_MAX];
	char build_id[ELF_BUILD_ID_MAX];
};

struct stacks {
	struct spaces spaces;
	struct memory *memory;
	struct unwound unwound;
	struct fact_frame frames[UNWIND_MAX + STACK_INLINED_MAX];
	struct frame_text texts[UNWIND_MAX + STACK_INLINED_MAX];
	size_t n, inlined_left;
};

int stacks_new(struct stacks **ret)
{
	struct stacks *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	if (memory_new(&s->memory)) {
		free(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

void stacks_free(struct stacks *s)
{
	if (!s)
		return;
	spaces_free(&s->spaces);
	memory_free(s->memory);
	free(s);
}

struct spaces *stacks_spaces(struct stacks *s)
{
	return &s->spaces;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void module_name(const struct place *p, char *buf, size_t size)
{
	const char *name = p->file ? p->file->name : p->map ? base_name(p->map->path) : "";

	snprintf(buf, size, "%s", *name ? name : p->map ? "[anonymous]" : "[unmapped]");
}

static void set_text(const char *from, char *to, size_t size, const char **ret)
{
	if (!from)
		return;
	snprintf(to, size, "%s", from);
	*ret = to;
}

/* The frame as it is known without names. */
static struct fact_frame *bare_frame(struct stacks *s, const struct unwound_frame *f)
{
	struct frame_text *t = &s->texts[s->n];
	struct fact_frame *ret = &s->frames[s->n++];

	*ret = (struct fact_frame){
		.offset = f->place.map ? f->place.addr : f->pc,
		.guessed = f->guessed,
		.module = t->module,
	};
	module_name(&f->place, t->module, sizeof(t->module));
	if (f->place.file && f->place.file->build_id[0])
		set_text(f->place.file->build_id, t->build_id, sizeof(t->build_id), &ret->build_id);
	return ret;
}

static void set_line(struct stacks *s, struct fact_frame *frame, const char *file, uint32_t line)
{
	struct frame_text *t = &s->texts[frame - s->frames];

	if (!file)
		return;
	set_text(base_name(file), t->file, sizeof(t->file), &frame->file);
	frame->line = line;
}

static void set_symbol(struct stacks *s, struct fact_frame *frame, const char *symbol)
{
	struct frame_text *t = &s->texts[frame - s->frames];

	set_text(symbol, t->symbol, sizeof(t->symbol), &frame->symbol);
}

/* What was inlined at the address goes before the frame that it is in; each has the line it calls
 * at. */
static void state_named(struct stacks *s, const struct unwound_frame *f)
{
	const struct elf_place *p = elf_file_place(f->place.file, unwound_lookup(f));
	const char *file = p ? p->file : NULL;
	uint32_t line = p ? p->line : 0;
	struct fact_frame *frame;

	for (size_t i = 0; p && i < p->n_inlined && s->inlined_left; i++, s->inlined_left--) {
		frame = bare_frame(s, f);
		frame->inlined = true;
		set_symbol(s, frame, p->inlined[i].name);
		set_line(s, frame, file, line);
		file = p->inlined[i].call_file;
		line = p->inlined[i].call_line;
	}
	frame = bare_frame(s, f);
	set_line(s, frame, file, line);
	if (p && p->symbol) {
		set_symbol(s, frame, p->symbol);
		frame->symbol_offset = f->place.addr - p->symbol_start;
	}
}

static void state_frame(struct stacks *s, const struct unwound_frame *f, bool with_symbols)
{
	if (!f->place.file || !with_symbols)
		bare_frame(s, f);
	/* Where a signal handler returns to has no name in a stripped libc. */
	else if (cfi_is_signal(f->place.file, f->place.addr))
		bare_frame(s, f)->symbol = "<signal handler called>"; /* as debuggers say */
	else
		state_named(s, f);
}

/* Did it run since it was seen? Then what was copied may be of two moments. */
static bool has_moved(struct os *os, const struct seen *seen)
{
	struct proc_status now;

	if (!seen->nvcsw && !seen->nivcsw) /* not known */
		return false;
	return proc_status(os->proc_fd, seen->ref.pid, seen->ref.tid, &now) ||
	       now.nvcsw != seen->nvcsw || now.nivcsw != seen->nivcsw;
}

int stacks_unwind(struct stacks *s, struct os *os, const struct seen *seen, size_t max,
		  bool with_symbols, struct fact_stack *ret)
{
	uint64_t now = os_now_ns();
	struct unwound *u = &s->unwound;
	struct space *space;
	int err;

	if (seen->compat)
		return -ENOTSUP;
	if (!seen->sp || seen->kthread)
		return -ENODATA;
	err = spaces_get(&s->spaces, os->reader, seen->ref.pid, seen->ref.start, now, &space);
	if (!err)
		err = memory_begin(s->memory, os->reader, seen->ref.pid, seen->sp,
				   space_mapping_end(space, seen->sp), MEMORY_TOP);
	if (err)
		return err;
	unwind(space, s->memory, seen, max, with_symbols, now + STACK_NS, u);
	if (has_moved(os, seen)) {
		u->complete = false;
		u->note = "it ran while its stack was read";
	}
	s->n = 0;
	s->inlined_left = STACK_INLINED_MAX;
	for (size_t i = 0; i < u->n; i++)
		state_frame(s, &u->frames[i], with_symbols);
	*ret = (struct fact_stack){
		.ref = seen->ref,
		.frames = s->frames,
		.n_frames = s->n,
		.complete = u->complete,
		.note = u->note,
	};
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

int stacks_name(struct stacks *s, struct os *os, pid_t pid, uint64_t pc, char *buf, size_t size)
{
	const struct elf_place *e = NULL;
	char module[ELF_NAME_MAX], line[300] = "";
	struct space *space;
	struct place p;
	int err = spaces_get(&s->spaces, os->reader, pid, 0, os_now_ns(), &space);

	if (!err)
		err = space_find(space, pc, &p);
	if (err)
		return err;
	module_name(&p, module, sizeof(module));
	if (p.file)
		e = elf_file_place(p.file, lookup_of(&p));
	if (e && e->file)
		snprintf(line, sizeof(line), " %.255s:%" PRIu32, base_name(e->file), e->line);
	if (e && e->symbol)
		snprintf(buf, size, "%s+0x%" PRIx64 "%s (%s)", e->symbol, p.addr - e->symbol_start,
			 line, module);
	else
		snprintf(buf, size, "0x%" PRIx64 "%s (%s)", p.addr, line, module);
	return 0;
}

int stacks_variable(struct stacks *s, struct os *os, pid_t pid, uint64_t addr, char *buf,
		    size_t size)
{
	char name[256], module[ELF_NAME_MAX];
	struct space *space;
	uint64_t offset;
	struct place p;
	int err = spaces_get(&s->spaces, os->reader, pid, 0, os_now_ns(), &space);

	if (err)
		return err;
	if (space_find_data(space, addr, &p) || !p.file ||
	    elf_file_object(p.file, p.addr, name, sizeof(name), &offset))
		return -ENOENT;
	module_name(&p, module, sizeof(module));
	if (offset)
		snprintf(buf, size, "%s+0x%" PRIx64 " (%s)", name, offset, module);
	else
		snprintf(buf, size, "%s (%s)", name, module);
	return 0;
}
