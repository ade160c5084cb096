// SPDX-License-Identifier: GPL-2.0
/*
 * Where a probe goes: in made-up functions, one for each thing that may be in the way.
 * Offsets were counted by hand from the bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "parser/disassembler.h"
#include "parser/uprobe_site.h"

#define BASE 0x1000

static struct disassembler *decoder;

static int load_decoder(void **state)
{
	(void)state;
	if (disassembler_open(&decoder))
		decoder = NULL;
	return 0;
}

static int drop_decoder(void **state)
{
	(void)state;
	disassembler_close(decoder);
	return 0;
}

/* The function is bytes[entry..n); what is in front of it is somebody else's. */
static struct uprobe_function choose(const uint8_t *bytes, size_t n, size_t entry, uint8_t arg)
{
	struct uprobe_code code = {bytes, n, BASE};
	struct uprobe_function f = {.addr = BASE + entry, .size = n - entry, .arg = arg};

	if (!decoder)
		skip();
	uprobe_sites_choose(decoder, &code, 1, &f, 1);
	return f;
}

#define CHOOSE(...)                                                                                \
	choose((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}), 0, 0)
#define EXPECT(f, where, what)                                                                     \
	do {                                                                                       \
		struct uprobe_function chosen = f;                                                 \
		assert_string_equal(uprobe_kind_words(chosen.kind), uprobe_kind_words(what));      \
		assert_int_equal(chosen.at, where);                                                \
	} while (0)

/* clang-format off */
#define MOV_EAX_RDI16	0x8b, 0x47, 0x10	     /* mov 0x10(%rdi),%eax */
#define TEST_EAX	0x85, 0xc0		     /* test %eax,%eax */
#define RET		0xc3
#define ENDBR		0xf3, 0x0f, 0x1e, 0xfa
#define JNE(to)		0x75, (uint8_t)(to)
#define JMP(to)		0xeb, (uint8_t)(to)
/* clang-format on */

static void the_first_that_is_emulated_is_taken(void **state)
{
	(void)state;
	EXPECT(CHOOSE(0x53, RET), 0, UPROBE_PUSH);		  /* push %rbx */
	EXPECT(CHOOSE(0x41, 0x57, RET), 0, UPROBE_PUSH);	  /* push %r15 */
	EXPECT(CHOOSE(MOV_EAX_RDI16, 0x53, RET), 3, UPROBE_PUSH); /* behind a load */
	EXPECT(CHOOSE(MOV_EAX_RDI16, 0x90, RET), 3, UPROBE_NOP);  /* nop */
	EXPECT(CHOOSE(0xe8, 0, 0, 0, 0, RET), 0, UPROBE_CALL);	  /* call */
	EXPECT(CHOOSE(TEST_EAX, JNE(0), 0x53, RET), 2, UPROBE_BRANCH);
	EXPECT(CHOOSE(TEST_EAX, 0x0f, 0x84, 9, 0, 0, 0, RET), 2, UPROBE_BRANCH); /* je, long */
}

static void what_an_intel_program_begins_with_is_gone_past(void **state)
{
	(void)state;
	EXPECT(CHOOSE(ENDBR, 0x53, RET), 4, UPROBE_PUSH);
	EXPECT(CHOOSE(ENDBR, MOV_EAX_RDI16, TEST_EAX, JNE(0), RET), 9, UPROBE_BRANCH);
	/* nothing but that: it is run in single step, as any other */
	EXPECT(CHOOSE(ENDBR, RET), 0, UPROBE_NOT_KNOWN);
}

/* These look like some that are emulated; kernels differ, or run them apart. */
static void what_only_looks_emulated_is_not_taken(void **state)
{
	(void)state;
	EXPECT(CHOOSE(0x66, 0x90, 0x53, RET), 2, UPROBE_PUSH);		   /* xchg %ax,%ax */
	EXPECT(CHOOSE(0x0f, 0x1f, 0x40, 0x00, 0x53, RET), 4, UPROBE_PUSH); /* nopl */
	EXPECT(CHOOSE(0xf3, 0x90, 0x53, RET), 0, UPROBE_NOT_KNOWN);	   /* pause */
	EXPECT(CHOOSE(0x6a, 0x01, 0x53, RET), 0, UPROBE_NOT_KNOWN);	   /* push $1 */
	EXPECT(CHOOSE(0xff, 0x37, 0x53, RET), 0, UPROBE_NOT_KNOWN);	   /* push (%rdi) */
	EXPECT(CHOOSE(0x41, 0x90, 0x53, RET), 0, UPROBE_NOT_KNOWN);	   /* xchg %eax,%r8d */
}

