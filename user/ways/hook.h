/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_HOOK_H
#define WAYS_HOOK_H

/* The hooks of one object: loaded, attached to what they look at, taken off again. */
#include "loader.h"

#define HOOK_LINKS 8

/* Hooks of one object that the kernel took. */
struct hook {
	struct bpf_object *object;
	struct bpf_link *links[HOOK_LINKS];
	size_t n_links;
	struct bpf_link *ends; /* what tidies up behind threads that end; or NULL */
	enum hook_by by;
};

/*
 * Loads an object and attaches its hooks, by fentry or else by kprobe
 * (kprobe_only: without trying fentry). attach false: loads it only. Returns 0,
 * or -errno and in why what was refused by each.
 */
int hook_open(const char *name, bool kprobe_only, bool attach, const struct bpf_object *shared,
	      struct hook *ret, char why[WHY_SIZE]);
void hook_close(struct hook *h); /* a zeroed one is fine */

/* Takes it off; what it remembers stays, of threads that live. hook_attach() puts it back: 0 or
 * -errno. */
void hook_detach(struct hook *h);
int hook_attach(struct hook *h);

#endif
