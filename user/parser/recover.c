// SPDX-License-Identifier: GPL-2.0
/*
 * By /proc only the stack pointer and the pc are known, and a third of real
 * programs' frames (those built with frame pointers, or with a variable-length
 * array) cannot then be found, because their address depends on rbp. A
 * function that keeps a frame pointer says in its first instructions how far
 * that is from the stack pointer; failing this, the stack is searched for a
 * saved (rbp, return address) pair, the return address being one that follows
 * a call, best a call to this very function, and the stack going on from there.
 */
#include <errno.h>
#include <string.h>

#include "callee.h"
#include "recover.h"
#include "sigframe.h"

#define FUNCTION_MAX 4096 /* so far into its function a call may be, if its start is not known */
#define SEARCH_WORDS 4096 /* 32 KiB of stack are searched for a saved frame pointer */
#define PROLOGUE     64	  /* bytes */

bool recover_is_sigreturn(struct walk *w, uint64_t ra, const struct place *p)
{
	uint8_t code[SIGFRAME_CODE];
	size_t n = sizeof(code);

	if (p->file)
		n = elf_file_bytes(p->file, p->addr, code, n);
	else if (memory_bytes(w->memory, ra, code, n))
		n = 0;
	return sigframe_is_return(code, n);
}

bool recover_is_entry(const struct walk *w, const struct place *p)
{
	Dwarf_Frame *frame = p->file ? elf_file_frame(p->file, p->addr, w->debug) : NULL;
	Dwarf_Addr start, end;

	return frame && dwarf_frame_info(frame, &start, &end, NULL) >= 0 && start == p->addr &&
	       !elf_file_frame(p->file, p->addr - 1, w->debug);
}

enum guess_call recover_call(struct walk *w, uint64_t ra, uint64_t *ret_target)
{
	enum guess_call call;
	struct place p;

	if (space_find(w->space, ra - 1, &p))
		return GUESS_NO_CALL;
	p.addr++;
	call = callee_call(w->space, w->memory, ra, ret_target);
	if (call)
		return call;
	if ((p.file && cfi_is_signal(p.file, p.addr)) || recover_is_sigreturn(w, ra, &p))
		return GUESS_CALL;
	return GUESS_NO_CALL;
}

/* With this frame pointer: is there a saved pair whose return address follows a call? */
static enum guess_call pair_at(struct walk *w, uint64_t fp, uint64_t *ret_target)
{
	uint64_t ra;

	if (memory_word(w->memory, fp + 8, &ra))
		return GUESS_NO_CALL;
	return recover_call(w, ra, ret_target);
}

uint64_t recover_function(const struct walk *w, const struct unwound_frame *f, uint64_t *ret_elf)
{
	struct elf_file *file = f->place.file;
	uint64_t start, at = unwound_lookup(f);

	/* The index of the tables names the function before one that they do not cover. */
	if (!file ||
	    ((!elf_file_frame(file, at, w->debug) || elf_file_function(file, at, &start)) &&
	     elf_file_function_symbol(file, at, &start)))
		return 0;
	*ret_elf = start;
	return f->pc - (f->place.addr - start);
}

#ifdef __x86_64__
static bool may_return_to(struct walk *w, uint64_t ra, const struct place *p)
{
	uint64_t target;

	return recover_call(w, ra, &target) || recover_is_entry(w, p);
}
#else
/* Calls are not known there. */
static bool may_return_to(struct walk *w, uint64_t ra, const struct place *p)
{
	(void)w, (void)ra, (void)p;
	return true;
}
#endif

/* The last of a chain of frame pointers: the saved one is 0, and nobody need have called it. */
static bool ends_chain(const struct walk *w, uint64_t saved)
{
	return saved == 0 && w->out->n && w->out->frames[w->out->n - 1].how == FRAME_FP;
}

int recover_step(struct walk *w, struct cfi_step *ret)
{
	uint64_t fp, sp = w->regs.v[REG_SP], saved, ra;
	struct place p;

	if (!regs_known(&w->regs, REG_FP))
		return -ENOENT;
	fp = w->regs.v[REG_FP];
	if (fp < sp || fp & 7 || memory_word(w->memory, fp, &saved) ||
	    memory_word(w->memory, fp + 8, &ra))
		return -ENOENT;
	ra = cfi_code_address(ra);
	if (space_find(w->space, ra - 1, &p))
		return -ENOENT;
	p.addr++;
	if (!may_return_to(w, ra, &p) && !ends_chain(w, saved))
		return -ENOENT;
	memset(ret, 0, sizeof(*ret));
	regs_set(&ret->caller, REG_FP, saved);
	regs_set(&ret->caller, REG_SP, fp + 16);
	ret->pc = ra;
	ret->pc_slot = fp + 8;
	return 0;
}

bool recover_goes_on(struct walk *w, const struct cfi_step *found, bool by_tables)
{
	struct place p;
	struct cfi_step next;
	uint64_t target;

	if (space_find(w->space, found->pc - 1, &p))
		return false;
	if (!p.file)
		return !by_tables; /* made at run time: nothing more can be known */
	switch (cfi_step(p.file, p.addr, w->debug, &found->caller, w->memory, &next)) {
	case CFI_OK:
		if (next.signal) /* perhaps to another stack */
			return !space_find(w->space, next.pc, &p);
		return next.caller.v[REG_SP] > found->caller.v[REG_SP] &&
		       next.caller.v[REG_SP] <= w->stack_end && recover_call(w, next.pc, &target);
	case CFI_ROOT:
		return true;
	case CFI_NONE:
		return !by_tables;
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
	return r == CFI_OK || (r == CFI_NONE && !recover_step(&with, ret));
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
	    !try_frame_pointer(w, f, f->sp + distance, &step) || !recover_goes_on(w, &step, false))
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

bool recover_reaches(struct walk *w, uint64_t start, const struct unwound_frame *f)
{
	uint8_t code[FUNCTION_MAX];
	struct place p;
	size_t n;

	if (start >= f->pc || f->pc - start > sizeof(code) || space_find(w->space, start, &p) ||
	    p.map != f->place.map)
		return false;
	n = f->pc - start;
	if (p.file ? elf_file_bytes(p.file, p.addr, code, n) != n
		   : memory_bytes(w->memory, start, code, n) != 0)
		return false;
	return !guess_function_ends(code, n);
}

/*
 * The frame pointer of a frame whose tables (or lack of them) need it:
 * decoded from the function's start, else searched. A stack is full of what
 * earlier calls left there: a pair counts if the stack goes on from it, and
 * best if its call is one of this function.
 */
int recover_frame_pointer(struct walk *w, const struct unwound_frame *f, uint64_t *ret)
{
	uint64_t elf_start = 0, start = recover_function(w, f, &elf_start), best = 0;
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
		rank = recover_goes_on(w, &step, false) ? 4 : 0;
		if (call == GUESS_DIRECT_CALL &&
		    (start ? target == start : recover_reaches(w, target, f)))
			rank += 2;
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