static void the_argument_must_be_what_it_was(void **state)
{
	static const uint8_t second[] = {0x89, 0xf8, 0x31, 0xf6, 0x53, RET}; /* xor %esi,%esi */

	(void)state;
	EXPECT(CHOOSE(0x31, 0xff, 0x53, RET), 0, UPROBE_NO_ARGUMENT);	    /* xor %edi,%edi */
	EXPECT(CHOOSE(0x40, 0xb7, 0x01, 0x53, RET), 0, UPROBE_NO_ARGUMENT); /* mov $1,%dil */
	EXPECT(CHOOSE(0x48, 0x83, 0xc7, 0x08, 0x53, RET), 0, UPROBE_NO_ARGUMENT); /* add $8,%rdi */
	EXPECT(CHOOSE(0x48, 0x97, 0x53, RET), 0, UPROBE_NO_ARGUMENT); /* xchg %rax,%rdi */
	EXPECT(CHOOSE(0xac, 0xaa, 0x53, RET), 0, UPROBE_NOT_KNOWN);   /* lodsb; stosb */
	EXPECT(CHOOSE(0x5f, 0x53, RET), 0, UPROBE_NO_ARGUMENT);	      /* pop %rdi */
	EXPECT(CHOOSE(0x0f, 0x05, 0x53, RET), 0, UPROBE_NOT_KNOWN);   /* syscall */
	/* whichever it is */
	EXPECT(choose(second, sizeof(second), 0, 0), 4, UPROBE_PUSH);
	EXPECT(choose(second, sizeof(second), 0, 1), 0, UPROBE_NO_ARGUMENT);
	/* what is compared is not written */
	EXPECT(CHOOSE(0x48, 0x85, 0xff, JNE(0), RET), 3, UPROBE_BRANCH); /* test %rdi,%rdi */
	EXPECT(CHOOSE(0x83, 0xff, 0x01, JNE(0), RET), 3, UPROBE_BRANCH); /* cmp $1,%edi */
}

static void the_return_address_must_be_where_it_was(void **state)
{
	(void)state;
	EXPECT(CHOOSE(0x48, 0x83, 0xec, 0x18, 0x53, RET), 0, UPROBE_STACK_MOVES); /* sub $24,%rsp */
	EXPECT(CHOOSE(0x48, 0x8d, 0x64, 0x24, 0xf8, 0x53, RET), 0, UPROBE_STACK_MOVES); /* lea */
	EXPECT(CHOOSE(0x48, 0x89, 0x04, 0x24, 0x53, RET), 0,
	       UPROBE_STACK_MOVES);					  /* mov %rax,(%rsp) */
	EXPECT(CHOOSE(0xc8, 0x10, 0, 0, 0x53, RET), 0, UPROBE_NOT_KNOWN); /* enter */
}

static void what_may_not_be_come_by_is_not_taken(void **state)
{
	(void)state;
	EXPECT(CHOOSE(RET, 0x53, RET), 0, UPROBE_NOT_KNOWN);
	EXPECT(CHOOSE(0xff, 0xe0, 0x53, RET), 0, UPROBE_NOT_KNOWN); /* jmp *%rax */
	EXPECT(CHOOSE(0xff, 0xd0, 0x53, RET), 0, UPROBE_NOT_KNOWN); /* call *%rax */
	EXPECT(CHOOSE(0xe3, 0x01, 0x53, RET), 0, UPROBE_NOT_KNOWN); /* jrcxz over it */
	EXPECT(CHOOSE(0x0f, 0x0b, 0x53, RET), 0, UPROBE_NOT_KNOWN); /* ud2 */
	EXPECT(CHOOSE(0xcc, 0x53, RET), 0, UPROBE_NOT_KNOWN);	    /* int3: somebody's probe */
}

