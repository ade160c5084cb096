// SPDX-License-Identifier: GPL-2.0
/*
 * Walking up a stack that was copied, not stopped.
 *
 * With all registers the unwind tables are enough. By /proc only the stack
 * pointer and the pc are known, and of real programs' frames a third (those
 * built with frame pointers, or with a variable-length array) can then not be
 * found, because their address depends on rbp. It is recovered: a function
 * that keeps a frame pointer says in its first instructions how far that is
 * from the stack pointer; failing this, the stack is searched for a saved
 * (rbp, return address) pair, the return address being one that follows a
 * call, best a call to this very function, and the stack going on from there. What is found this
 * way is marked as guessed. Nothing is guessed where the tables give an answer.
 *
 * A stack is complete only if the tables of its last frame say that nobody
 * called it. To run out of tables is not an end.
 */
#include <errno.h>
#include <string.h>

#include "cfi.h"
#include "frame_guess.h"
#include "os.h"
#include "unwind.h"

#define SEARCH_WORDS 4096 /* 32 KiB of stack are searched for a saved frame pointer */
#define PROLOGUE     64	  /* bytes */

struct walk {
	struct space *space;
	struct memory *memory;
	bool debug;
	uint64_t stack_end; /* of the mapping */
	struct regs regs;
	struct unwound *out;
};

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

/*
 * The call before a return address, if any; *ret_target is set if it is
 * direct. A signal handler returns to where no call is.
 */
static enum guess_call call_before(struct walk *w, uint64_t ra, uint64_t *ret_target)
{
	uint8_t bytes[GUESS_CALL_BYTES];
	struct place p;

	if (space_find(w->space, ra - 1, &p))
		return GUESS_NO_CALL;
	if (p.file && cfi_is_signal(p.file, p.addr + 1))
		return GUESS_CALL;
	if (p.file) {
		if (elf_file_bytes(p.file, p.addr + 1 - sizeof(bytes), bytes, sizeof(bytes)) !=
		    sizeof(bytes))
			return GUESS_NO_CALL;
	} else if (memory_bytes(w->memory, ra - sizeof(bytes), bytes, sizeof(bytes))) {
		return GUESS_NO_CALL;
	}
	return guess_call(bytes, sizeof(bytes), ra, ret_target);
}

/* With this frame pointer: is there a saved pair whose return address follows a call? */
static enum guess_call pair_at(struct walk *w, uint64_t fp, uint64_t *ret_target)
{
	uint64_t ra;

	if (memory_word(w->memory, fp + 8, &ra))
		return GUESS_NO_CALL;
	return call_before(w, ra, ret_target);
}

/* The code address at which the frame's function starts; 0: not known. */
static uint64_t function_start(const struct unwound_frame *f, uint64_t *ret_elf)
{
	uint64_t start;

	if (!f->place.file || elf_file_function(f->place.file, unwound_lookup(f), &start))
		return 0;
	*ret_elf = start;
	return f->pc - (f->place.addr - start);
}

/* A step by the frame pointer, for code without tables. */
static int frame_pointer_step(struct walk *w, struct cfi_step *ret)
{
	uint64_t fp, sp = w->regs.v[REG_SP], saved, ra, target;
	struct place p;

	if (!regs_known(&w->regs, REG_FP))
		return -ENOENT;
	fp = w->regs.v[REG_FP];
	if (fp < sp || fp & 7 || memory_word(w->memory, fp, &saved) ||
	    memory_word(w->memory, fp + 8, &ra) || space_find(w->space, ra - 1, &p))
		return -ENOENT;
#ifdef __x86_64__
	if (!call_before(w, ra, &target))
		return -ENOENT;
#else
	(void)target;
#endif
	memset(ret, 0, sizeof(*ret));
	regs_set(&ret->caller, REG_FP, saved);
	regs_set(&ret->caller, REG_SP, fp + 16);
	ret->pc = ra;
	ret->pc_slot = fp + 8;
	return 0;
}

