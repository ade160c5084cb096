// SPDX-License-Identifier: GPL-2.0
/*
 * A shared C library is told by its file's name, and musl, whose name
 * ("libc.so") is Bionic's too, by a function that only its own dynamic linker
 * has. A static program has the library's inside among its symbols: names that
 * are in the very object files that the lock functions are in or need, so that
 * no program with a lock of this library is without them, and that nobody else
 * gives to functions of his own.
 */
#include <string.h>

#include "elf_file.h"

static bool begins(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

static bool named_glibc(const char *module)
{
	return begins(module, "libc.so.6") || begins(module, "libpthread.so.0") ||
	       /* the file behind these names before 2.34 */
	       begins(module, "libc-2.") || begins(module, "libpthread-2.");
}

static bool named_musl(const char *module)
{
	return begins(module, "ld-musl-") || begins(module, "libc.musl-") ||
	       !strcmp(module, "libc.so");
}

static enum libc find(struct elf_file *f)
{
	if (named_glibc(f->name))
		return LIBC_GLIBC;
	if (named_musl(f->name) && elf_file_exports(f, "__dls3"))
		return LIBC_MUSL;
	if (!f->is_static)
		return LIBC_NOT_KNOWN;
	if (!f->n_exports)
		return LIBC_STRIPPED;
	if (elf_file_exports(f, "__lll_lock_wait_private") &&
	    elf_file_exports(f, "__libc_setup_tls"))
		return LIBC_GLIBC;
	if (elf_file_exports(f, "__timedwait_cp") && elf_file_exports(f, "__init_libc"))
		return LIBC_MUSL;
	return LIBC_NOT_KNOWN;
}

enum libc elf_file_libc(struct elf_file *f)
{
	if (!f->libc_known) {
		elf_file_exports(f, ""); /* so that n_exports is known */
		f->libc = find(f);
		f->libc_known = true;
	}
	return f->libc;
}
