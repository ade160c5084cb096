/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_FRAME_GUESS_H
#define PARSER_FRAME_GUESS_H

/*
 * What machine code tells where unwind tables do not: pure functions on
 * bytes. Only x86-64 is known; elsewhere they know nothing.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUESS_CALL_BYTES 8 /* bytes before a return address that guess_call() wants */

enum guess_call {
	GUESS_NO_CALL = 0,
	GUESS_CALL,	   /* a call through a register or memory */
	GUESS_DIRECT_CALL, /* a call to a known address */
};

/*
 * Do the bytes that end at return address ra end with a call? *ret_target is
 * set for a direct one.
 */
enum guess_call guess_call(const uint8_t *bytes, size_t size, uint64_t ra, uint64_t *ret_target);

/*
 * The address of the pointer that a call goes through: of "call [rip + N]"
 * that ends at ra, or of the "jmp [rip + N]" in a PLT entry at addr. Returns 0
 * or -ENOENT.
 */
int guess_call_pointer(const uint8_t *bytes, size_t size, uint64_t ra, uint64_t *ret);
int guess_plt_pointer(const uint8_t *code, size_t size, uint64_t addr, uint64_t *ret);

/*
 * The distance from the stack pointer to the frame pointer, after the code
 * from a function's first byte to its current one: "push rbp; mov rbp, rsp;
 * push ...; sub rsp, N". Returns 0 and sets *ret, or -ENOENT if the code
 * begins otherwise.
 */
int guess_frame_distance(const uint8_t *code, size_t size, uint64_t *ret);

/* Does a function end within this code: a return, and then what fills the gap to the next? */
bool guess_function_ends(const uint8_t *code, size_t size);

#endif
