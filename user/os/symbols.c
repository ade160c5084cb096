// SPDX-License-Identifier: GPL-2.0
/*
 * Names of code and data.
 *
 * A symbol counts only if the address is within its size: the nearest symbol
 * below names stripped code after whatever comes before it. The dynamic table
 * goes first: its names are the ones in manuals ("pthread_mutex_lock", where
 * libc's debug file says "___pthread_mutex_lock"), and they are the same
 * whether or not debug files are installed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <gelf.h>

#include "demangle.h"
#include "elf_file.h"

#define EXPORTS_MAX  (1u << 20)
#define SIZELESS_MAX 4096 /* a symbol without a size (assembly) reaches so far at most */
#define CODE_MAX     (32u << 20)

static size_t underscores(const char *name)
{
	return strspn(name, "_");
}

/* By address; of several names the one meant for people first. */
static int by_start(const void *a, const void *b)
{
	const struct elf_export *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (underscores(x->name) != underscores(y->name))
		return underscores(x->name) < underscores(y->name) ? -1 : 1;
	return strcmp(x->name, y->name);
}

static Elf_Scn *section_of_type(Elf *elf, uint32_t type, GElf_Shdr *ret)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, ret) && ret->sh_type == type)
			return scn;
	return NULL;
}

static size_t read_exports(struct elf_file *f, uint32_t type, bool with_local)
{
	GElf_Shdr shdr;
	Elf_Scn *scn = section_of_type(f->elf, type, &shdr);
	Elf_Data *data = scn ? elf_getdata(scn, NULL) : NULL;
	size_t n = data && shdr.sh_entsize ? data->d_size / shdr.sh_entsize : 0, kept = 0;
	struct elf_export *e;
	GElf_Sym sym;

	if (!n || n > EXPORTS_MAX)
		return 0;
	e = calloc(n, sizeof(*e));
	for (size_t i = 0; e && i < n && gelf_getsym(data, i, &sym); i++) {
		const char *name = elf_strptr(f->elf, shdr.sh_link, sym.st_name);

		if (GELF_ST_TYPE(sym.st_info) != STT_FUNC || sym.st_shndx == SHN_UNDEF ||
		    (GELF_ST_BIND(sym.st_info) == STB_LOCAL && !with_local) || !sym.st_size ||
		    !name || !*name || sym.st_value + sym.st_size < sym.st_value)
			continue;
		e[kept++] = (struct elf_export){sym.st_value, sym.st_value + sym.st_size, name};
	}
	f->exports = e;
	return kept;
}

static void need_exports(struct elf_file *f)
{
	size_t n, kept = 0;

	if (f->exports_read)
		return;
	f->exports_read = true;
	n = read_exports(f, SHT_DYNSYM, false);
	if (!n && f->is_static) {
		free(f->exports);
		f->exports = NULL;
		n = read_exports(f, SHT_SYMTAB, true);
	}
	if (!n)
		return;
	qsort(f->exports, n, sizeof(*f->exports), by_start);
	for (size_t i = 0; i < n; i++)
		if (!kept || f->exports[kept - 1].start != f->exports[i].start)
			f->exports[kept++] = f->exports[i];
	f->n_exports = kept;
}

