// SPDX-License-Identifier: GPL-2.0
#include "uprobe_site.h"

#include <string.h>

#include "disassembler.h"

#define LONGEST	   15  /* bytes of an instruction */
#define SHORT_JUMP 129 /* how far one reaches backwards, with its own bytes */
#define BEFORE	   256 /* so many bytes in front of a function are looked at for short jumps */
#define WINDOW	   (BEFORE + UPROBE_FARTHEST + SHORT_JUMP + LONGEST)
#define LARGEST	   (64 << 10) /* of a function that is looked through for jump tables */

const char *uprobe_kind_words(enum uprobe_kind kind)
{
	static const char *const words[] = {
		[UPROBE_PUSH] = "push",
		[UPROBE_BRANCH] = "branch",
		[UPROBE_JUMP] = "jump",
		[UPROBE_CALL] = "call",
		[UPROBE_NOP] = "nop",
		[UPROBE_NO_DISASSEMBLER] = "entry: no disassembler (libcapstone)",
		[UPROBE_OTHER_MACHINE] = "entry: not code of x86-64",
		[UPROBE_NO_CODE] = "entry: its code cannot be decoded",
		[UPROBE_NOT_KNOWN] = "entry: an unusual instruction comes first",
		[UPROBE_NO_ARGUMENT] = "entry: the argument is overwritten first",
		[UPROBE_STACK_MOVES] = "entry: the stack pointer moves first",
		[UPROBE_TOO_FAR] = "entry: nothing near that the kernel emulates",
		[UPROBE_COMES_BACK] = "entry: a jump leads there past it",
		[UPROBE_JUMP_TABLE] = "entry: a jump table may lead there again",
		[UPROBE_NO_END] = "entry: where it ends is not known",
	};

	return (unsigned int)kind < _UPROBE_KIND_MAX ? words[kind] : "entry";
}

/*
 * What arch/x86/kernel/uprobes.c does itself, in every kernel since 5.0. Without
 * prefixes: of these, kernels differ in what they take them for. Returns
 * _UPROBE_KIND_MAX for what it does not.
 */
static enum uprobe_kind emulated(const uint8_t *b, size_t size)
{
	if (size == 1 && b[0] == 0x90)
		return UPROBE_NOP;
	if ((size == 1 && (b[0] & 0xf8) == 0x50) ||
	    (size == 2 && b[0] == 0x41 && (b[1] & 0xf8) == 0x50))
		return UPROBE_PUSH;
	if ((size == 2 && (b[0] & 0xf0) == 0x70) ||
	    (size == 6 && b[0] == 0x0f && (b[1] & 0xf0) == 0x80))
		return UPROBE_BRANCH;
	if ((size == 2 && b[0] == 0xeb) || (size == 5 && b[0] == 0xe9))
		return UPROBE_JUMP;
	if (size == 5 && b[0] == 0xe8)
		return UPROBE_CALL;
	return _UPROBE_KIND_MAX;
}

static const struct uprobe_code *code_of(const struct uprobe_code *code, size_t n, uint64_t addr)
{
	for (size_t i = 0; i < n; i++)
		if (addr >= code[i].addr && addr - code[i].addr < code[i].size)
			return &code[i];
	return NULL;
}

static void stay(struct uprobe_function *f, enum uprobe_kind why)
{
	f->at = 0;
	f->kind = why;
}

/* Straight on from the entry to the first instruction that is emulated. */
static void go_along(struct disassembler *d, const uint8_t *bytes, size_t n,
		     struct uprobe_function *f)
{
	size_t at = 0;

	while (at <= UPROBE_FARTHEST) {
		struct instruction insn;
		enum uprobe_kind kind;

		if (at >= n || !disassembler_at(d, bytes + at, n - at, &insn) || !insn.size)
			return stay(f, UPROBE_NO_CODE);
		kind = emulated(bytes + at, insn.size);
		if (uprobe_is_emulated(kind)) {
			f->at = at;
			f->kind = kind;
			return;
		}
		if (insn.writes_arg[f->arg])
			return stay(f, UPROBE_NO_ARGUMENT);
		if (!insn.known)
			return stay(f, UPROBE_NOT_KNOWN);
		if (insn.writes_stack)
			return stay(f, UPROBE_STACK_MOVES);
		at += insn.size;
	}
	stay(f, UPROBE_TOO_FAR);
}

/* Behind its entry, and not behind the probe: who comes there does not come by the entry alone. */
static bool is_between(const struct uprobe_function *f, uint64_t addr)
{
	return addr > f->addr && addr - f->addr <= f->at;
}

static bool is_prefix(uint8_t b)
{
	return b == 0x2e || b == 0x36 || b == 0x3e || b == 0x26 || (b >= 0x64 && b <= 0x67) ||
	       b == 0xf2 || b == 0xf3 || (b & 0xf0) == 0x40;
}

static size_t prefixes(const uint8_t *b, size_t size)
{
	size_t n = 0;

	while (n < size && is_prefix(b[n]))
		n++;
	return n;
}

/* Of one byte's reach: jmp, jcc, loop, jrcxz. */
static bool is_short_jump(const uint8_t *b, size_t size)
{
	size_t n = prefixes(b, size);

	return size == n + 2 &&
	       (b[n] == 0xeb || (b[n] & 0xf0) == 0x70 || (b[n] >= 0xe0 && b[n] <= 0xe3));
}

void uprobe_site_also(struct uprobe_function *f, uint64_t addr)
{
	if (f->at && is_between(f, addr))
		stay(f, UPROBE_COMES_BACK);
}

