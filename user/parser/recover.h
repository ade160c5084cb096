/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_RECOVER_H
#define PARSER_RECOVER_H

/*
 * Frames that unwind tables alone do not give: what unwind.c guesses with.
 */
#include "cfi.h"
#include "frame_guess.h"
#include "unwind.h"

struct walk {
	struct space *space;
	struct memory *memory;
	bool debug;
	uint64_t stack_end; /* of the mapping */
	struct regs regs;
	struct unwound *out;
	bool unsure; /* went by a frame pointer that the function may not keep */
};

/* A step by the frame pointer: is there a saved pair of it and a return address? 0 or -ENOENT. */
int recover_step(struct walk *w, struct cfi_step *ret);

/*
 * The frame pointer of a frame whose tables (or lack of them) need it. Sets
 * *ret. 0 or -ENOENT.
 */
int recover_frame_pointer(struct walk *w, const struct unwound_frame *f, uint64_t *ret);

/* A step of a frame that no table covers. 0, 1 if nobody called it, or -ENOENT. */
int recover_without_tables(struct walk *w, const struct unwound_frame *f, struct cfi_step *ret,
			   enum frame_how *ret_how);

/*
 * The last resort: the stack is searched up to end for an address that is
 * returned to. sure: for one whose call is of the frame's very function, no
 * other. 0 or -ENOENT.
 */
int recover_scan(struct walk *w, const struct unwound_frame *f, uint64_t end, bool sure,
		 struct cfi_step *ret);

/* The call that returns to ra; a signal handler returns to where no call is. */
enum guess_call recover_call(struct walk *w, uint64_t ra, uint64_t *ret_target);

/* Is a caller that was found so likely one that the stack goes on from, or the first of all? */
bool recover_goes_on(struct walk *w, const struct cfi_step *found, bool by_tables);

/* The code address at which the frame's function starts; 0: not known. */
uint64_t recover_function(const struct walk *w, const struct unwound_frame *f, uint64_t *ret_elf);

/* Does the function that starts at this address reach to the frame's pc, as far as bytes tell? */
bool recover_reaches(struct walk *w, uint64_t start, const struct unwound_frame *f);

/* Does a function start there, by the tables, with a gap before it? */
bool recover_is_entry(const struct walk *w, const struct place *p);

/* Is what a signal handler returns to at this return address? */
bool recover_is_sigreturn(struct walk *w, uint64_t ra, const struct place *p);

#endif
