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
 * called it, or its return address is 0, and if no frame in between can have
 * been passed over. To run out of tables is not an end.
 */
#include <string.h>

#include "../os/clock.h"
#include "recover.h"
#include "sigframe.h"

static const char more_frames[] = "it has more frames than are shown";

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

/* By the tables of the frame's file, or the kernel's own layout of a signal's frame. */
static enum cfi_result by_tables(struct walk *w, const struct unwound_frame *f,
				 struct cfi_step *ret)
{
	enum cfi_result r;
	uint64_t target;

	if (!f->exact_pc && recover_is_sigreturn(w, f->pc, &f->place))
		return sigframe_step(&w->regs, w->memory, ret) ? CFI_NO_MEMORY : CFI_OK;
	if (!f->place.file)
		return CFI_NONE;
	r = cfi_step(f->place.file, unwound_lookup(f), w->debug, &w->regs, w->memory, ret);
	/* Nobody called it, somebody put its address there: __start_context of a coroutine. */
	if (r == CFI_NONE && !f->exact_pc && recover_is_entry(w, &f->place) &&
	    !recover_call(w, f->pc, &target))
		return CFI_ROOT;
	return r;
}

/* The tables need a register that is not known: the frame pointer can be found. */
static enum cfi_result with_frame_pointer(struct walk *w, const struct unwound_frame *f,
					  struct cfi_step *ret)
{
	struct regs before = w->regs;
	enum cfi_result r = CFI_NEEDS_REGISTER;
	uint64_t fp;

	/* A known one that led nowhere: the function uses the register for other things. */
	if (regs_known(&w->regs, REG_FP) || recover_frame_pointer(w, f, &fp))
		return r;
	regs_set(&w->regs, REG_FP, fp);
	r = by_tables(w, f, ret);
	if (r != CFI_OK)
		w->regs = before;
	return r;
}

/* Returns NULL if *ret was found, else why not; "" at the root. */
static const char *one_step(struct walk *w, const struct unwound_frame *f, struct cfi_step *ret,
			    enum frame_how *ret_how)
{
	enum cfi_result r = by_tables(w, f, ret);
	bool needs_register = r == CFI_NEEDS_REGISTER;

	*ret_how = FRAME_CFI;
	if (needs_register) {
		r = with_frame_pointer(w, f, ret);
		*ret_how = FRAME_GUESSED;
	}
	if (r == CFI_OK)
		return NULL;
	if (r == CFI_ROOT)
		return "";
	if (r == CFI_NO_MEMORY)
		return "the stack's memory could not be read";
	if (!needs_register) {
		int found = recover_without_tables(w, f, ret, ret_how);

		if (found >= 0)
			return found ? "" : NULL;
	}
	*ret_how = FRAME_SCAN;
	if (needs_register && !recover_scan(w, f, w->stack_end, false, ret))
		return NULL;
	return needs_register ? "the frame pointer is not known"
	       : r == CFI_BAD ? "the unwind tables could not be read"
			      : "no unwind tables there";
}

static void add_frame(struct walk *w, uint64_t pc, uint64_t slot, bool exact, enum frame_how how)
{
	struct unwound_frame *f = &w->out->frames[w->out->n++];

	*f = (struct unwound_frame){
		.pc = pc,
		.sp = w->regs.v[REG_SP],
		.pc_slot = slot,
		.exact_pc = exact,
		.guessed = how > FRAME_CFI,
		.how = how,
	};
	/* Looked up where the call is: it may be the last byte of its mapping. */
	if (space_find(w->space, exact ? pc : pc - 1, &f->place))
		memset(&f->place, 0, sizeof(f->place));
	else if (!exact)
		f->place.addr++;
}

/* Why a stack is not whole whose end was reached; NULL: it is. */
static const char *doubt_of(const struct walk *w)
{
	for (size_t i = 0; i < w->out->n; i++)
		if (w->out->frames[i].how == FRAME_SCAN)
			return "some frames were searched for on the stack: others may be missing";
	return w->unsure ? "some code has no unwind tables: functions that keep no frame pointer "
			   "may be missing"
			 : NULL;
}

/* What was found is the caller; or, returned, why it cannot be. */
static const char *take_step(struct walk *w, const struct unwound_frame *f,
			     const struct cfi_step *step, enum frame_how how, size_t max)
{
	/* Stacks grow down; only a signal may have come in on another one. */
	if (!step->signal &&
	    (step->caller.v[REG_SP] < f->sp || (step->caller.v[REG_SP] == f->sp && !f->exact_pc)))
		return "it goes round in a circle";
	/* By custom of those who start threads without tables. */
	if (step->pc == 0)
		return "";
	/* Nobody returns to data. */
	if (!space_is_code(w->space, step->pc) && space_mapping_end(w->space, step->pc))
		return "it leads to where no code is";
	if (w->out->n == max)
		return more_frames;
	w->regs = step->caller;
	if (step->signal)
		w->stack_end = space_mapping_end(w->space, w->regs.v[REG_SP]);
	add_frame(w, step->pc, step->pc_slot, step->signal, how);
	return NULL;
}

void unwind(struct space *s, struct memory *m, const struct seen *seen, size_t max, bool debug,
	    uint64_t deadline_ns, struct unwound *ret)
{
	struct walk w = {.space = s, .memory = m, .debug = debug, .out = ret};
	const char *end = max ? NULL : more_frames;

	w.stack_end = space_mapping_end(s, seen->sp);
	ret->n = 0;
	ret->complete = false;
	if (max > UNWIND_MAX)
		max = UNWIND_MAX;
	first_registers(seen, &w.regs);
	if (max)
		add_frame(&w, seen->pc, 0, true, 0);
	while (!end) {
		const struct unwound_frame *f = &ret->frames[ret->n - 1];
		struct cfi_step step;
		enum frame_how how;

		if (os_now_ns() > deadline_ns) {
			end = "it took too long to unwind";
			break;
		}
		if (!f->place.map) {
			end = "it leads to where no code is";
			break;
		}
		end = one_step(&w, f, &step, &how);
		if (!end)
			end = take_step(&w, f, &step, how, max);
	}
	ret->note = end[0] ? end : doubt_of(&w);
	ret->complete = !ret->note;
}