/* Is a caller that was found so likely one that the stack goes on from, or the first of all? */
static bool goes_on(struct walk *w, const struct cfi_step *found)
{
	struct place p;
	struct cfi_step next;
	uint64_t target;

	if (space_find(w->space, found->pc - 1, &p))
		return false;
	if (!p.file)
		return true; /* made at run time: nothing more can be known */
	switch (cfi_step(p.file, p.addr, w->debug, &found->caller, w->memory, &next)) {
	case CFI_OK:
		if (next.signal) /* perhaps to another stack */
			return !space_find(w->space, next.pc, &p);
		return next.caller.v[REG_SP] > found->caller.v[REG_SP] &&
		       next.caller.v[REG_SP] <= w->stack_end && call_before(w, next.pc, &target);
	case CFI_ROOT:
	case CFI_NONE:
		return true;
	default:
		return false;
	}
}

/* What a frame pointer would mean: to whom the frame returns. */
static bool try_frame_pointer(struct walk *w, const struct unwound_frame *f, uint64_t fp,
			      struct cfi_step *ret)
{
	struct walk with = *w;
	enum cfi_result r = CFI_NONE;

	regs_set(&with.regs, REG_FP, fp);
	if (f->place.file)
		r = cfi_step(f->place.file, unwound_lookup(f), w->debug, &with.regs, w->memory,
			     ret);
	return r == CFI_OK || (r == CFI_NONE && !frame_pointer_step(&with, ret));
}

static int decoded_frame_pointer(struct walk *w, const struct unwound_frame *f, uint64_t elf_start,
				 uint64_t *ret)
{
	uint64_t lookup = unwound_lookup(f), distance, target;
	uint8_t code[PROLOGUE];
	size_t n = lookup - elf_start < sizeof(code) ? lookup - elf_start : sizeof(code);
	struct cfi_step step;

	n = elf_file_bytes(f->place.file, elf_start, code, n);
	/* It may have grown its frame since then (alloca): that leads to nowhere. */
	if (guess_frame_distance(code, n, &distance) || !pair_at(w, f->sp + distance, &target) ||
	    !try_frame_pointer(w, f, f->sp + distance, &step) || !goes_on(w, &step))
		return -ENOENT;
	*ret = f->sp + distance;
	return 0;
}

/* Is what is saved at fp an address of data? Few callers use the register for something else. */
static bool may_be_frame_pointer(struct walk *w, uint64_t fp)
{
	uint64_t saved;

	return !memory_word(w->memory, fp, &saved) && !(saved & 7) &&
	       space_is_writable(w->space, saved);
}

/*
 * The frame pointer of a frame whose tables (or lack of them) need it:
 * decoded from the function's start, else searched. A stack is full of what
 * earlier calls left there: a pair counts if the stack goes on from it, and
 * best if its call is one of this function.
 */
static int recover_frame_pointer(struct walk *w, const struct unwound_frame *f, uint64_t *ret)
{
	uint64_t elf_start = 0, start = function_start(f, &elf_start), best = 0;
	int best_rank = 0;

	if (start && !decoded_frame_pointer(w, f, elf_start, ret))
		return 0;
	for (uint64_t i = 0; i < SEARCH_WORDS && best_rank < 7; i++) {
		uint64_t fp = f->sp + 8 * i, target = 0;
		struct cfi_step step;
		enum guess_call call;
		int rank;

		if (fp + 16 > w->stack_end)
			break;
		call = pair_at(w, fp, &target);
		if (!call || !try_frame_pointer(w, f, fp, &step))
			continue;
		rank = goes_on(w, &step) ? 4 : 0;
		rank += call == GUESS_DIRECT_CALL && start && target == start ? 2 : 0;
		rank += may_be_frame_pointer(w, fp);
		if (rank > best_rank) {
			best_rank = rank;
			best = fp;
		}
	}
	if (!best)
		return -ENOENT;
	*ret = best;
	return 0;
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
	if (r == CFI_NONE && !frame_pointer_step(w, ret))
		return NULL;
	/* A known frame pointer that led nowhere: one that the function uses for other things. */
	if ((r == CFI_NEEDS_REGISTER && regs_known(&w->regs, REG_FP)) ||
	    recover_frame_pointer(w, f, &fp))
		return r == CFI_NONE ? "no unwind tables there" : "the frame pointer is not known";
	regs_set(&w->regs, REG_FP, fp);
	if (r == CFI_NONE)
		return frame_pointer_step(w, ret) ? "no unwind tables there" : NULL;
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
