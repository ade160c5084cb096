// SPDX-License-Identifier: GPL-2.0
#include "lock_functions.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "uprobe_site.h"

static const struct {
	const char *name;
	enum lock_use use;
} names[] = {
	{"pthread_mutex_lock", TAKES_FIRST},
	{"pthread_mutex_trylock", TAKES_FIRST},
	{"pthread_mutex_timedlock", TAKES_FIRST},
	{"pthread_mutex_clocklock", TAKES_FIRST},
	{"pthread_cond_wait", TAKES_SECOND},
	{"pthread_cond_timedwait", TAKES_SECOND},
	{"pthread_cond_clockwait", TAKES_SECOND},
	{"pthread_rwlock_wrlock", TAKES_FIRST},
	{"pthread_rwlock_trywrlock", TAKES_FIRST},
	{"pthread_rwlock_timedwrlock", TAKES_FIRST},
	{"pthread_rwlock_clockwrlock", TAKES_FIRST},
	{"pthread_rwlock_rdlock", TAKES_READ},
	{"pthread_rwlock_tryrdlock", TAKES_READ},
	{"pthread_rwlock_timedrdlock", TAKES_READ},
	{"pthread_rwlock_clockrdlock", TAKES_READ},
	{"pthread_rwlock_unlock", GIVES_BACK},
	{"sem_wait", TAKES_UNIT},
	{"sem_trywait", TRIES_UNIT},
	{"sem_timedwait", TRIES_UNIT},
	{"sem_clockwait", TRIES_UNIT},
	{"sem_post", GIVES_UNIT},
};

#define N_NAMES	      (sizeof(names) / sizeof(names[0]))
#define MAX_SYMBOLS   1000000 /* glibc has 3,000 */
#define CODE_SEGMENTS 4
#define CODE_MAX      (32u << 20) /* of one; glibc has 1.4 MB */

const char *lock_function_name(uint8_t name)
{
	return name < N_NAMES ? names[name].name : "?";
}

bool lock_functions_likely(const char *path)
{
	static const char *const prefixes[] = {"libc.so", "libc-", "libpthread", "ld-musl"};
	const char *base = strrchr(path, '/');

	for (size_t i = 0; base && i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (strncmp(base + 1, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	}
	return false;
}

/* File offset of an address of the image, in a segment that is executable. */
static bool file_offset(Elf *elf, uint64_t address, uint64_t *ret)
{
	size_t n = 0;

	if (elf_getphdrnum(elf, &n) < 0)
		return false;
	for (size_t i = 0; i < n && i < 64; i++) {
		GElf_Phdr p;

		if (!gelf_getphdr(elf, (int)i, &p) || p.p_type != PT_LOAD || !(p.p_flags & PF_X) ||
		    address < p.p_vaddr || address - p.p_vaddr >= p.p_filesz)
			continue;
		*ret = address - p.p_vaddr + p.p_offset;
		return true;
	}
	return false;
}

struct search {
	Elf *elf;
	struct lock_function *found;
	struct uprobe_function functions[LOCK_FUNCTIONS]; /* the same ones */
	int n;
};

/* Adds a symbol if it is one of ours; two names or versions of one place count once. */
static void add(struct search *s, const char *name, const GElf_Sym *sym)
{
	uint64_t offset;

	if (GELF_ST_TYPE(sym->st_info) != STT_FUNC)
		return;
	for (size_t i = 0; i < N_NAMES; i++) {
		if (strcmp(name, names[i].name) != 0 ||
		    !file_offset(s->elf, sym->st_value, &offset))
			continue;
		for (int k = 0; k < s->n; k++) {
			if (s->found[k].offset == offset)
				return;
		}
		if (s->n == LOCK_FUNCTIONS)
			return;
		s->functions[s->n] = (struct uprobe_function){
			.addr = sym->st_value,
			.size = sym->st_size,
			.arg = names[i].use == TAKES_SECOND,
		};
		s->found[s->n++] =
			(struct lock_function){.offset = offset, .use = names[i].use, .name = i};
	}
}

/* One that may lead into a function of ours elsewhere than by its entry. */
static void note(struct search *s, const char *name, const GElf_Sym *sym)
{
	(void)name;
	for (int k = 0; k < s->n; k++)
		uprobe_site_also(&s->functions[k], sym->st_value);
}

static void each_symbol(struct search *s,
			void (*fn)(struct search *s, const char *name, const GElf_Sym *sym))
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(s->elf, section))) {
		GElf_Shdr header;
		Elf_Data *data;

		if (!gelf_getshdr(section, &header) || header.sh_type != SHT_DYNSYM ||
		    header.sh_entsize == 0)
			continue;
		data = elf_getdata(section, NULL);
		for (uint64_t i = 0;
		     data && i < header.sh_size / header.sh_entsize && i < MAX_SYMBOLS; i++) {
			GElf_Sym sym;
			const char *name;

			if (!gelf_getsym(data, (int)i, &sym))
				break;
			name = elf_strptr(s->elf, header.sh_link, sym.st_name);
			if (name && sym.st_shndx != SHN_UNDEF)
				fn(s, name, &sym);
		}
	}
}

