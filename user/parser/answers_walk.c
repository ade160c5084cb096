// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <string.h>

#include "answers_private.h"

void answers_thread(const struct parser_question *q, struct seen *ret)
{
	ret->sp = q->sp;
	ret->pc = q->pc;
	ret->have_regs = q->have_regs;
	memcpy(ret->regs, q->regs, sizeof(ret->regs));
}

const char *answers_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void answers_module(const struct place *p, char *buf, size_t size)
{
	const char *name = p->file ? p->file->name : p->map ? answers_base_name(p->map->path) : "";

	snprintf(buf, size, "%s", *name ? name : p->map ? "[anonymous]" : "[unmapped]");
}

static void function_of(const struct unwound_frame *f, struct parser_frame *ret)
{
	uint64_t lookup = unwound_lookup(f);
	const struct elf_export *e = elf_file_export(f->place.file, lookup);

	ret->libc = elf_file_libc(f->place.file);
	ret->has_function = !elf_file_function(f->place.file, lookup, &ret->function);
	snprintf(ret->export, sizeof(ret->export), "%s", e ? e->name : "");
}

static void tell_frame(const struct unwound_frame *f, bool functions, struct parser_frame *ret)
{
	const struct elf_file *file = f->place.file;

	*ret = (struct parser_frame){
		.pc = f->pc,
		.sp = f->sp,
		.pc_slot = f->pc_slot,
		.addr = f->place.map ? f->place.addr : f->pc,
		.file = file ? file->number : 0,
		.exact_pc = f->exact_pc,
		.guessed = f->guessed,
		.how = f->how,
		.mapped = f->place.map != NULL,
	};
	answers_module(&f->place, ret->module, sizeof(ret->module));
	if (!file)
		return;
	memcpy(ret->build_id, file->build_id, sizeof(ret->build_id));
	if (functions)
		function_of(f, ret);
}

int answers_walk(struct answers *e, struct space *space, const struct parser_question *q,
		 struct parser_walk *ret)
{
	struct unwound *u = &e->unwound;
	struct seen thread;

	answers_thread(q, &thread);
	ret->n = 0;
	unwind(space, e->memory, &thread, q->max, q->debug, e->deadline_ns, u);
	ret->complete = u->complete;
	snprintf(ret->note, sizeof(ret->note), "%s", u->note ? u->note : "");
	for (size_t i = 0; i < u->n; i++) {
		tell_frame(&u->frames[i], q->functions, &ret->frames[i]);
		ret->n = i + 1;
	}
	return 0;
}
