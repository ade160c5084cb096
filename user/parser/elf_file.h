/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_ELF_FILE_H
#define PARSER_ELF_FILE_H

/*
 * One program or library, however many processes map it: its unwind tables,
 * its symbols, its lines. Addresses are the file's own ("ELF addresses"), as
 * if it were loaded without a bias. Files are shared between processes and
 * counted.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <elfutils/libdwfl.h>

#include "libc_of.h"

#define ELF_NAME_MAX	 64
#define ELF_BUILD_ID_MAX 65 /* 32 bytes in hex */
#define ELF_SEGMENTS	 32
#define ELF_FRAME_SLOTS	 512
#define ELF_PLACES	 1024
#define ELF_ALSO	 8

struct elf_segment {
	uint64_t offset, vaddr, filesz, memsz;
	bool exec;
};

/* A function without code of its own here: the compiler put it into another. */
struct elf_inlined {
	char *name;	 /* demangled */
	char *call_file; /* where it is called, or NULL */
	uint32_t call_line;
};

/* What is known of one code address; kept with the file, asked for a thousand times. */
struct elf_place {
	uint64_t lookup;
	uint64_t symbol_start; /* valid if symbol */
	uint32_t line;
	bool used;
	char *symbol; /* demangled, or NULL */
	char *file;   /* or NULL */
	struct elf_inlined *inlined;
	size_t n_inlined; /* innermost first; file and line are in the first of them */
};

/* An exported function; of a static program, any function. */
struct elf_export {
	uint64_t start, end;
	const char *name; /* in the string table */
	bool old;	  /* only for programs linked long ago */
};

/* Where the function around addr starts by symbols: each look passes over all of them. */
#define ELF_START_SLOTS 64

struct elf_start_slot {
	uint64_t addr, start; /* start 0: not known */
	bool used;
};

struct elf_frame_slot {
	uint64_t addr;
	Dwarf_Frame *frame; /* NULL: no unwind entry covers addr (if used) */
	bool used;
};

struct source;

struct elf_file {
	struct elf_file *next; /* in the cache, last used first */
	unsigned int refs;
	int fd;
	bool dwfl_owns;		     /* fd and elf */
	uint64_t number;	     /* as its source has it; 0: it has none */
	uint64_t also[ELF_ALSO];     /* other numbers that were given to copies of it */
	const struct source *source; /* of debug files; NULL: there are none */
	char name[ELF_NAME_MAX];
	char build_id[ELF_BUILD_ID_MAX];
	struct elf_segment segments[ELF_SEGMENTS];
	size_t n_segments;
	uint64_t eh_frame_hdr; /* ELF address, 0: none */
	uint64_t eh_frame_hdr_size;
	bool is_static; /* no dynamic linker: its symtab is all it has */
	bool lines_checked;
	bool no_lines; /* DWARF that is missing, broken, or would read further files by itself */
	bool finding;  /* a debug file is being looked for */
	bool asleep;   /* nothing of it is in memory but what is here */
	size_t bytes;  /* that libelf and libdw keep of it, about */

	Elf *elf;
	Dwfl *dwfl;
	Dwfl_Module *mod;
	struct elf_frame_slot *frames;
	struct elf_start_slot starts[ELF_START_SLOTS];

	struct elf_export *exports;
	size_t n_exports;
	bool exports_read;
	bool libc_known;
	enum libc libc;

	struct elf_place *places; /* ELF_PLACES of them, NULL until asked */
};

/*
 * Takes fd over, also if it fails. Of path, where the process has the file, only
 * the base name counts. Returns 0 or -errno.
 */
int elf_file_open(int fd, const char *path, struct elf_file **ret);
void elf_file_unref(struct elf_file *f);

/*
 * Gives its memory back, until it is asked for something again. What belongs to
 * the file is gone: frames, exports, places.
 */
void elf_file_sleep(struct elf_file *f);
/* Back from sleep; false if that cannot be: it was truncated, say. */
bool elf_file_awake(struct elf_file *f);

/* The ELF address of an offset in the file, from its segments. 0 or -ENOENT. */
int elf_file_addr(const struct elf_file *f, uint64_t offset, uint64_t *ret);

/* Bytes of the file at an ELF address; returns how many (0: none). */
size_t elf_file_bytes(const struct elf_file *f, uint64_t addr, void *buf, size_t size);

/*
 * The unwind entry that covers addr: .eh_frame, else .debug_frame if debug is
 * set (which reads debug files). NULL if there is none. Belongs to the file.
 */
Dwarf_Frame *elf_file_frame(struct elf_file *f, uint64_t addr, bool debug);

/* The start of the function around addr, by the index of unwind tables or symbols. 0 or -ENOENT. */
int elf_file_function(struct elf_file *f, uint64_t addr, uint64_t *ret);

/* The same by symbols alone, local ones too: for code that no unwind table covers. */
int elf_file_function_symbol(struct elf_file *f, uint64_t addr, uint64_t *ret);

/* The exported function that covers addr within its size, or NULL. */
const struct elf_export *elf_file_export(struct elf_file *f, uint64_t addr);

/* Does the file export a function of this name? Looks at each. */
bool elf_file_exports(struct elf_file *f, const char *name);

/* Which C library the file is, or has linked in. */
enum libc elf_file_libc(struct elf_file *f);

/*
 * The exported functions that jump to target, the start of a function: one of
 * them may be what was called, hidden by a tail call. Returns their number, at
 * most max.
 */
size_t elf_file_jumpers(struct elf_file *f, uint64_t target, const struct elf_export **ret,
			size_t max);

/*
 * Symbol and line of a code address (for a return address: of the call before
 * it). Belongs to the file until the next call; NULL only for lack of memory.
 */
const struct elf_place *elf_file_place(struct elf_file *f, uint64_t lookup);

void elf_place_clear(struct elf_place *p);

/* Adds line and inlined functions, by DWARF. */
void elf_file_lines(struct elf_file *f, uint64_t addr, struct elf_place *p);

/* The object (variable) that covers addr within its size. 0 or -ENOENT. */
int elf_file_object(struct elf_file *f, uint64_t addr, char *name, size_t size,
		    uint64_t *ret_offset);

/* dwfl's callback: separate debug files, only through our own opens. */
int elf_find_debuginfo(Dwfl_Module *mod, void **userdata, const char *modname, Dwarf_Addr base,
		       const char *file_name, const char *debuglink_file, GElf_Word debuglink_crc,
		       char **debuginfo_file_name);

/* What will be in memory of a file once it was asked for everything, about. */
size_t elf_weigh(Elf *elf);

#endif