/* Reads the code of a segment; false: it has none, or too much. */
static bool read_code(int fd, const GElf_Phdr *p, struct uprobe_code *ret)
{
	uint8_t *bytes;
	ssize_t n;

	if (p->p_type != PT_LOAD || !(p->p_flags & PF_X) || !p->p_filesz || p->p_filesz > CODE_MAX)
		return false;
	bytes = malloc(p->p_filesz);
	n = bytes ? pread(fd, bytes, p->p_filesz, (off_t)p->p_offset) : -1;
	if (n <= 0 || p->p_vaddr + p->p_filesz < p->p_vaddr) {
		free(bytes);
		return false;
	}
	*ret = (struct uprobe_code){bytes, n, p->p_vaddr};
	return true;
}

static void choose_sites(struct search *s, int fd, struct disassembler *d)
{
	struct uprobe_code code[CODE_SEGMENTS];
	size_t n = 0, n_code = 0;
	bool whole = true;
	GElf_Ehdr header;
	GElf_Phdr p;

	if (elf_getphdrnum(s->elf, &n) < 0)
		n = 0;
	for (size_t i = 0; i < n && gelf_getphdr(s->elf, (int)i, &p); i++) {
		if (p.p_type != PT_LOAD || !(p.p_flags & PF_X))
			continue;
		if (n_code < CODE_SEGMENTS && read_code(fd, &p, &code[n_code]))
			n_code++;
		else
			whole = false;
	}
	uprobe_sites_choose(d, code, whole ? n_code : 0, s->functions, s->n);
	each_symbol(s, note);
	if (!gelf_getehdr(s->elf, &header) || header.e_machine != EM_X86_64 ||
	    header.e_ident[EI_CLASS] != ELFCLASS64)
		for (int k = 0; k < s->n; k++)
			s->functions[k].at = 0, s->functions[k].kind = UPROBE_OTHER_MACHINE;
	for (size_t i = 0; i < n_code; i++)
		free((void *)code[i].bytes);
	for (int k = 0; k < s->n; k++) {
		s->found[k].at = s->functions[k].at;
		s->found[k].kind = s->functions[k].kind;
		s->found[k].leads_on = s->functions[k].leads_on;
		s->found[k].inside = s->functions[k].inside;
	}
}

int lock_functions_find(int fd, struct disassembler *d, struct lock_function ret[LOCK_FUNCTIONS])
{
	struct search s = {.found = ret};

	if (elf_version(EV_CURRENT) == EV_NONE)
		return -ENOTSUP;
	s.elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!s.elf)
		return -EBADMSG;
	if (elf_kind(s.elf) != ELF_K_ELF) {
		elf_end(s.elf);
		return -EBADMSG;
	}
	each_symbol(&s, add);
	if (s.n)
		choose_sites(&s, fd, d);
	elf_end(s.elf);
	return s.n;
}
