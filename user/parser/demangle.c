// SPDX-License-Identifier: GPL-2.0
/*
 * A Rust name of 60 bytes can stand for gigabytes of text (each reference back
 * doubles it). The demanglers are therefore called with a callback, which
 * leaves them by longjmp once there is enough: in this mode they work on the
 * stack alone, so that nothing is left behind. Their own recursion limit
 * stays on.
 */
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <libiberty/demangle.h>

#include "demangle.h"

struct output {
	char *buf;
	size_t size, n;
	jmp_buf enough;
};

static void append(const char *text, size_t size, void *ctx)
{
	struct output *o = ctx;
	size_t room = o->size - 1 - o->n;

	memcpy(o->buf + o->n, text, size < room ? size : room);
	o->n += size < room ? size : room;
	if (size > room)
		longjmp(o->enough, 1);
}

/* "memcpy@@GLIBC_2.14" is memcpy, but "read@plt" is not read. */
static const char *without_version(const char *name, char *buf, size_t size)
{
	size_t n = strcspn(name, "@");

	if (!n || !name[n] || strcmp(name + n, "@plt") == 0 || n >= size)
		return name;
	memcpy(buf, name, n);
	buf[n] = '\0';
	return buf;
}

/* false: it is not a mangled name. In a function of its own, for longjmp() comes back here. */
static bool demangle_plain(const char *const name, char *const buf, const size_t size)
{
	const int options = DMGL_PARAMS | DMGL_ANSI;
	struct output o = {.buf = buf, .size = size};

	if (setjmp(o.enough)) {
		memcpy(buf + size - 4, "...", 4);
		return true;
	}
	if (!rust_demangle_callback(name, options, append, &o) &&
	    (o.n = 0, !cplus_demangle_v3_callback(name, options, append, &o)))
		return false;
	buf[o.n] = '\0';
	return true;
}

void demangle(const char *name, char *buf, size_t size)
{
	char own[DEMANGLED_MAX + 1];
	size_t length;

	name = without_version(name, own, sizeof(own));
	length = strnlen(name, DEMANGLED_MAX + 1);
	if (name[0] == '_' && length <= DEMANGLED_MAX && size >= 8 &&
	    demangle_plain(name, buf, size))
		return;
	snprintf(buf, size, "%.*s", (int)length, name);
}
