/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_CALLEE_H
#define PARSER_CALLEE_H

/*
 * What lies before a return address: a call, and of what.
 */
#include "frame_guess.h"
#include "memory.h"
#include "space.h"

/*
 * The call that returns to ra, if there is one; code that has no file is read
 * from memory. *ret_target is set to the address that a direct call names:
 * perhaps that of a PLT entry.
 */
enum guess_call callee_call(struct space *space, struct memory *m, uint64_t ra,
			    uint64_t *ret_target);

/*
 * The function that the call before ra goes to, through PLT entries and pointers
 * of the file if need be, as an address of the space. 0 or -ENOENT.
 */
int callee_function(struct space *space, struct memory *m, uint64_t ra, uint64_t *ret);

#endif
