// SPDX-License-Identifier: GPL-2.0
/*
 * What a file has by itself, stripped or not: the functions in its dynamic
 * symbol table, where its functions begin (the index of its unwind tables),
 * and which of them jump where. A static program has its symbol table instead,
 * if it was not stripped.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <gelf.h>

#include "elf_file.h"

#define EXPORTS_MAX (1u << 20)
#define CODE_MAX    (32u << 20)

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
	if (x->old != y->old)
		return x->old ? 1 : -1;
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

/* A name that is kept for old programs alone ("cfree")? versions may be NULL. */
static bool is_old(Elf_Data *versions, size_t i)
{
	GElf_Versym v;

	return versions && gelf_getversym(versions, i, &v) && v & 0x8000;
}

static size_t read_exports(struct elf_file *f, uint32_t type, bool with_local)
{
	GElf_Shdr shdr;
	Elf_Scn *scn = section_of_type(f->elf, type, &shdr);
	Elf_Data *data = scn ? elf_getdata(scn, NULL) : NULL;
	size_t n = data && shdr.sh_entsize ? data->d_size / shdr.sh_entsize : 0, kept = 0;
	Elf_Data *versions = NULL;
	struct elf_export *e;
	GElf_Shdr other;
	GElf_Sym sym;

	scn = type == SHT_DYNSYM ? section_of_type(f->elf, SHT_GNU_versym, &other) : NULL;
	if (scn)
		versions = elf_getdata(scn, NULL);
	if (!n || n > EXPORTS_MAX)
		return 0;
	e = calloc(n, sizeof(*e));
	for (size_t i = 0; e && i < n && gelf_getsym(data, i, &sym); i++) {
		const char *name = elf_strptr(f->elf, shdr.sh_link, sym.st_name);

		if (GELF_ST_TYPE(sym.st_info) != STT_FUNC || sym.st_shndx == SHN_UNDEF ||
		    (GELF_ST_BIND(sym.st_info) == STB_LOCAL && !with_local) || !sym.st_size ||
		    !name || !*name || sym.st_value + sym.st_size < sym.st_value)
			continue;
		e[kept++] = (struct elf_export){sym.st_value, sym.st_value + sym.st_size, name,
						is_old(versions, i)};
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
	if (!elf_file_awake(f))
		return;
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
	high = f->exports ? f->n_exports : 0;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (f->exports[mid].start <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low && addr < f->exports[low - 1].end ? &f->exports[low - 1] : NULL;
}

bool elf_file_exports(struct elf_file *f, const char *name)
{
	need_exports(f);
	for (size_t i = 0; f->exports && i < f->n_exports; i++)
		if (!strcmp(f->exports[i].name, name))
			return true;
	return false;
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

static size_t add_jumper(const struct elf_export *e, const struct elf_export **ret, size_t n,
			 size_t max)
{
	for (size_t i = 0; i < n; i++)
		if (ret[i] == e)
			return n;
	if (e && n < max)
		ret[n++] = e;
	return n;
}

size_t elf_file_jumpers(struct elf_file *f, uint64_t target, const struct elf_export **ret,
			size_t max)
{
	size_t found = 0;

	for (size_t i = 0; i < f->n_segments; i++) {
		const struct elf_segment *s = &f->segments[i];
		uint8_t *code = s->exec && s->filesz <= CODE_MAX ? malloc(s->filesz) : NULL;
		size_t n = code ? elf_file_bytes(f, s->vaddr, code, s->filesz) : 0;

		for (size_t k = 0; k + 6 <= n; k++)
			if (jumps(code + k, s->vaddr + k, target))
				found = add_jumper(elf_file_export(f, s->vaddr + k), ret, found,
						   max);
		free(code);
	}
	return found;
}
#else
size_t elf_file_jumpers(struct elf_file *f, uint64_t target, const struct elf_export **ret,
			size_t max)
{
	(void)f, (void)target, (void)ret, (void)max;
	return 0;
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

/* In the one form that linkers write: version 1, count as udata4, table as datarel sdata4. */
static int function_by_index(struct elf_file *f, uint64_t addr, uint64_t *ret)
{
	uint64_t low = 0, high, start;
	uint32_t count;
	uint8_t head[12];

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

int elf_file_function(struct elf_file *f, uint64_t addr, uint64_t *ret)
{
	const struct elf_export *e;

	if (!function_by_index(f, addr, ret))
		return 0;
	e = elf_file_export(f, addr); /* static programs may have no index */
	if (!e)
		return -ENOENT;
	*ret = e->start;
	return 0;
}

static uint64_t symbol_start(struct elf_file *f, uint64_t addr)
{
	const struct elf_export *e = elf_file_export(f, addr);
	GElf_Off offset;
	GElf_Sym sym;

	if (e)
		return e->start;
	if (!elf_file_awake(f) ||
	    !dwfl_module_addrinfo(f->mod, addr, &offset, &sym, NULL, NULL, NULL) ||
	    offset >= sym.st_size || GELF_ST_TYPE(sym.st_info) != STT_FUNC)
		return 0;
	return addr - offset;
}

int elf_file_function_symbol(struct elf_file *f, uint64_t addr, uint64_t *ret)
{
	struct elf_start_slot *slot = &f->starts[(addr ^ addr >> 6) % ELF_START_SLOTS];

	if (!slot->used || slot->addr != addr)
		*slot = (struct elf_start_slot){addr, symbol_start(f, addr), true};
	*ret = slot->start;
	return slot->start ? 0 : -ENOENT;
}
