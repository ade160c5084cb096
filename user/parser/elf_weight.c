// SPDX-License-Identifier: GPL-2.0
#include <string.h>

#include <gelf.h>

#include "elf_file.h"

#define FILE_BYTES   (64u << 10) /* our own tables, and what libdwfl has of any file */
#define PACKED_TIMES 8		 /* so much larger is what xz has packed */

static size_t section_bytes(Elf_Scn *scn, const GElf_Shdr *shdr, const char *name)
{
	GElf_Chdr chdr;

	if (shdr->sh_type == SHT_NOBITS || shdr->sh_flags & SHF_EXECINSTR)
		return 0;
	if (shdr->sh_flags & SHF_COMPRESSED && gelf_getchdr(scn, &chdr))
		return chdr.ch_size;
	if (!strcmp(name, ".gnu_debugdata"))
		return shdr->sh_size * PACKED_TIMES;
	if (shdr->sh_type == SHT_SYMTAB || shdr->sh_type == SHT_DYNSYM ||
	    shdr->sh_type == SHT_STRTAB || strstr(name, "debug") || strstr(name, "_frame"))
		return shdr->sh_size;
	return 0; /* data of the program itself is not read */
}

size_t elf_weigh(Elf *elf)
{
	size_t names, sum = FILE_BYTES;
	Elf_Scn *scn = NULL;

	if (!elf || elf_getshdrstrndx(elf, &names))
		return sum;
	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr shdr;
		const char *name;

		if (!gelf_getshdr(scn, &shdr))
			break;
		name = elf_strptr(elf, names, shdr.sh_name);
		sum += section_bytes(scn, &shdr, name ? name : "");
	}
	return sum;
}
