// SPDX-License-Identifier: GPL-2.0
/*
 * Stacks of sleeping threads as facts. The frames come first and the names
 * later, so that no frame is lost to a name that cannot be found.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "os.h"
#include "parser.h"
#include "proc.h"
#include "stacks.h"

struct stacks {
	struct parser_walk walk;
	struct parser_names names;
	struct parser_words words;
	struct fact_frame frames[PARSER_FRAMES + STACK_INLINED_MAX];
	size_t n, inlined_left;
	char note[2 * PARSER_NOTE + 64];
};

int stacks_new(struct stacks **ret)
{
	struct stacks *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	*ret = s;
	return 0;
}

void stacks_free(struct stacks *s)
{
	free(s);
}

/* What was called returns to behind its call; only a signal comes in anywhere. */
static struct fact_frame *add_frame(struct stacks *s, uint32_t i)
{
	const struct parser_frame *f = &s->walk.frames[i];
	struct fact_frame *ret = &s->frames[s->n++];

	*ret = (struct fact_frame){
		.offset = f->addr,
		.guessed = f->guessed,
		.interrupted = f->exact_pc && i,
		.how = f->how,
		.module = f->module,
		.build_id = f->build_id[0] ? f->build_id : NULL,
	};
	return ret;
}

static void set_name(const struct parser_name *n, struct fact_frame *f)
{
	f->inlined = n->inlined;
	if (n->symbol[0]) {
		f->symbol = n->symbol;
		f->symbol_offset = n->symbol_offset;
	}
	if (n->file[0]) {
		f->file = n->file;
		f->line = n->line;
	}
}

/* Frames, and before each the functions that were inlined there. */
static void state_frames(struct stacks *s)
{
	uint32_t k = 0;

	s->n = 0;
	s->inlined_left = STACK_INLINED_MAX;
	for (uint32_t i = 0; i < s->walk.n; i++) {
		const struct parser_name *own = NULL;
		struct fact_frame *f;

		for (; k < s->names.n && s->names.names[k].at == i; k++) {
			const struct parser_name *n = &s->names.names[k];

			if (!n->inlined)
				own = n;
			else if (s->inlined_left && s->inlined_left--)
				set_name(n, add_frame(s, i));
		}
		f = add_frame(s, i);
		if (own)
			set_name(own, f);
	}
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

/* Returns why some are missing; NULL: all that can be known are there. */
static const char *find_names(struct stacks *s, struct os *os, pid_t pid, bool *ret_later)
{
	if (s->walk.n == 0)
		return NULL;
	*ret_later = parser_names(os, pid, &s->walk, &s->names) == -EINPROGRESS;
	return *ret_later ? "they take long, and may follow" : parser_failed(os);
}

static const char *note_of(struct stacks *s, const char *cut, const char *unnamed)
{
	if (!unnamed)
		return cut;
	snprintf(s->note, sizeof(s->note), "%s%snames could not all be read: %s", cut ? cut : "",
		 cut ? "; " : "", unnamed);
	return s->note;
}

int stacks_unwind(struct stacks *s, struct os *os, const struct seen *seen, size_t max,
		  bool with_symbols, struct fact_stack *ret)
{
	const struct parser_walking how = {.max = max, .with_debug = with_symbols};
	const char *note, *unnamed = NULL;
	bool later, names_later = false;
	int err;

	if (seen->compat)
		return -ENOTSUP;
	if (!seen->sp || seen->kthread)
		return -ENODATA;
	err = parser_walk(os, seen, &how, &s->walk);
	if (err)
		return err;
	note = s->walk.complete ? NULL : s->walk.note;
	later = parser_later(os);
	if (has_moved(os, seen))
		note = "it ran while its stack was read";
	s->names.n = 0;
	if (with_symbols)
		unnamed = find_names(s, os, seen->ref.pid, &names_later);
	state_frames(s);
	*ret = (struct fact_stack){
		.ref = seen->ref,
		.frames = s->frames,
		.n_frames = s->n,
		.complete = !note,
		.note = note_of(s, note, unnamed),
		.names_later = later || names_later,
	};
	return 0;
}

int stacks_name(struct stacks *s, struct os *os, pid_t pid, uint64_t pc, struct fact_hold *ret)
{
	struct parser_words *w = &s->words;
	int err = parser_address(os, pid, pc, w);

	if (err)
		return err;
	ret->taken_at = w->line;
	ret->taken_module = w->module;
	ret->taken_build_id = w->build_id[0] ? w->build_id : NULL;
	ret->taken_offset = w->addr;
	return 0;
}

int stacks_variable(struct stacks *s, struct os *os, pid_t pid, uint64_t addr, char *buf,
		    size_t size)
{
	int err = parser_variable(os, pid, addr, &s->words);

	if (!err)
		snprintf(buf, size, "%s", s->words.line);
	return err;
}
