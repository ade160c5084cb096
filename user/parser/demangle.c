// SPDX-License-Identifier: GPL-2.0
/*
 * A Rust name of 60 bytes can stand for gigabytes of text (each reference back
 * doubles it). The demanglers are therefore called with a callback, which
 * leaves them by longjmp once there is enough: in this mode they work on the
 * stack alone, so that nothing is left behind. Their own recursion limit
 * stays on.
 */
#include <setjmp.h>
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

void demangle(const char *name, char *buf, size_t size)
{
	const int options = DMGL_PARAMS | DMGL_ANSI;
	struct output o = {.buf = buf, .size = size};
	size_t length = strnlen(name, DEMANGLED_MAX + 1);

	if (name[0] == '_' && length <= DEMANGLED_MAX && size >= 8) {
		if (setjmp(o.enough)) {
			memcpy(buf + size - 4, "...", 4);
			return;
		}
		if (rust_demangle_callback(name, options, append, &o) ||
		    (o.n = 0, cplus_demangle_v3_callback(name, options, append, &o))) {
			buf[o.n] = '\0';
			return;
		}
	}
	snprintf(buf, size, "%s", name);
}
