// SPDX-License-Identifier: GPL-2.0
/*
 * Frames of code that no unwind table covers. If it keeps a frame pointer, that
 * leads to its caller. If it does not, the register still holds the frame
 * pointer of some caller further out, and to follow it would pass over the
 * frames in between without a word. So a frame pointer is believed if the
 * function begins by setting one up, or if the call that it leads to is one of
 * this very function; otherwise the stack is searched for such a call first.
 */
#include <errno.h>

#include "callee.h"
#include "recover.h"
#include "sigframe.h"

#define SCAN_WORDS 4096 /* 32 KiB of stack */
#define NEAR_WORDS 512	/* further off, only a call of the function itself is believed */
#define PROLOGUE   64

/* What is known of the function that a frame is in. */
struct function {
	uint64_t start;	    /* 0: not known */
	bool keeps_pointer; /* it begins by setting a frame pointer up; valid if start */
};

static struct function function_of(const struct walk *w, const struct unwound_frame *f)
{
	struct function ret = {0};
	uint64_t elf_start, distance;
	uint8_t code[PROLOGUE];
	size_t n;

	ret.start = recover_function(w, f, &elf_start);
	if (!ret.start)
		return ret;
	n = unwound_lookup(f) - elf_start < sizeof(code) ? unwound_lookup(f) - elf_start
							 : sizeof(code);
	n = elf_file_bytes(f->place.file, elf_start, code, n);
	ret.keeps_pointer = guess_frame_distance(code, n, &distance) == 0;
	return ret;
}

/* Is the call that returns to ra one of the frame's very function? It starts at *ret. */
static bool calls(struct walk *w, uint64_t ra, const struct function *fn,
		  const struct unwound_frame *f, uint64_t *ret)
{
	if (callee_function(w->space, w->memory, ra, ret))
		return false;
	return fn->start ? *ret == fn->start : recover_reaches(w, *ret, f);
}

/* The step to a return address that lies at this place. */
static struct cfi_step step_at(const struct walk *w, uint64_t slot, uint64_t ra)
{
	struct cfi_step step = {.pc = ra, .pc_slot = slot};

	regs_set(&step.caller, REG_SP, slot + 8);
	/* A function that keeps none leaves its caller's alone. */
	if (regs_known(&w->regs, REG_FP) && w->regs.v[REG_FP] > slot)
		regs_set(&step.caller, REG_FP, w->regs.v[REG_FP]);
	return step;
}

/* A function that keeps a frame pointer has saved its caller's below the return address. */
static struct cfi_step step_of_call(struct walk *w, uint64_t slot, uint64_t ra, uint64_t function)
{
	struct cfi_step step = step_at(w, slot, ra);
	uint64_t distance, saved;
	uint8_t code[PROLOGUE];
	struct place p;

	if (!space_find(w->space, function, &p) && p.file &&
	    elf_file_bytes(p.file, p.addr, code, sizeof(code)) == sizeof(code) &&
	    !guess_frame_distance(code, sizeof(code), &distance) &&
	    !memory_word(w->memory, slot - 8, &saved))
		regs_set(&step.caller, REG_FP, saved);
	return step;
}

/* sigaction() leaves the address too: it counts if what the kernel saves lies above it. */
static bool is_signal_frame(struct walk *w, uint64_t slot, uint64_t ra, const struct place *p)
{
	struct cfi_step at = step_at(w, slot, ra), step;

	return recover_is_sigreturn(w, ra, p) && !sigframe_step(&at.caller, w->memory, &step) &&
	       space_is_code(w->space, step.pc) &&
	       space_is_writable(w->space, step.caller.v[REG_SP]);
}

int recover_scan(struct walk *w, const struct unwound_frame *f, uint64_t end, bool sure,
		 struct cfi_step *ret)
{
	struct function fn = function_of(w, f);
	bool found = false;

	for (uint64_t i = 0, at = f->sp; i < SCAN_WORDS && at + 8 <= end; i++, at += 8) {
		uint64_t ra, target;
		struct cfi_step step;
		struct place p;

		if (memory_word(w->memory, at, &ra))
			break;
		/* Most words are no addresses of code. */
		if (space_find(w->space, ra - 1, &p))
			continue;
		p.addr++;
		if (calls(w, ra, &fn, f, &target)) {
			*ret = step_of_call(w, at, ra, target);
			return 0;
		}
		/* A handler ends here: what lies beyond is of whom it interrupted. */
		if (is_signal_frame(w, at, ra, &p)) {
			if (sure || found)
				break;
			*ret = step_at(w, at, ra);
			return 0;
		}
		/* Through a pointer, or to a function that went on to this one by a jump. */
		if (sure || found || i >= NEAR_WORDS || !recover_call(w, ra, &target))
			continue;
		step = step_at(w, at, ra);
		if (!recover_goes_on(w, &step, false))
			continue;
		*ret = step;
		found = true;
	}
	return found ? 0 : -ENOENT;
}

/* The one that ended a chain of frame pointers. */
static bool is_last(const struct walk *w, const struct unwound_frame *f)
{
	return f->how == FRAME_FP && regs_known(&w->regs, REG_FP) && w->regs.v[REG_FP] == 0;
}

#ifdef __x86_64__

int recover_without_tables(struct walk *w, const struct unwound_frame *f, struct cfi_step *ret,
			   enum frame_how *ret_how)
{
	struct function fn = function_of(w, f);
	bool has_pair = !recover_step(w, ret);
	struct cfi_step other;
	uint64_t fp, target;

	if (is_last(w, f))
		return 1;
	*ret_how = FRAME_FP;
	if (has_pair && (fn.keeps_pointer || calls(w, ret->pc, &fn, f, &target)))
		return 0;
	*ret_how = FRAME_GUESSED;
	if (!regs_known(&w->regs, REG_FP) && fn.keeps_pointer &&
	    !recover_frame_pointer(w, f, &fp)) {
		regs_set(&w->regs, REG_FP, fp);
		return recover_step(w, ret);
	}
	*ret_how = FRAME_SCAN;
	if (!recover_scan(w, f, has_pair ? ret->pc_slot : w->stack_end, true, &other)) {
		*ret = other;
		return 0;
	}
	/* It keeps none: the pair is of a frame further out, or was left there. */
	if (has_pair && fn.start && !recover_scan(w, f, ret->pc_slot, false, &other)) {
		*ret = other;
		return 0;
	}
	w->unsure = true;
	*ret_how = FRAME_FP;
	if (has_pair)
		return 0;
	*ret_how = FRAME_GUESSED;
	/* Made at run time: such code keeps frame pointers, mostly. */
	if (!regs_known(&w->regs, REG_FP) && !f->place.file && !recover_frame_pointer(w, f, &fp)) {
		regs_set(&w->regs, REG_FP, fp);
		return recover_step(w, ret);
	}
	*ret_how = FRAME_SCAN;
	return recover_scan(w, f, w->stack_end, false, ret);
}

#else

/* By the platform's rules every function that calls another keeps the frame pointer. */
int recover_without_tables(struct walk *w, const struct unwound_frame *f, struct cfi_step *ret,
			   enum frame_how *ret_how)
{
	if (is_last(w, f))
		return 1;
	*ret_how = FRAME_FP;
	w->unsure = true;
	return recover_step(w, ret);
}

#endif
