// SPDX-License-Identifier: GPL-2.0
#include "parser_check.h"

#include <errno.h>
#include <string.h>

#define LINES_MAX 100000000 /* of a source file */

/* An end, and nothing that could move a cursor; bytes past ASCII are the renderers'. */
static void check_text(char *s, size_t size)
{
	s[size - 1] = '\0';
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			*s = '?';
}

static void check_hex(char *s, size_t size)
{
	s[size - 1] = '\0';
	if (s[strspn(s, "0123456789abcdef")])
		s[0] = '\0';
}

static enum libc check_libc(enum libc libc)
{
	return libc >= LIBC_NOT_KNOWN && libc <= LIBC_STRIPPED ? libc : LIBC_NOT_KNOWN;
}

static void check_frame(const struct parser_source *given, struct parser_frame *f)
{
	f->exact_pc = f->exact_pc != 0;
	f->guessed = f->guessed != 0;
	if (f->how >= _FRAME_HOW_MAX)
		f->how = FRAME_GUESSED;
	f->mapped = f->mapped != 0;
	f->has_function = f->has_function != 0;
	f->libc = check_libc(f->libc);
	if (!parser_source_given(given, f->file))
		f->file = 0;
	check_text(f->export, sizeof(f->export));
	check_text(f->module, sizeof(f->module));
	check_hex(f->build_id, sizeof(f->build_id));
}

/* The count is read once: it could grow between two looks. */
static uint32_t count(const uint32_t *n, uint32_t most)
{
	uint32_t said = __atomic_load_n(n, __ATOMIC_RELAXED);

	return said < most ? said : most;
}

static void check_walk(const struct parser_question *q, const struct parser_source *given,
		       const struct parser_walk *said, struct parser_walk *ret)
{
	memcpy(ret, said, offsetof(struct parser_walk, frames));
	ret->n = count(&said->n, q->max < PARSER_FRAMES ? q->max : PARSER_FRAMES);
	ret->complete = ret->complete != 0;
	check_text(ret->note, sizeof(ret->note));
	memcpy(ret->frames, said->frames, ret->n * sizeof(ret->frames[0]));
	for (uint32_t i = 0; i < ret->n; i++)
		check_frame(given, &ret->frames[i]);
}

static void check_names(const struct parser_question *q, const struct parser_names *said,
			struct parser_names *ret)
{
	uint32_t n = count(&said->n, PARSER_NAMES);

	ret->n = 0;
	ret->n_asked = count(&said->n_asked, q->n_at);
	for (uint32_t i = 0; i < n; i++) {
		struct parser_name *name = &ret->names[ret->n];

		*name = said->names[i];
		if (name->at >= q->n_at)
			continue;
		if (name->line > LINES_MAX)
			name->line = 0;
		check_text(name->symbol, sizeof(name->symbol));
		check_text(name->file, sizeof(name->file));
		ret->n++;
	}
}

static void check_site(const struct parser_question *q, struct parser_site *s)
{
	check_text(s->site.function, sizeof(s->site.function));
	check_text(s->site.module, sizeof(s->site.module));
	s->site.libc = check_libc(s->site.libc);
	if (s->n_steps > SITE_FRAMES)
		s->n_steps = 0;
	for (uint32_t i = 0; i < s->n_steps; i++)
		if (s->steps[i].slot > q->n_top)
			s->n_steps = 0;
	/* kept by the pc that was asked about, and by no other */
	if (s->steps[0].pc != q->pc)
		s->n_steps = 0;
}

static void check_locks(struct parser_locks *l)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < l->n && i < LOCK_FUNCTIONS; i++) {
		l->functions[i].leads_on = l->functions[i].leads_on != 0;
		l->functions[i].inside = l->functions[i].inside != 0;
		if ((unsigned int)l->functions[i].use < _LOCK_USE_MAX &&
		    l->functions[i].kind < _UPROBE_KIND_MAX &&
		    l->functions[i].at <=
			    (uprobe_is_emulated(l->functions[i].kind) ? UPROBE_FARTHEST : 0))
			l->functions[kept++] = l->functions[i];
	}
	l->n = kept;
}

void parser_check(const struct parser_question *q, const struct parser_source *given,
		  const struct parser_shared *shared, struct parser_answer *ret)
{
	const struct parser_answer *said = &shared->answer;

	ret->result = said->result;
	if (ret->result > 0 || ret->result < -4095)
		ret->result = -EPROTO;
	switch (q->op) {
	case PARSER_WALK:
		check_walk(q, given, &said->walk, &ret->walk);
		break;
	case PARSER_NAME:
	case PARSER_FILE_NAMES:
		check_names(q, &said->names, &ret->names);
		break;
	case PARSER_SITE:
		ret->site = said->site;
		check_site(q, &ret->site);
		break;
	case PARSER_SCAN:
		ret->scan = said->scan;
		if (ret->scan.n > SITE_SCAN)
			ret->scan.n = SITE_SCAN;
		for (uint32_t i = 0; i < ret->scan.n; i++)
			check_text(ret->scan.names[i], SITE_NAME);
		break;
	case PARSER_FILE_BUILD:
		memcpy(ret->build_id, said->build_id, sizeof(ret->build_id));
		check_hex(ret->build_id, sizeof(ret->build_id));
		break;
	case PARSER_LOCKS:
		ret->locks = said->locks;
		check_locks(&ret->locks);
		break;
	default:
		ret->words = said->words;
		check_text(ret->words.line, sizeof(ret->words.line));
		check_text(ret->words.module, sizeof(ret->words.module));
		check_hex(ret->words.build_id, sizeof(ret->words.build_id));
	}
}
