// SPDX-License-Identifier: GPL-2.0
/*
 * Walking up a stack that was copied, not stopped.
 *
 * With all registers the unwind tables are enough. By /proc only the stack
 * pointer and the pc are known; a frame pointer that is needed is recovered
 * (recover.h), and what is found this way is marked as guessed. Nothing is
 * guessed where the tables give an answer.
 *
 * A stack is complete only if the tables of its last frame say that nobody
 * called it. To run out of tables is not an end.
 */
#include <errno.h>
#include <string.h>

#include "../os/clock.h"
#include "recover.h"

static void first_registers(const struct seen *seen, struct regs *r)
{
	r->known = 0;
	if (seen->have_regs) {
		for (int i = 0; i < REGS_N && i < SEEN_REGS; i++)
			regs_set(r, i, seen->regs[i]);
		return;
	}
	regs_set(r, REG_SP, seen->sp);
#ifdef __x86_64__
	regs_set(r, REG_RA, seen->pc);
#endif
}

/* Returns NULL if *ret was found, else why not; "" at the root. */
static const char *one_step(struct walk *w, const struct unwound_frame *f, struct cfi_step *ret,
			    bool *ret_guessed)
{
	enum cfi_result r = CFI_NONE;
	uint64_t fp;

	if (f->place.file)
		r = cfi_step(f->place.file, unwound_lookup(f), w->debug, &w->regs, w->memory, ret);
	if (r == CFI_OK)
		return NULL;
	if (r == CFI_ROOT)
		return "";
	if (r == CFI_NO_MEMORY)
		return "the stack's memory could not be read";
	if (r == CFI_BAD)
		return "the unwind tables could not be read";
	*ret_guessed = true;
	if (r == CFI_NONE && !recover_step(w, ret))
		return NULL;
	/* A known frame pointer that led nowhere: one that the function uses for other things. */
	if ((r == CFI_NEEDS_REGISTER && regs_known(&w->regs, REG_FP)) ||
	    recover_frame_pointer(w, f, &fp))
		return r == CFI_NONE ? "no unwind tables there" : "the frame pointer is not known";
	regs_set(&w->regs, REG_FP, fp);
	if (r == CFI_NONE)
		return recover_step(w, ret) ? "no unwind tables there" : NULL;
	r = cfi_step(f->place.file, unwound_lookup(f), w->debug, &w->regs, w->memory, ret);
	return r == CFI_ROOT ? "" : r ? "the frame pointer is not known" : NULL;
}

static void add_frame(struct walk *w, uint64_t pc, uint64_t slot, bool exact, bool guessed)
{
	struct unwound_frame *f = &w->out->frames[w->out->n++];

	*f = (struct unwound_frame){
		.pc = pc,
		.sp = w->regs.v[REG_SP],
		.pc_slot = slot,
		.exact_pc = exact,
		.guessed = guessed,
	};
	/* Looked up where the call is: it may be the last byte of its mapping. */
	if (space_find(w->space, exact ? pc : pc - 1, &f->place))
		memset(&f->place, 0, sizeof(f->place));
	else if (!exact)
		f->place.addr++;
}

void unwind(struct space *s, struct memory *m, const struct seen *seen, size_t max, bool debug,
	    uint64_t deadline_ns, struct unwound *ret)
{
	struct walk w = {.space = s, .memory = m, .debug = debug, .out = ret};
	const char *end = "it has more frames than are shown";

	w.stack_end = space_mapping_end(s, seen->sp);
	ret->n = 0;
	ret->complete = false;
	if (max > UNWIND_MAX)
		max = UNWIND_MAX;
	first_registers(seen, &w.regs);
	if (max)
		add_frame(&w, seen->pc, 0, true, false);
	while (ret->n < max) {
		const struct unwound_frame *f = &ret->frames[ret->n - 1];
		bool guessed = false;
		struct cfi_step step;

		if (os_now_ns() > deadline_ns) {
			end = "it took too long to unwind";
			break;
		}
		if (!f->place.map) {
			end = "it leads to where no code is";
			break;
		}
		end = one_step(&w, f, &step, &guessed);
		if (end)
			break;
		end = "it has more frames than are shown";
		/* Stacks grow down; only a signal may have come in on another one. */
		if (!step.signal && (step.caller.v[REG_SP] < f->sp ||
				     (step.caller.v[REG_SP] == f->sp && !f->exact_pc))) {
			end = "it goes round in a circle";
			break;
		}
		w.regs = step.caller;
		add_frame(&w, step.pc, step.pc_slot, step.signal, guessed);
	}
	ret->complete = end[0] == '\0';
	ret->note = ret->complete ? NULL : end;
}
