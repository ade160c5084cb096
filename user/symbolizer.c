// SPDX-License-Identifier: GPL-2.0
#include "symbolizer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "known_names.h"
#include "taken_names.h"

struct symbolizer {
	struct known_names *names;
	struct arena arena; /* of the report at hand */
	const struct engine_out *to;
};

int symbolizer_new(struct debug_index *index, struct parser_files *parser, struct symbolizer **ret)
{
	struct symbolizer *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	if (known_names_new(index, parser, &s->names)) {
		free(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

void symbolizer_free(struct symbolizer *s)
{
	if (!s)
		return;
	known_names_free(s->names);
	arena_free(&s->arena);
	free(s);
}

/*
 * Not of the kernel, nor where file and line are there already, or what was
 * inlined: they have come together.
 */
static bool wants_name(const struct report_stack *st, size_t i)
{
	const struct fact_frame *f = &st->frames[i];

	return f->build_id && !f->file && !f->inlined && !(i && st->frames[i - 1].inlined);
}

/* A return address is past its call; the innermost frame, and what a signal interrupted, is not. */
static bool is_exact(const struct report_stack *st, size_t i)
{
	const struct fact_frame *inner;

	if (st->frames[i].interrupted)
		return true;
	while (i && st->frames[i - 1].inlined)
		i--;
	inner = i ? &st->frames[i - 1] : NULL;
	return !inner || frame_is_kernel(inner) ||
	       (inner->symbol && strcmp(inner->symbol, "<signal handler called>") == 0);
}

static int want_names(struct symbolizer *s, const struct report_stack *st)
{
	int err = 0;

	for (size_t i = 0; !err && i < st->n_frames; i++) {
		const struct fact_frame *f = &st->frames[i];
		const struct parser_at at = {f->offset, is_exact(st, i)};

		const char *module = f->module ? f->module : "?";

		if (wants_name(st, i))
			err = known_names_want(s->names, f->build_id, module, &at);
		else if (f->build_id)
			err = known_names_has_lines(s->names, f->build_id, module);
	}
	return err;
}

/* A symbol stays: it is what the report's own words, and its signature, are made of. */
static void name_frame(struct fact_frame *f, const struct known_name *name)
{
	if (!f->symbol && name->symbol) {
		f->symbol = name->symbol;
		f->symbol_offset = name->symbol_offset;
	}
	if (name->file) {
		f->file = name->file;
		f->line = name->line;
	}
}

static const struct known_name *name_of(const struct symbolizer *s, const struct report_stack *st,
					size_t i)
{
	const struct parser_at at = {st->frames[i].offset, is_exact(st, i)};

	return wants_name(st, i) ? known_names_find(s->names, st->frames[i].build_id, &at) : NULL;
}

/* What was inlined goes before the frame that it is in. */
static size_t add_frames(const struct fact_frame *f, const struct known_name *name,
			 struct fact_frame *to)
{
	size_t n = 0;

	for (; name && n < name->n_inlined; n++) {
		to[n] = *f;
		to[n].inlined = true;
		to[n].symbol = name->inlined[n].symbol;
		to[n].symbol_offset = 0;
		to[n].file = name->inlined[n].file;
		to[n].line = name->inlined[n].line;
	}
	to[n] = *f;
	if (name)
		name_frame(&to[n], name);
	return n + 1;
}

static int name_stack(struct symbolizer *s, struct report_stack *st)
{
	struct fact_frame *frames;
	size_t n = st->n_frames, used = 0;

	for (size_t i = 0; i < st->n_frames; i++) {
		const struct known_name *name = name_of(s, st, i);

		n += name ? name->n_inlined : 0;
	}
	frames = arena_array(&s->arena, n, sizeof(*frames));
	if (!frames)
		return -ENOMEM;
	for (size_t i = 0; i < st->n_frames; i++)
		used += add_frames(&st->frames[i], name_of(s, st, i), frames + used);
	st->frames = frames;
	st->n_frames = used;
	return 0;
}

static int name_holders(struct symbolizer *s, struct report_resource *r)
{
	struct report_holder *holders = arena_array(&s->arena, r->n_holders, sizeof(*holders));
	int err = holders ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < r->n_holders; i++) {
		holders[i] = r->holders[i];
		err = taken_name(s->names, &s->arena, &holders[i].fact);
	}
	r->holders = holders;
	return err;
}

int symbolizer_name(struct symbolizer *s, const struct report *r, struct report *ret)
{
	struct report_resource *resources;
	struct report_stack *stacks;
	int err = 0;

	for (size_t i = 0; !err && i < r->n_stacks; i++)
		err = want_names(s, &r->stacks[i]);
	for (size_t i = 0; !err && i < r->n_resources; i++)
		err = taken_want(s->names, &r->resources[i]);
	if (!err)
		err = known_names_ask(s->names);
	if (err)
		return err;
	arena_reset(&s->arena);
	stacks = arena_array(&s->arena, r->n_stacks, sizeof(*stacks));
	resources = arena_array(&s->arena, r->n_resources, sizeof(*resources));
	if (!stacks || !resources)
		return -ENOMEM;
	for (size_t i = 0; !err && i < r->n_stacks; i++) {
		stacks[i] = r->stacks[i];
		err = name_stack(s, &stacks[i]);
	}
	for (size_t i = 0; !err && i < r->n_resources; i++) {
		resources[i] = r->resources[i];
		err = name_holders(s, &resources[i]);
	}
	*ret = *r;
	ret->stacks = stacks;
	ret->resources = resources;
	return err;
}

void symbolizer_summary(const struct symbolizer *s)
{
	known_names_summary(s->names);
}

static int on_session(void *ctx, const struct fact_session *session)
{
	const struct engine_out *to = ((struct symbolizer *)ctx)->to;

	return to->session ? to->session(to->ctx, session) : 0;
}

static int on_note(void *ctx, const struct fact_note *note)
{
	const struct engine_out *to = ((struct symbolizer *)ctx)->to;

	return to->note ? to->note(to->ctx, note) : 0;
}

static int on_report(void *ctx, const struct report *r)
{
	struct symbolizer *s = ctx;
	struct report named;
	int err;

	if (!s->to->report)
		return 0;
	err = symbolizer_name(s, r, &named);
	return err ? err : s->to->report(s->to->ctx, &named);
}

static int on_end(void *ctx, const struct report_end *end)
{
	const struct engine_out *to = ((struct symbolizer *)ctx)->to;

	return to->end ? to->end(to->ctx, end) : 0;
}

static bool keeps_back(void *ctx, const struct report *r)
{
	const struct engine_out *to = ((struct symbolizer *)ctx)->to;

	return to->keeps_back(to->ctx, r);
}

void symbolizer_out(struct symbolizer *s, const struct engine_out *to, struct engine_out *ret)
{
	s->to = to;
	*ret = (struct engine_out){.session = on_session,
				   .note = on_note,
				   .report = on_report,
				   .end = on_end,
				   .ctx = s};
	if (to->keeps_back)
		ret->keeps_back = keeps_back;
}