const struct elf_export *elf_file_export(struct elf_file *f, uint64_t addr)
{
	size_t low = 0, high;

	need_exports(f);
	high = f->n_exports;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (f->exports[mid].start <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low && addr < f->exports[low - 1].end ? &f->exports[low - 1] : NULL;
}

#ifdef __x86_64__
/* jmp rel32, or jcc rel32, at this byte? */
static bool jumps(const uint8_t *b, uint64_t at, uint64_t target)
{
	int32_t distance;

	if (b[0] == 0xe9)
		memcpy(&distance, b + 1, 4), at += 5;
	else if (b[0] == 0x0f && (b[1] & 0xf0) == 0x80)
		memcpy(&distance, b + 2, 4), at += 6;
	else
		return false;
	return at + (int64_t)distance == target;
}

const struct elf_export *elf_file_jumps_to(struct elf_file *f, uint64_t target,
					   const struct elf_export *only)
{
	const struct elf_export *found = NULL;
	bool several = false;

	for (size_t i = 0; i < f->n_segments; i++) {
		const struct elf_segment *s = &f->segments[i];
		uint8_t *code = s->exec && s->filesz <= CODE_MAX ? malloc(s->filesz) : NULL;
		size_t n = code ? elf_file_bytes(f, s->vaddr, code, s->filesz) : 0;

		for (size_t k = 0; k + 6 <= n; k++) {
			const struct elf_export *e;

			if (!jumps(code + k, s->vaddr + k, target))
				continue;
			e = elf_file_export(f, s->vaddr + k);
			if (only && e != only)
				continue;
			several |= e && found && e != found;
			if (e)
				found = e;
		}
		free(code);
	}
	return several ? NULL : found;
}
#else
const struct elf_export *elf_file_jumps_to(struct elf_file *f, uint64_t target,
					   const struct elf_export *only)
{
	(void)f, (void)target, (void)only;
	return NULL;
}
#endif

/* Entry i of the index: where a function starts, 8 bytes an entry. */
static int index_entry(struct elf_file *f, uint64_t i, uint64_t *ret)
{
	int32_t distance;

	if (elf_file_bytes(f, f->eh_frame_hdr + 12 + 8 * i, &distance, 4) != 4)
		return -ENOENT;
	*ret = f->eh_frame_hdr + (int64_t)distance;
	return 0;
}

int elf_file_function(struct elf_file *f, uint64_t addr, uint64_t *ret)
{
	uint64_t low = 0, high, start;
	uint32_t count;
	uint8_t head[12];

	/* The one form that linkers write: version 1, count as udata4, table as datarel sdata4. */
	if (!f->eh_frame_hdr || elf_file_bytes(f, f->eh_frame_hdr, head, 12) != 12 ||
	    head[0] != 1 || head[2] != 0x03 || head[3] != 0x3b)
		return -ENOENT;
	memcpy(&count, head + 8, 4);
	high = count;
	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (index_entry(f, mid, &start))
			return -ENOENT;
		if (start <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? index_entry(f, low - 1, ret) : -ENOENT;
}

static char *demangled(const char *name)
{
	char buf[DEMANGLED_MAX];

	demangle(name, buf, sizeof(buf));
	return strdup(buf);
}

static char *find_symbol(struct elf_file *f, uint64_t addr, uint64_t *ret_start)
{
	const struct elf_export *e = elf_file_export(f, addr);
	const char *name;
	GElf_Off offset;
	GElf_Sym sym;
	int type;

	if (e) {
		*ret_start = e->start;
		return demangled(e->name);
	}
	name = dwfl_module_addrinfo(f->mod, addr, &offset, &sym, NULL, NULL, NULL);
	if (!name || !*name || offset >= (sym.st_size ? sym.st_size : SIZELESS_MAX))
		return NULL;
	type = GELF_ST_TYPE(sym.st_info);
	if (type != STT_FUNC && type != STT_NOTYPE && type != STT_GNU_IFUNC)
		return NULL;
	*ret_start = addr - offset;
	return demangled(name);
}

static char *find_line(struct elf_file *f, uint64_t addr, uint32_t *ret_line)
{
	Dwfl_Line *line = NULL;
	const char *file;
	Dwarf_Addr bias;
	int number = 0;

	/* no_lines is known only after the DWARF was opened. */
	if (!f->no_lines && dwfl_module_getdwarf(f->mod, &bias) && !f->no_lines)
		line = dwfl_module_getsrc(f->mod, addr);

	file = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
	if (!file || number <= 0)
		return NULL;
	*ret_line = number;
	return strdup(file);
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
	free(p->symbol);
	free(p->file);
	memset(p, 0, sizeof(*p));
	p->used = true;
	p->lookup = lookup;
	p->symbol = find_symbol(f, lookup, &p->symbol_start);
	p->file = find_line(f, lookup, &p->line);
	return p;
}

int elf_file_object(struct elf_file *f, uint64_t addr, char *name, size_t size,
		    uint64_t *ret_offset)
{
	GElf_Off offset;
	GElf_Sym sym;
	const char *found = dwfl_module_addrinfo(f->mod, addr, &offset, &sym, NULL, NULL, NULL);

	if (!found || !*found || GELF_ST_TYPE(sym.st_info) != STT_OBJECT || offset >= sym.st_size)
		return -ENOENT;
	demangle(found, name, size);
	*ret_offset = offset;
	return 0;
}
