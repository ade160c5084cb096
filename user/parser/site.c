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
 * distances from their stack pointers. These go with the answer, so that it
 * need be asked for only once (os/site.h).
 */
#include <errno.h>
#include <stdio.h>

#include "answers_private.h"
#include "tail_calls.h"

/* The frames that the answer follows from, if they can be found again. */
static uint32_t steps_of(const struct unwound *u, uint64_t sp, size_t n,
			 struct parser_step ret[SITE_FRAMES])
{
	if (n > SITE_FRAMES)
		return 0;
	for (size_t i = 0; i < n; i++) {
		const struct unwound_frame *f = &u->frames[i];

		if (!f->place.file || (i && (f->exact_pc || f->pc_slot < sp)))
			return 0;
		ret[i] = (struct parser_step){i ? f->pc_slot - sp : 0, f->pc};
	}
	return n;
}

/* Sets *ret_frames to how many frames the answer depends on. */
static const struct elf_export *find(struct answers *e, struct space *space, size_t *ret_frames)
{
	const struct unwound *u = &e->unwound;
	const struct elf_export *inside = NULL, *x;
	const struct elf_file *module = u->n ? u->frames[0].place.file : NULL;

	for (size_t i = 0; module && i < u->n; i++) {
		const struct unwound_frame *f = &u->frames[i];

		*ret_frames = i + 1;
		if (f->place.file != module || f->guessed || (i && f->exact_pc))
			break;
		x = elf_file_export(f->place.file, unwound_lookup(f));
		if (x && x->name[0] != '_')
			return x;
		if (!inside)
			inside = x;
		*ret_frames = i + 2 <= u->n ? i + 2 : i + 1;
		x = i + 1 < u->n ? tail_caller(e->memory, space, f, f + 1) : NULL;
		if (x && x->name[0] != '_')
			return x;
	}
	return inside;
}

int answers_site(struct answers *e, struct space *space, const struct parser_question *q,
		 struct parser_site *ret)
{
	const struct elf_export *found;
	struct seen thread;
	struct place pc;
	size_t n = 0;

	*ret = (struct parser_site){0};
	if (space_find(space, q->pc, &pc))
		return -ENOENT;
	answers_thread(q, &thread);
	unwind(space, e->memory, &thread, SITE_FRAMES, false, e->deadline_ns, &e->unwound);
	found = find(e, space, &n);
	snprintf(ret->site.function, SITE_NAME, "%s", found ? found->name : "");
	snprintf(ret->site.module, SITE_NAME, "%s", pc.file ? pc.file->name : "");
	ret->site.libc = pc.file ? elf_file_libc(pc.file) : LIBC_NOT_KNOWN;
	ret->n_steps = steps_of(&e->unwound, q->sp, n, ret->steps);
	return found ? 0 : -ENOENT;
}