/* A branch is taken itself, before it can skip anything; nothing behind it ever is. */
static void a_jump_is_taken_itself(void **state)
{
	(void)state;
	EXPECT(CHOOSE(JMP(2), 0x53, RET, 0x53, RET), 0, UPROBE_JUMP);
	EXPECT(CHOOSE(0xe9, 0x00, 0x10, 0, 0, RET), 0,
	       UPROBE_JUMP); /* a stub: to another function */
	EXPECT(CHOOSE(0x48, 0x89, 0xf2, 0xe9, 0, 0x10, 0, 0), 3, UPROBE_JUMP);
	/* through the GOT: not emulated, and it leaves */
	EXPECT(CHOOSE(0xff, 0x25, 0, 0x10, 0, 0, 0x53, RET), 0, UPROBE_NOT_KNOWN);
}

static void what_a_loop_runs_again_is_not_taken(void **state)
{
	(void)state;
	/* mov (%rdi),%eax; L: test %eax,%eax; jne end; lock cmpxchg...: jne L */
	EXPECT(CHOOSE(0x8b, 0x07, TEST_EAX, JNE(3), 0x90, JNE(-7), RET), 0, UPROBE_COMES_BACK);
	/* to the probed instruction itself */
	EXPECT(CHOOSE(0x8b, 0x07, TEST_EAX, JNE(3), 0x90, JNE(-5), RET), 0, UPROBE_COMES_BACK);
	/* back to behind it: once a call, as before */
	EXPECT(CHOOSE(0x8b, 0x07, TEST_EAX, JNE(3), 0x90, JNE(-3), RET), 4, UPROBE_BRANCH);
	/* to the entry: who does that calls it anew; a probe there would count it, too */
	EXPECT(CHOOSE(0x8b, 0x07, TEST_EAX, JNE(3), 0x90, JNE(-9), RET), 4, UPROBE_BRANCH);
	/* a long one: jmp back to the test */
	EXPECT(CHOOSE(0x8b, 0x07, TEST_EAX, JNE(5), 0xe9, 0xf7, 0xff, 0xff, 0xff, RET), 0,
	       UPROBE_COMES_BACK);
	/* the branch to itself */
	EXPECT(CHOOSE(TEST_EAX, JNE(-2), RET), 0, UPROBE_COMES_BACK);
	/* loop */
	EXPECT(CHOOSE(0x8b, 0x07, TEST_EAX, JNE(3), 0x90, 0xe2, 0xf9, RET), 0, UPROBE_COMES_BACK);
	/* the branch may go on at the entry's own push: that is probed where it is */
	EXPECT(CHOOSE(0x53, 0x8b, 0x07, TEST_EAX, JNE(-6), RET), 0, UPROBE_PUSH);
}

static void a_jump_table_may_lead_anywhere(void **state)
{
	(void)state;
	EXPECT(CHOOSE(MOV_EAX_RDI16, TEST_EAX, JNE(3), 0x3e, 0xff, 0xe0, RET), 0,
	       UPROBE_JUMP_TABLE);
	EXPECT(CHOOSE(MOV_EAX_RDI16, TEST_EAX, JNE(3), 0xff, 0x24, 0xc5, 0, 0, 0, 0, RET), 0,
	       UPROBE_JUMP_TABLE);
	/* through the GOT it leads out of the file; at the entry it does not matter */
	EXPECT(CHOOSE(TEST_EAX, JNE(6), 0xff, 0x25, 0, 0, 0, 0, RET), 2, UPROBE_BRANCH);
	EXPECT(CHOOSE(0x53, 0xff, 0xe0), 0, UPROBE_PUSH);
}

