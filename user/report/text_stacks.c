// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <string.h>

#include "text_parts.h"
#include "utf8.h"
#include "words.h"

/* Past this a stack is read in JSON; the ends of it are what tells. */
#define FRAMES_SHOWN 24
#define NAMES_SHOWN  6

void text_stack_owners(struct render *out, const struct report *r, size_t stack)
{
	char name[WORDS];
	size_t n = 0;

	for (size_t i = 0; i < r->n_threads; i++) {
		if (r->threads[i].stack != stack)
			continue;
		if (n < NAMES_SHOWN)
			fprintf(out->out, "%s%s", n ? ", " : "", words_thread(r, i, name));
		n++;
	}
	if (n > NAMES_SHOWN)
		fprintf(out->out, " and %zu more", n - NAMES_SHOWN);
}

/* How a frame was found that no unwind table proves. */
static const char *how(enum frame_how v)
{
	switch (v) {
	case FRAME_FP:
		return "  (by frame pointer)";
	case FRAME_GUESSED:
		return "  (guessed)";
	case FRAME_SCAN:
		return "  (found on the stack, others may be missing)";
	default: /* an old trace */
		return "";
	}
}

static void frame_line(struct render *out, const struct fact_frame *f)
{
	char module[96], symbol[WORDS], file[WORDS], place[WORDS * 2] = "";

	utf8_shown(f->module ? f->module : "?", module, sizeof(module));
	if (f->symbol && frame_is_kernel(f))
		utf8_shown(f->symbol, symbol, sizeof(symbol));
	else if (f->symbol && f->inlined)
		snprintf(symbol, sizeof(symbol), "%.200s (inlined)",
			 utf8_shown(f->symbol, file, sizeof(file)));
	else if (f->symbol)
		snprintf(symbol, sizeof(symbol), "%.200s+0x%" PRIx64,
			 utf8_shown(f->symbol, file, sizeof(file)), f->symbol_offset);
	else
		snprintf(symbol, sizeof(symbol), "0x%" PRIx64, f->offset);
	if (f->file)
		snprintf(place, sizeof(place), "  %s:%u", utf8_shown(f->file, file, sizeof(file)),
			 f->line);
	fprintf(out->out, "    %s %-40s %s%s%s\n", f->guessed ? "?" : " ", symbol, module, place,
		f->guessed ? how(f->how) : "");
}

/* How every system call is entered tells nothing. */
static bool is_entry(const struct fact_frame *f)
{
	return f->symbol && frame_is_kernel(f) &&
	       (strcmp(f->symbol, "do_syscall_64") == 0 ||
		strncmp(f->symbol, "entry_SYSCALL", 13) == 0 || strcmp(f->symbol, "el0_svc") == 0);
}

void text_stack(struct render *out, const struct report *r, size_t stack)
{
	const struct report_stack *s = &r->stacks[stack];
	char note[WORDS];

	for (size_t i = 0; i < s->n_frames && i < FRAMES_SHOWN; i++) {
		if (!is_entry(&s->frames[i]))
			frame_line(out, &s->frames[i]);
	}
	if (s->n_frames > FRAMES_SHOWN)
		fprintf(out->out, "      ... %zu more\n", s->n_frames - FRAMES_SHOWN);
	if (s->note)
		fprintf(out->out, "      (%s)\n", utf8_shown(s->note, note, sizeof(note)));
}

void text_stacks(struct render *out, const struct report *r)
{
	for (size_t i = 0; i < r->n_stacks; i++) {
		fputs("  ", out->out);
		text_stack_owners(out, r, i);
		fputc('\n', out->out);
		text_stack(out, r, i);
		fputc('\n', out->out);
	}
}