/* By a register or by a table; through the GOT it leaves the file for another one. */
static bool is_jump_by_table(const uint8_t *b, size_t size)
{
	size_t n = prefixes(b, size);

	return size >= n + 2 && b[n] == 0xff && ((b[n + 1] >> 3) & 6) == 4 && b[n + 1] != 0x25;
}

/*
 * Short jumps around the function. Where instructions begin in front of it is
 * not known: one of the first 15 bytes is such a place, and each that is reached
 * from there is looked at; so again behind what cannot be decoded.
 */
static bool comes_back_shortly(struct disassembler *d, const struct uprobe_code *c,
			       const struct uprobe_function *f)
{
	bool begins[WINDOW + LONGEST + 1] = {false};
	uint64_t entry = f->addr - c->addr;
	uint64_t from = entry > BEFORE ? entry - BEFORE : 0;
	size_t n = WINDOW < c->size - from ? WINDOW : c->size - from;

	memset(begins, true, LONGEST);
	begins[entry - from] = true;
	for (size_t i = 0; i < n; i++) {
		const uint8_t *b = c->bytes + from + i;
		size_t size = begins[i] ? disassembler_size(d, b, n - i) : 0;

		if (size)
			begins[i + size] = true;
		else if (begins[i])
			memset(begins + i + 1, true, LONGEST);
		if (size && is_short_jump(b, size) &&
		    is_between(f, c->addr + from + i + size + (int64_t)(int8_t)b[size - 1]))
			return true;
	}
	return false;
}

static enum uprobe_kind look_through(struct disassembler *d, const struct uprobe_code *c,
				     const struct uprobe_function *f)
{
	uint64_t entry = f->addr - c->addr;

	if (!f->size || f->size > LARGEST || f->size > c->size - entry)
		return UPROBE_NO_END;
	for (uint64_t i = 0; i < f->size;) {
		const uint8_t *b = c->bytes + entry + i;
		size_t size = disassembler_size(d, b, f->size - i);

		if (!size)
			return UPROBE_NO_CODE;
		if (is_jump_by_table(b, size))
			return UPROBE_JUMP_TABLE;
		i += size;
	}
	return comes_back_shortly(d, c, f) ? UPROBE_COMES_BACK : (enum uprobe_kind)f->kind;
}

/* call, jmp, jcc and xbegin reach everywhere; b is the last byte before the distance. */
static bool is_long_jump(uint8_t before, uint8_t b)
{
	return (b & 0xfe) == 0xe8 || ((b & 0xf0) == 0x80 && before == 0x0f) ||
	       (b == 0xf8 && before == 0xc7);
}

static bool is_within(const struct uprobe_function *f, size_t n, uint64_t addr)
{
	for (size_t k = 0; k < n; k++)
		if (addr >= f[k].addr && addr - f[k].addr < f[k].size)
			return true;
	return false;
}

/* It is at a jump: to another one? */
static void follow(const uint8_t *jump, struct uprobe_function *f,
		   struct uprobe_function *functions, size_t n)
{
	uint64_t to = f->addr + f->at + 2 + (int64_t)(int8_t)jump[1];
	int32_t distance;

	if (jump[0] == 0xe9) {
		memcpy(&distance, jump + 1, sizeof(distance));
		to = f->addr + f->at + 5 + (int64_t)distance;
	}
	for (size_t k = 0; k < n; k++)
		if (&functions[k] != f && functions[k].addr == to)
			f->leads_on = functions[k].inside = true;
}

/* A jump or call, at addr, to there. */
static void count_long_jump(struct uprobe_function *functions, size_t n, uint64_t addr, uint64_t to)
{
	for (size_t k = 0; k < n; k++) {
		uprobe_site_also(&functions[k], to);
		if (to == functions[k].addr && is_within(functions, n, addr))
			functions[k].inside = true;
	}
}

/*
 * Long ones in the whole file, at every byte: what only looks like one costs no more than
 * one probe that stays at its entry.
 */
static void find_long_jumps(const struct uprobe_code *c, struct uprobe_function *functions,
			    size_t n)
{
	uint64_t low = UINT64_MAX, high = 0;

	for (size_t k = 0; k < n; k++) {
		low = functions[k].addr < low ? functions[k].addr : low;
		high = functions[k].addr > high ? functions[k].addr : high;
	}
	for (size_t i = 0; i + 5 <= c->size; i++) {
		int32_t distance;
		uint64_t to;

		if (!is_long_jump(i ? c->bytes[i - 1] : 0, c->bytes[i]))
			continue;
		memcpy(&distance, c->bytes + i + 1, sizeof(distance));
		to = c->addr + i + 5 + (int64_t)distance;
		if (to >= low && to <= high + UPROBE_FARTHEST)
			count_long_jump(functions, n, c->addr + i, to);
	}
}

void uprobe_sites_choose(struct disassembler *d, const struct uprobe_code *code, size_t n_code,
			 struct uprobe_function *functions, size_t n)
{
	for (size_t k = 0; k < n; k++)
		functions[k].leads_on = functions[k].inside = false;
	for (size_t k = 0; k < n; k++) {
		struct uprobe_function *f = &functions[k];
		const struct uprobe_code *c = code_of(code, n_code, f->addr);

		stay(f, d ? UPROBE_NO_CODE : UPROBE_NO_DISASSEMBLER);
		if (!d || !c)
			continue;
		go_along(d, c->bytes + (f->addr - c->addr), c->size - (f->addr - c->addr), f);
		if (f->kind == UPROBE_JUMP)
			follow(c->bytes + (f->addr - c->addr) + f->at, f, functions, n);
		if (f->at) {
			enum uprobe_kind kind = look_through(d, c, f);

			if (!uprobe_is_emulated(kind))
				stay(f, kind);
		}
	}
	for (size_t i = 0; i < n_code; i++)
		find_long_jumps(&code[i], functions, n);
}
