// SPDX-License-Identifier: GPL-2.0
/*
 * Source lines, and the functions that the compiler put into others, by DWARF.
 */
#include <stdlib.h>
#include <string.h>

#include <dwarf.h>
#include <gelf.h>

#include "demangle.h"
#include "elf_file.h"

#define INLINED_MAX 16 /* at one address */
#define SCOPES_MAX  64 /* within each other */

/*
 * libdw 0.188 takes it for granted that tables of strings end with a NUL, and
 * reads on behind those that do not.
 */
static bool strings_end(Elf *elf)
{
	Elf_Scn *scn = NULL;
	size_t names;

	if (!elf || elf_getshdrstrndx(elf, &names))
		return false;
	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr shdr;
		Elf_Data *data;
		const char *name;

		if (!gelf_getshdr(scn, &shdr))
			return false;
		name = elf_strptr(elf, names, shdr.sh_name);
		if (!name || (!strstr(name, "debug_str") && !strstr(name, "debug_line_str")))
			continue;
		data = elf_rawdata(scn, NULL); /* libdw has decompressed it */
		if (data && data->d_size && ((char *)data->d_buf)[data->d_size - 1])
			return false;
	}
	return true;
}

/* As strings_end(); what it takes counts as the file's. */
static bool is_sound(struct elf_file *f, Dwarf *dwarf)
{
	Elf *elf = dwarf_getelf(dwarf);

	if (elf != f->elf)
		f->bytes += elf_weigh(elf);
	return strings_end(elf);
}

/* Can lines be read of this file, without harm? */
static bool has_lines(struct elf_file *f)
{
	Dwarf_Addr bias;
	Dwarf *dwarf;

	if (f->lines_checked)
		return !f->no_lines;
	f->lines_checked = true;
	dwarf = dwfl_module_getdwarf(f->mod, &bias);
	if (!dwarf || !is_sound(f, dwarf))
		f->no_lines = true;
	/* Not found, it would be looked for by a path: finding debug files says so. */
	dwarf = f->no_lines ? NULL : dwarf_getalt(dwarf);
	if (dwarf && !is_sound(f, dwarf))
		f->no_lines = true;
	return !f->no_lines; /* which finding debug files may also have set */
}

static char *copy(const char *s)
{
	return s ? strdup(s) : NULL;
}

/* The name that it would have as a symbol, if it has one. */
static char *name_of(Dwarf_Die *die)
{
	char buf[DEMANGLED_MAX];
	Dwarf_Attribute attr;
	const char *name = NULL;

	if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attr) ||
	    dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attr))
		name = dwarf_formstring(&attr);
	if (!name && dwarf_attr_integrate(die, DW_AT_name, &attr))
		name = dwarf_formstring(&attr);
	if (!name || !*name)
		return NULL;
	demangle(name, buf, sizeof(buf));
	return strdup(buf);
}

static void add(struct elf_place *p, Dwarf_Die *cu, Dwarf_Die *die)
{
	struct elf_inlined *i = &p->inlined[p->n_inlined];
	Dwarf_Attribute attr;
	Dwarf_Word line = 0, file = 0;
	Dwarf_Files *files;
	size_t n;

	*i = (struct elf_inlined){.name = name_of(die)};
	if (!i->name)
		return;
	p->n_inlined++;
	if (!dwarf_attr(die, DW_AT_call_line, &attr) || dwarf_formudata(&attr, &line) || !line ||
	    line > INT32_MAX || !dwarf_attr(die, DW_AT_call_file, &attr) ||
	    dwarf_formudata(&attr, &file) || dwarf_getsrcfiles(cu, &files, &n) || file >= n)
		return;
	i->call_file = copy(dwarf_filesrc(files, file, NULL, NULL));
	i->call_line = i->call_file ? line : 0;
}

/* What may have functions in it, without being code itself. */
static bool may_hold_functions(int tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_module || tag == DW_TAG_class_type ||
	       tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
}

/*
 * The chain of DIEs from the function that has addr down to the innermost one:
 * dwarf_getscopes() finds none of what was inlined from another unit, as
 * link-time optimization does. Returns how many there are.
 */
static size_t find_scopes(Dwarf_Die *parent, Dwarf_Addr addr, size_t n, Dwarf_Die *scopes)
{
	Dwarf_Die die;

	if (n == SCOPES_MAX || dwarf_child(parent, &die))
		return n;
	do {
		int tag = dwarf_tag(&die);

		if (may_hold_functions(tag)) {
			size_t more;

			scopes[n] = die;
			more = find_scopes(&die, addr, n + 1, scopes);
			if (more > n + 1)
				return more;
		} else if (dwarf_haspc(&die, addr) > 0) {
			scopes[n] = die;
			return find_scopes(&die, addr, n + 1, scopes);
		}
	} while (dwarf_siblingof(&die, &die) == 0);
	return n;
}

/* Of the scopes around addr, innermost first, up to the function that has it. */
static void find_inlined(struct elf_file *f, uint64_t addr, struct elf_place *p)
{
	Dwarf_Die scopes[SCOPES_MAX], *cu;
	Dwarf_Addr bias;
	size_t n;

	cu = dwfl_module_addrdie(f->mod, addr, &bias);
	n = cu ? find_scopes(cu, addr - bias, 0, scopes) : 0;
	p->inlined = n > 0 ? calloc(INLINED_MAX, sizeof(*p->inlined)) : NULL;
	while (p->inlined && n-- > 0 && p->n_inlined < INLINED_MAX) {
		int tag = dwarf_tag(&scopes[n]);

		if (tag == DW_TAG_subprogram)
			break;
		if (tag == DW_TAG_inlined_subroutine)
			add(p, cu, &scopes[n]);
	}
	if (!p->n_inlined) {
		free(p->inlined);
		p->inlined = NULL;
	}
}

void elf_file_lines(struct elf_file *f, uint64_t addr, struct elf_place *p)
{
	Dwfl_Line *line = has_lines(f) ? dwfl_module_getsrc(f->mod, addr) : NULL;
	const char *file;
	int number = 0;

	file = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
	if (file && number > 0) {
		p->file = strdup(file);
		p->line = p->file ? number : 0;
	}
	if (has_lines(f))
		find_inlined(f, addr, p);
}
