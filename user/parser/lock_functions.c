// SPDX-License-Identifier: GPL-2.0
#include "lock_functions.h"

#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <string.h>

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

#define MAX_SYMBOLS 1000000 /* glibc has 3,000 */

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

/* Adds a symbol if it is one of ours; two names or versions of one place count once. */
static int add(Elf *elf, const char *name, const GElf_Sym *sym, struct lock_function *ret, int n)
{
	uint64_t offset;

	if (GELF_ST_TYPE(sym->st_info) != STT_FUNC || sym->st_shndx == SHN_UNDEF)
		return n;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i].name) != 0 || !file_offset(elf, sym->st_value, &offset))
			continue;
		for (int k = 0; k < n; k++) {
			if (ret[k].offset == offset)
				return n;
		}
		if (n < LOCK_FUNCTIONS)
			ret[n++] = (struct lock_function){offset, names[i].use};
	}
	return n;
}

static int search(Elf *elf, struct lock_function *ret)
{
	Elf_Scn *section = NULL;
	int n = 0;

	while ((section = elf_nextscn(elf, section))) {
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
			name = elf_strptr(elf, header.sh_link, sym.st_name);
			if (name)
				n = add(elf, name, &sym, ret, n);
		}
	}
	return n;
}

int lock_functions_find(int fd, struct lock_function ret[LOCK_FUNCTIONS])
{
	Elf *elf;
	int n;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return -ENOTSUP;
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf)
		return -EBADMSG;
	n = elf_kind(elf) == ELF_K_ELF ? search(elf, ret) : -EBADMSG;
	elf_end(elf);
	return n;
}
