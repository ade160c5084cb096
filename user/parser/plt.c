// SPDX-License-Identifier: GPL-2.0
#include "plt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gelf.h>

#include "frame_guess.h"

#define ENTRY	   16
#define RELOCS_MAX (1u << 20)

/* The section of stubs that addr is in. */
static bool find_section(Elf *elf, uint64_t addr, GElf_Shdr *ret)
{
	Elf_Scn *scn = NULL;
	size_t names;

	if (elf_getshdrstrndx(elf, &names))
		return false;
	while ((scn = elf_nextscn(elf, scn))) {
		const char *name;

		if (!gelf_getshdr(scn, ret) || addr < ret->sh_addr ||
		    addr - ret->sh_addr >= ret->sh_size || !(ret->sh_flags & SHF_EXECINSTR))
			continue;
		name = elf_strptr(elf, names, ret->sh_name);
		return name && strncmp(name, ".plt", 4) == 0;
	}
	return false;
}

/* The name that the loader puts into that slot of the table of addresses. */
static const char *name_in_section(Elf *elf, Elf_Scn *scn, const GElf_Shdr *shdr, uint64_t slot)
{
	Elf_Data *data = elf_getdata(scn, NULL), *symbols;
	Elf_Scn *of = elf_getscn(elf, shdr->sh_link);
	size_t n = data && shdr->sh_entsize ? data->d_size / shdr->sh_entsize : 0;
	GElf_Shdr symbols_shdr;
	GElf_Rela rela;
	GElf_Sym sym;

	symbols = of && gelf_getshdr(of, &symbols_shdr) ? elf_getdata(of, NULL) : NULL;
	for (size_t i = 0; symbols && i < n && i < RELOCS_MAX && gelf_getrela(data, i, &rela);
	     i++) {
		if (rela.r_offset != slot || !gelf_getsym(symbols, GELF_R_SYM(rela.r_info), &sym) ||
		    !sym.st_name)
			continue;
		return elf_strptr(elf, symbols_shdr.sh_link, sym.st_name);
	}
	return NULL;
}

static const char *name_in_slot(Elf *elf, uint64_t slot)
{
	Elf_Scn *scn = NULL;
	const char *name = NULL;
	GElf_Shdr shdr;

	while (!name && (scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, &shdr) && shdr.sh_type == SHT_RELA)
			name = name_in_section(elf, scn, &shdr, slot);
	return name;
}

bool elf_plt_name(struct elf_file *f, uint64_t addr, char *name, size_t size, uint64_t *ret_start)
{
	uint8_t code[ENTRY];
	const char *found;
	uint64_t start, slot;
	GElf_Shdr shdr;

	*name = '\0';
	if (!find_section(f->elf, addr, &shdr))
		return false;
	start = addr - (addr - shdr.sh_addr) % ENTRY;
	if (guess_plt_pointer(code, elf_file_bytes(f, start, code, sizeof(code)), start, &slot))
		return true;
	found = name_in_slot(f->elf, slot);
	if (found && *found)
		snprintf(name, size, "%.*s@plt", (int)strcspn(found, "@"), found);
	*ret_start = start;
	return true;
}
