/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_UPROBE_SITE_H
#define PARSER_UPROBE_SITE_H

/*
 * Where in a function a probe is cheapest. The kernel puts a breakpoint there;
 * of some instructions it then does itself what they do, all others it has to
 * run apart from the rest in single step, a second trap (docs/cost.md). The
 * first of the former is taken if it is certain that whoever enters the function
 * comes by there just once, with the argument and the return address where they
 * were. Else the entry, and why is kept.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct disassembler;

enum uprobe_kind {
	/* at an instruction that the kernel emulates */
	UPROBE_PUSH,
	UPROBE_BRANCH, /* conditional */
	UPROBE_JUMP,
	UPROBE_CALL,
	UPROBE_NOP,
	/* at the entry, because */
	UPROBE_NO_DISASSEMBLER,
	UPROBE_OTHER_MACHINE, /* not x86-64 */
	UPROBE_NO_CODE,	      /* cut off, or no instruction */
	UPROBE_NOT_KNOWN,     /* something comes first that is not gone past */
	UPROBE_NO_ARGUMENT,   /* it is written first */
	UPROBE_STACK_MOVES,
	UPROBE_TOO_FAR,
	UPROBE_COMES_BACK, /* something leads there past the entry */
	UPROBE_JUMP_TABLE, /* which may */
	UPROBE_NO_END,	   /* how long the function is is not known */
	_UPROBE_KIND_MAX,
};

#define UPROBE_FARTHEST 64 /* from the entry */

static inline bool uprobe_is_emulated(enum uprobe_kind kind)
{
	return kind < UPROBE_NO_DISASSEMBLER;
}

/* "push", "entry: the stack pointer is moved first" */
const char *uprobe_kind_words(enum uprobe_kind kind);

/* Code of a file, as its segments lie in memory. */
struct uprobe_code {
	const uint8_t *bytes;
	size_t size;
	uint64_t addr;
};

struct uprobe_function {
	uint64_t addr, size; /* size 0: not known */
	uint8_t arg;	     /* the one that is to be intact there: 0 or 1 */
	uint8_t at;	     /* answer: how far from its beginning the probe goes */
	uint8_t kind;	     /* answer: enum uprobe_kind */
	bool leads_on;	     /* answer: the probe is at a jump to another one of these */
	bool inside;	     /* answer: one of these calls it, or leads on to it */
};

/* d NULL: all stay at their entries. code: all that is executable. */
void uprobe_sites_choose(struct disassembler *d, const struct uprobe_code *code, size_t n_code,
			 struct uprobe_function *functions, size_t n);

/* Another way in is there; if it leads past the entry to the probe, the probe goes to the entry. */
void uprobe_site_also(struct uprobe_function *f, uint64_t addr);

#endif