/* From in front of it, and from afar. */
static void others_may_come_past_the_entry(void **state)
{
	static const uint8_t body[] = {MOV_EAX_RDI16, TEST_EAX, JNE(0), RET};
	uint8_t bytes[8192];

	(void)state;
	memset(bytes, 0x90, sizeof(bytes));
	memcpy(bytes + 300, body, sizeof(body));
	EXPECT(choose(bytes, 300 + sizeof(body), 300, 0), 5, UPROBE_BRANCH);
	memcpy(bytes + 200, (const uint8_t[]){JMP(101)}, 2); /* to the test */
	EXPECT(choose(bytes, 300 + sizeof(body), 300, 0), 0, UPROBE_COMES_BACK);
	memcpy(bytes + 200, (const uint8_t[]){JMP(98)}, 2); /* to the entry: a call */
	EXPECT(choose(bytes, 300 + sizeof(body), 300, 0), 5, UPROBE_BRANCH);
	/* the same two bytes inside of another instruction: mov $..,%eax */
	memcpy(bytes + 199, (const uint8_t[]){0xb8, JMP(101), 0x00, 0x00}, 5);
	EXPECT(choose(bytes, 300 + sizeof(body), 300, 0), 5, UPROBE_BRANCH);
	/* its part for rare cases, far away: jmp back to the test */
	memset(bytes, 0x90, sizeof(bytes));
	memcpy(bytes + 300, body, sizeof(body));
	memcpy(bytes + 8000, (const uint8_t[]){0xe9, 0xea, 0xe1, 0xff, 0xff}, 5);
	{
		struct uprobe_code code = {bytes, sizeof(bytes), BASE};
		struct uprobe_function f = {.addr = BASE + 300, .size = sizeof(body)};

		uprobe_sites_choose(decoder, &code, 1, &f, 1);
		EXPECT(f, 0, UPROBE_COMES_BACK);
		bytes[8001]++; /* behind the test, at the branch */
		bytes[8001]++;
		uprobe_sites_choose(decoder, &code, 1, &f, 1);
		EXPECT(f, 0, UPROBE_COMES_BACK);
		bytes[8001]++; /* behind that */
		uprobe_sites_choose(decoder, &code, 1, &f, 1);
		EXPECT(f, 5, UPROBE_BRANCH);
	}
}

static void another_name_may_be_a_way_in(void **state)
{
	static const uint8_t body[] = {MOV_EAX_RDI16, TEST_EAX, JNE(0), RET};

	(void)state;
	for (uint64_t addr = 0; addr < sizeof(body); addr++) {
		struct uprobe_function f = choose(body, sizeof(body), 0, 0);

		uprobe_site_also(&f, BASE + addr);
		if (addr == 0 || addr > 5)
			EXPECT(f, 5, UPROBE_BRANCH);
		else
			EXPECT(f, 0, UPROBE_COMES_BACK);
	}
}

/* As in musl: sem_wait() leads on to sem_timedwait(), which calls sem_trywait(). */
static void what_leads_on_is_one_call(void **state)
{
	static const uint8_t bytes[] = {
		0x31, 0xf6, JMP(4),			/* 0: xor %esi,%esi; jmp 8 */
		RET,  RET,  RET,    RET,		/* 4 */
		0x53, 0xe8, 2,	    0,	  0,	0, RET, /* 8: push %rbx; call 16 */
		RET,  0x53, RET,			/* 15; 16: push %rbx */
		0xe9, 0xe9, 0xff,   0xff, 0xff, /* 18: jmp 0; of a function that is none of ours */
	};
	struct uprobe_code code = {bytes, sizeof(bytes), BASE};
	struct uprobe_function f[] = {
		{.addr = BASE, .size = 4},
		{.addr = BASE + 8, .size = 7},
		{.addr = BASE + 16, .size = 2},
	};

	(void)state;
	if (!decoder)
		skip();
	uprobe_sites_choose(decoder, &code, 1, f, 3);
	EXPECT(f[0], 2, UPROBE_JUMP);
	EXPECT(f[1], 0, UPROBE_PUSH);
	EXPECT(f[2], 0, UPROBE_PUSH);
	assert_true(f[0].leads_on && !f[1].leads_on && !f[2].leads_on);
	assert_true(!f[0].inside && f[1].inside && f[2].inside);
	/* alone, none of them is a part of another */
	uprobe_sites_choose(decoder, &code, 1, f, 1);
	assert_true(!f[0].leads_on && !f[0].inside);
}

static void what_cannot_be_decoded_is_left(void **state)
{
	static const uint8_t arm[] = {0xfd, 0x7b, 0xbe, 0xa9, 0xf3, 0x53, 0x01, 0xa9,
				      0xf3, 0x03, 0x00, 0xaa, 0xfd, 0x03, 0x00, 0x91};
	uint8_t bytes[8];

	(void)state;
	EXPECT(CHOOSE(0x8b), 0, UPROBE_NO_CODE); /* cut off */
	EXPECT(CHOOSE(MOV_EAX_RDI16, 0x0f, 0x84, 0, 0), 0, UPROBE_NO_CODE);
	EXPECT(CHOOSE(MOV_EAX_RDI16), 0, UPROBE_NO_CODE); /* ends in the middle of it all */
	EXPECT(CHOOSE(0x06, 0x07, 0x27, 0x53), 0, UPROBE_NO_CODE); /* none of x86-64 */
	EXPECT(CHOOSE(MOV_EAX_RDI16, TEST_EAX, JNE(0), 0x06, RET), 0, UPROBE_NO_CODE);
	assert_int_equal(choose(arm, sizeof(arm), 0, 0).at, 0);
	/* no function at all: outside of the code */
	memset(bytes, 0x53, sizeof(bytes));
	EXPECT(choose(bytes, sizeof(bytes), sizeof(bytes), 0), 0, UPROBE_NO_CODE);
}

