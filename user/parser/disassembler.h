/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_DISASSEMBLER_H
#define PARSER_DISASSEMBLER_H

/*
 * Instructions of x86-64, by libcapstone. It is loaded, not linked: its tables
 * take 1.7 MB in each process, and nobody but a parser that is asked for places
 * of probes has a use for them.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct disassembler;

/* As far as it matters to a probe that waits further down the line. */
struct instruction {
	uint8_t size;
	bool known;	    /* a plain one: computes, loads, stores, compares, or does nothing */
	bool writes_arg[2]; /* rdi, rsi, or a part of it */
	bool writes_stack;  /* rsp, or what it points to */
};

/* Returns 0; -ENOSYS: built without it; -ENOENT: not installed; or -errno. */
int disassembler_open(struct disassembler **ret);
void disassembler_close(struct disassembler *d);

/* The instruction at the beginning of bytes; false: there is none, or it is cut off. */
bool disassembler_at(struct disassembler *d, const uint8_t *bytes, size_t n,
		     struct instruction *ret);

/* Its size alone, for less; 0: there is none. */
size_t disassembler_size(struct disassembler *d, const uint8_t *bytes, size_t n);

#endif
