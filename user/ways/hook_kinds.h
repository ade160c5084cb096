/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_HOOK_KINDS_H
#define WAYS_HOOK_KINDS_H

/* The hooks of all kinds of waits: each kind is an object of its own, which can be refused alone.
 */
#include "../../bpf/lt_kinds.h"
#include "hook.h"
#include "way.h"

/* bpf/FILE.bpf.c of a hooked kind; NULL: no kind that is hooked has that number. */
const char *hook_kind_name(int kind);

/* "when waits on unix sockets began": what nobody sees exactly without it. */
const char *hook_kind_unseen(int kind);

/* Opens all of them, after which one note says what was refused. -ENOTSUP: none is left. */
int hook_kinds_open(const struct way_config *config, const struct bpf_object *shared,
		    struct hook hooks[LT_KIND_MAX]);

#endif