static void how_long_it_is_must_be_known(void **state)
{
	static const uint8_t body[] = {MOV_EAX_RDI16, TEST_EAX, JNE(0), RET};
	struct uprobe_code code = {body, sizeof(body), BASE};
	struct uprobe_function f[] = {
		{.addr = BASE},
		{.addr = BASE, .size = sizeof(body) + 1},
		{.addr = BASE, .size = UINT64_MAX},
		{.addr = BASE, .size = sizeof(body)},
	};

	(void)state;
	if (!decoder)
		skip();
	uprobe_sites_choose(decoder, &code, 1, f, 4);
	for (int i = 0; i < 3; i++)
		EXPECT(f[i], 0, UPROBE_NO_END);
	EXPECT(f[3], 5, UPROBE_BRANCH);
	uprobe_sites_choose(NULL, &code, 1, f, 4);
	EXPECT(f[3], 0, UPROBE_NO_DISASSEMBLER);
}

static void pages_of_nothing_end(void **state)
{
	static uint8_t bytes[4096];

	(void)state;
	memset(bytes, 0x90, sizeof(bytes));
	EXPECT(choose(bytes, sizeof(bytes), 0, 0), 0, UPROBE_NOP);
	for (size_t i = 0; i < sizeof(bytes); i += 4) /* nopl: not emulated before 6.18 */
		memcpy(bytes + i, (const uint8_t[]){0x0f, 0x1f, 0x40, 0x00}, 4);
	EXPECT(choose(bytes, sizeof(bytes), 0, 0), 0, UPROBE_TOO_FAR);
	memset(bytes, 0, sizeof(bytes)); /* add %al,(%rax) */
	EXPECT(choose(bytes, sizeof(bytes), 0, 0), 0, UPROBE_TOO_FAR);
}

/* Whatever is there: no crash, and a place that was decoded up to and is one of them. */
static void rubbish_does_no_harm(void **state)
{
	uint8_t bytes[600];
	uint32_t seed = 7;
	int cheap = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t n = 1 + seed % sizeof(bytes);
		size_t entry = (seed >> 8) % n;
		struct uprobe_function f;

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[i] = seed >> 24;
		}
		f = choose(bytes, n, entry, round % 2);
		assert_true(f.kind < _UPROBE_KIND_MAX);
		assert_true(uprobe_is_emulated(f.kind) || f.at == 0);
		assert_true(f.at <= UPROBE_FARTHEST && entry + f.at < n);
		cheap += uprobe_is_emulated(f.kind);
	}
	assert_true(cheap > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_that_is_emulated_is_taken),
		cmocka_unit_test(what_an_intel_program_begins_with_is_gone_past),
		cmocka_unit_test(what_only_looks_emulated_is_not_taken),
		cmocka_unit_test(the_argument_must_be_what_it_was),
		cmocka_unit_test(the_return_address_must_be_where_it_was),
		cmocka_unit_test(what_may_not_be_come_by_is_not_taken),
		cmocka_unit_test(a_jump_is_taken_itself),
		cmocka_unit_test(what_a_loop_runs_again_is_not_taken),
		cmocka_unit_test(a_jump_table_may_lead_anywhere),
		cmocka_unit_test(others_may_come_past_the_entry),
		cmocka_unit_test(another_name_may_be_a_way_in),
		cmocka_unit_test(what_leads_on_is_one_call),
		cmocka_unit_test(what_cannot_be_decoded_is_left),
		cmocka_unit_test(how_long_it_is_must_be_known),
		cmocka_unit_test(pages_of_nothing_end),
		cmocka_unit_test(rubbish_does_no_harm),
	};

	return cmocka_run_group_tests(tests, load_decoder, drop_decoder);
}
