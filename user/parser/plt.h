/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_PLT_H
#define PARSER_PLT_H

/*
 * Stubs through which functions of other files are called: they have no symbol
 * of their own, and the nearest one is another function's.
 */
#include "elf_file.h"

/*
 * Is addr in such a stub? Then name is "read@plt", as of disassemblers, or ""
 * if it cannot be told, and *ret_start where the stub begins.
 */
bool elf_plt_name(struct elf_file *f, uint64_t addr, char *name, size_t size, uint64_t *ret_start);

#endif
