/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_QUESTION_H
#define PARSER_QUESTION_H

/*
 * What is asked of the parser, and what it answers: plain data that can cross
 * to another process. Nobody outside user/parser/ sees more of a target's files
 * than this. What a program's own bytes say (names, line numbers, counts) is
 * never to be trusted before os/parser_check.h has looked at it.
 */
#include <stdbool.h>
#include <stdint.h>

#include "../seen.h"
#include "libc_of.h"
#include "lock_functions.h"
#include "uprobe_site.h"

#define PARSER_FRAMES 256
#define PARSER_TOP                                                                                 \
	(32 << 10) /* bytes of stack that go with a question; real threads use 2 to 14 KiB */
#define PARSER_MODULE	64
#define PARSER_BUILD_ID 65 /* 32 bytes in hex */
#define PARSER_SYMBOL	1024
#define PARSER_FILE	256
#define PARSER_NAMES	512 /* of one question: a frame may have several, by inlining */
#define PARSER_NOTE	128
#define PARSER_LINE	1536 /* a name in one line: symbol, file, module */
#define SITE_NAME	64
#define SITE_FRAMES	8
#define SITE_SCAN	8

enum parser_op {
	PARSER_WALK = 1,   /* frames of a sleeping thread, without names */
	PARSER_NAME,	   /* names of frames */
	PARSER_SITE,	   /* which exported function it waits in: site.h */
	PARSER_SCAN,	   /* site_scan.c */
	PARSER_ADDRESS,	   /* one address of code, in words */
	PARSER_VARIABLE,   /* ... of data */
	PARSER_LOCKS,	   /* the lock functions of a file: lock_functions.h */
	PARSER_FILE_NAMES, /* names of a file's own addresses: at[].pc are ELF addresses */
	PARSER_FILE_BUILD, /* the build-id of a file */
	_PARSER_OP_MAX,
};

/* A frame whose names are asked for. */
struct parser_at {
	uint64_t pc;
	bool exact_pc;
};

struct parser_question {
	enum parser_op op;
	bool debug;	  /* the unwind tables of separate debug files count too */
	bool functions;	  /* of a walk: with what is known of each frame's function */
	bool have_regs;	  /* regs[] is whole */
	uint64_t process; /* a number for it, never used again */
	uint64_t time_ns; /* how long an answer may take; a shorter one is then given */
	uint64_t sp, pc;
	uint64_t regs[SEEN_REGS];
	uint64_t address;
	uint32_t max;	/* frames */
	uint32_t n_at;	/* of at[] */
	uint32_t n_top; /* bytes of memory that begin at sp */
	struct parser_at at[PARSER_FRAMES];
	uint8_t top[PARSER_TOP];
};

/* No bool in what is answered: a stranger's byte need not be one. */
struct parser_frame {
	uint64_t pc, sp;
	uint64_t pc_slot;	/* the stack word that pc was read from, 0: a register */
	uint64_t addr;		/* ELF address; without file: from the start of the mapping */
	uint64_t file;		/* the same number for the same file; 0: none, or not readable */
	uint64_t function;	/* ELF address at which its function begins */
	uint8_t exact_pc;	/* not a return address: innermost, or interrupted by a signal */
	uint8_t guessed;	/* how is neither 0 nor FRAME_CFI */
	uint8_t how;		/* enum frame_how; 0: the innermost */
	uint8_t mapped;		/* something is mapped there */
	uint8_t has_function;	/* function is known */
	enum libc libc;		/* that the file is, or has linked in */
	char export[SITE_NAME]; /* the exported function that it is in, or "" */
	char module[PARSER_MODULE];
	char build_id[PARSER_BUILD_ID];
};

struct parser_walk {
	uint32_t n;
	uint8_t complete;
	char note[PARSER_NOTE];			   /* why not */
	struct parser_frame frames[PARSER_FRAMES]; /* innermost first */
};

struct parser_name {
	uint32_t at; /* index into the question's frames */
	uint32_t line;
	uint8_t inlined; /* into the next one of the same frame that is not */
	uint64_t symbol_offset;
	char symbol[PARSER_SYMBOL]; /* demangled, or "" */
	char file[PARSER_FILE];	    /* base name, or "" */
};

struct parser_names {
	uint32_t n;
	uint32_t n_asked; /* so many of the question's frames have been looked at */
	struct parser_name names[PARSER_NAMES];
};

struct site {
	char function[SITE_NAME]; /* "": none is found */
	char module[SITE_NAME];	  /* base name of the file that the pc is in, "": no file */
	enum libc libc;		  /* that this file is, or has linked in */
};

/* A return address that an answer follows from, and where on the stack it was. */
struct parser_step {
	uint64_t slot; /* distance from the stack pointer */
	uint64_t pc;
};

struct parser_site {
	struct site site;
	uint32_t n_steps; /* 0: it cannot be told what the answer follows from */
	struct parser_step steps[SITE_FRAMES]; /* the first is the pc */
};

struct parser_functions {
	uint32_t n;
	char names[SITE_SCAN][SITE_NAME];
};

struct parser_locks {
	uint32_t n;
	struct lock_function functions[LOCK_FUNCTIONS];
};

/* An address in one line, and where it is. */
struct parser_words {
	char line[PARSER_LINE];
	uint64_t addr; /* ELF address; without a file: from the start of the mapping */
	char module[PARSER_MODULE];
	char build_id[PARSER_BUILD_ID];
};

struct parser_answer {
	int64_t result; /* 0 or -errno */
	union {
		struct parser_walk walk;
		struct parser_names names;
		struct parser_site site;
		struct parser_functions scan;
		struct parser_locks locks;
		char build_id[PARSER_BUILD_ID];
		struct parser_words words;
	};
};

#endif
