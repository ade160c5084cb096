/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PARSER_DEMANGLE_H
#define PARSER_DEMANGLE_H

#include <stddef.h>

#define DEMANGLED_MAX 1024

/*
 * C++ and Rust names made readable, others copied, all without their versions; cut at size with
 * "..." at the end. A mangled name of more than 1 KiB stays as it is.
 */
void demangle(const char *name, char *buf, size_t size);

#endif
