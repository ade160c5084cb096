// SPDX-License-Identifier: GPL-2.0
/*
 * Which exported function a thread waits in.
 *
 * The walk goes from the innermost frame outwards, and only while it stays in
 * one module: the code that waits and the function that it belongs to are
 * built together. Past that lies whoever called it, perhaps from inside
 * another library function (a pthread_once() callback that waits on a lock of
 * its own is not a wait in pthread_once).
 *
 * Names with a leading underscore are a library's inside ("__lll_lock_wait_
 * private" is exported, but says nothing): they count only if nothing better
 * is found. A function may be hidden by a tail call: tail_calls.h. What this
 * gives for each lock of glibc was measured: docs/wait-sites.md.
 *
 * Waiters at the same place have the same return addresses at the same
 * distances from their stack pointers. These are remembered, so that the next
 * waiter costs one small read and no unwinding.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../os/os.h"
#include "site.h"
#include "tail_calls.h"
#include "unwind.h"

#define SITE_FRAMES 8
#define SITE_TOP    2048 /* bytes of stack: libc's frames within a wait take a few hundred */
#define SITE_NS	    500000000ull
#define SITE_SLOTS  256
#define SITE_WAYS   4 /* places in the cache for one pc, about */

struct step {
	const struct elf_file *file;
	uint64_t addr;
	uint64_t slot; /* distance from the stack pointer */
};

struct known {
	bool used;
	size_t n;
	struct step steps[SITE_FRAMES]; /* the first is the pc */
	struct elf_file *refs[SITE_FRAMES];
	int result; /* 0 or -ENOENT */
	struct site site;
};

struct sites {
	struct memory *memory;
	struct unwound unwound;
	struct known cache[SITE_SLOTS];
	unsigned int evict;
};

int sites_new(struct sites **ret)
{
	struct sites *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	if (memory_new(&s->memory)) {
		free(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

static void forget(struct known *k)
{
	for (size_t i = 0; k->used && i < k->n; i++)
		elf_file_unref(k->refs[i]);
	k->used = false;
}

void sites_free(struct sites *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < SITE_SLOTS; i++)
		forget(&s->cache[i]);
	memory_free(s->memory);
	free(s);
}

static struct known *slots_of(struct sites *s, const struct place *p)
{
	uint64_t hash = p->addr * 0x9e3779b97f4a7c15ull >> 32;

	return &s->cache[hash % (SITE_SLOTS / SITE_WAYS) * SITE_WAYS];
}

/* Does this thread's stack have the same return addresses at the same distances? */
static bool same_frames(struct sites *s, struct space *space, const struct known *k, uint64_t sp)
{
	for (size_t i = 1; i < k->n; i++) {
		struct place p;
		uint64_t pc;

		if (memory_word(s->memory, sp + k->steps[i].slot, &pc) ||
		    space_find(space, pc - 1, &p) || p.file != k->steps[i].file ||
		    p.addr + 1 != k->steps[i].addr)
			return false;
	}
	return true;
}

static const struct known *look_up(struct sites *s, struct space *space, const struct place *pc,
				   uint64_t sp)
{
	struct known *k = slots_of(s, pc);

	for (size_t i = 0; i < SITE_WAYS; i++, k++)
		if (k->used && k->steps[0].file == pc->file && k->steps[0].addr == pc->addr &&
		    same_frames(s, space, k, sp))
			return k;
	return NULL;
}

/* Keeps the result with the frames that it follows from, if they can be found again. */
static void remember(struct sites *s, const struct place *pc, uint64_t sp, size_t n_frames,
		     const struct known *result)
{
	struct known k = *result, *to = slots_of(s, pc);

	k.used = true;
	k.n = n_frames;
	for (size_t i = 0; i < n_frames; i++) {
		const struct unwound_frame *f = &s->unwound.frames[i];

		if (!f->place.file || (i && (f->exact_pc || f->pc_slot < sp)))
			return;
		k.steps[i] = (struct step){f->place.file, f->place.addr, f->pc_slot - sp};
		k.refs[i] = f->place.file;
	}
	for (size_t i = 0; i < n_frames; i++)
		k.refs[i]->refs++;
	for (size_t i = 0; i < SITE_WAYS; i++) {
		if (!to[i].used) {
			to[i] = k;
			return;
		}
	}
	to += s->evict++ % SITE_WAYS;
	forget(to);
	*to = k;
}

/* Sets *ret_frames to how many frames the answer depends on. */
static const struct elf_export *find(struct sites *s, struct space *space, size_t *ret_frames)
{
	const struct unwound *u = &s->unwound;
	const struct elf_export *inside = NULL, *e;
	const struct elf_file *module = u->n ? u->frames[0].place.file : NULL;

	for (size_t i = 0; module && i < u->n; i++) {
		const struct unwound_frame *f = &u->frames[i];

		*ret_frames = i + 1;
		if (f->place.file != module || f->guessed || (i && f->exact_pc))
			break;
		e = elf_file_export(f->place.file, unwound_lookup(f));
		if (e && e->name[0] != '_')
			return e;
		if (!inside)
			inside = e;
		*ret_frames = i + 2 <= u->n ? i + 2 : i + 1;
		e = i + 1 < u->n ? tail_caller(s->memory, space, f, f + 1) : NULL;
		if (e && e->name[0] != '_')
			return e;
	}
	return inside;
}

int site_look(struct sites *s, struct os *os, const struct seen *seen, struct site *ret)
{
	struct known result = {0};
	const struct known *k;
	const struct elf_export *e;
	struct space *space;
	struct place pc;
	size_t n = 0;
	int err;

	*ret = (struct site){0};
	if (!seen->sp || seen->compat)
		return -ENOENT;
	err = spaces_get(stacks_spaces(os->stacks), os->reader, seen->ref.pid, seen->ref.start,
			 os_now_ns(), &space);
	if (!err && space_find(space, seen->pc, &pc))
		err = -ENOENT;
	if (!err)
		err = memory_begin(s->memory, os->reader, seen->ref.pid, seen->sp,
				   space_mapping_end(space, seen->sp), SITE_TOP);
	if (err)
		return err;
	k = look_up(s, space, &pc, seen->sp);
	if (!k) {
		unwind(space, s->memory, seen, SITE_FRAMES, false, os_now_ns() + SITE_NS,
		       &s->unwound);
		e = find(s, space, &n);
		result.result = e ? 0 : -ENOENT;
		snprintf(result.site.function, SITE_NAME, "%s", e ? e->name : "");
		snprintf(result.site.module, SITE_NAME, "%s", pc.file ? pc.file->name : "");
		result.site.libc = pc.file ? elf_file_libc(pc.file) : LIBC_NOT_KNOWN;
		if (n)
			remember(s, &pc, seen->sp, n, &result);
		k = &result;
	}
	*ret = k->site;
	return k->result;
}

int site_of(struct sites *s, struct os *os, const struct seen *seen, char function[SITE_NAME],
	    char module[SITE_NAME])
{
	struct site site;
	int r = site_look(s, os, seen, &site);

	if (r)
		return r;
	memcpy(function, site.function, SITE_NAME);
	memcpy(module, site.module, SITE_NAME);
	return 0;
}
