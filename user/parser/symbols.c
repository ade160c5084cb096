// SPDX-License-Identifier: GPL-2.0
/*
 * Names of code and data.
 *
 * A symbol counts only if the address is within its size: the nearest symbol
 * below names stripped code after whatever comes before it. Exported names
 * (exports.c) go first: they are the ones in manuals ("pthread_mutex_lock",
 * where libc's debug file says "___pthread_mutex_lock"), and they are the same
 * whether or not debug files are installed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <gelf.h>

#include "demangle.h"
#include "elf_file.h"
#include "plt.h"

#define SIZELESS_MAX 4096 /* a symbol without a size (assembly) reaches so far at most */

static char *demangled(const char *name)
{
	char buf[DEMANGLED_MAX];

	demangle(name, buf, sizeof(buf));
	return strdup(buf);
}

/* An assembler's symbol may have no size: then it ends where another function begins. */
static bool is_within(struct elf_file *f, uint64_t addr, uint64_t offset, const GElf_Sym *sym)
{
	uint64_t start;

	if (sym->st_size)
		return offset < sym->st_size;
	return offset < SIZELESS_MAX &&
	       (elf_file_function(f, addr, &start) || start <= addr - offset || start > addr);
}

static char *find_symbol(struct elf_file *f, uint64_t addr, uint64_t *ret_start)
{
	const struct elf_export *e = elf_file_export(f, addr);
	char stub[DEMANGLED_MAX];
	const char *name;
	GElf_Off offset;
	GElf_Sym sym;
	int type;

	if (e) {
		*ret_start = e->start;
		return demangled(e->name);
	}
	if (elf_plt_name(f, addr, stub, sizeof(stub), ret_start))
		return *stub ? demangled(stub) : NULL;
	name = dwfl_module_addrinfo(f->mod, addr, &offset, &sym, NULL, NULL, NULL);
	if (!name || !*name || !is_within(f, addr, offset, &sym))
		return NULL;
	type = GELF_ST_TYPE(sym.st_info);
	if (type != STT_FUNC && type != STT_NOTYPE && type != STT_GNU_IFUNC)
		return NULL;
	*ret_start = addr - offset;
	return demangled(name);
}

void elf_place_clear(struct elf_place *p)
{
	for (size_t i = 0; i < p->n_inlined; i++) {
		free(p->inlined[i].name);
		free(p->inlined[i].call_file);
	}
	free(p->inlined);
	free(p->symbol);
	free(p->file);
	memset(p, 0, sizeof(*p));
}

const struct elf_place *elf_file_place(struct elf_file *f, uint64_t lookup)
{
	struct elf_place *p;

	if (!f->places)
		f->places = calloc(ELF_PLACES, sizeof(*f->places));
	if (!f->places)
		return NULL;
	p = &f->places[(lookup ^ lookup >> 10) % ELF_PLACES];
	if (p->used && p->lookup == lookup)
		return p;
	if (!elf_file_awake(f))
		return NULL;
	elf_place_clear(p);
	p->used = true;
	p->lookup = lookup;
	p->symbol = find_symbol(f, lookup, &p->symbol_start);
	elf_file_lines(f, lookup, p);
	return p;
}

int elf_file_object(struct elf_file *f, uint64_t addr, char *name, size_t size,
		    uint64_t *ret_offset)
{
	GElf_Off offset;
	GElf_Sym sym;
	const char *found = elf_file_awake(f) ? dwfl_module_addrinfo(f->mod, addr, &offset, &sym,
								     NULL, NULL, NULL)
					      : NULL;

	if (!found || !*found || GELF_ST_TYPE(sym.st_info) != STT_OBJECT || offset >= sym.st_size)
		return -ENOENT;
	demangle(found, name, size);
	*ret_offset = offset;
	return 0;
}
