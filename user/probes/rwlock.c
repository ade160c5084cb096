// SPDX-License-Identifier: GPL-2.0
/*
 * Read-write locks of glibc: one lock, three words to wait on.
 *
 *	waits           on                       expecting   behind
 *	to read         wrphase_futex (+8)       3           a writer
 *	to read         readers (+0)             other       a writer that comes first
 *	to write        wrphase_futex (+8)       2           readers
 *	to write        writers_futex (+12)      3           a writer
 *
 * 3 is "write phase, or a writer is there" (1) with "somebody waits" (2). The
 * function and the value together tell the word, and so where the lock begins.
 * A writer is recorded; readers are only counted.
 */
#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>

#include "../os/os.h"
#include "../os/reader.h"
#include "futex.h"
#include "rwlock_readers.h"
#include "state.h"

static const struct {
	enum glibc_wait in;
	uint32_t val;
	uint32_t offset;
	bool behind_writer;
} words[] = {
	{GLIBC_RDLOCK, 3, 8, true},
	{GLIBC_WRLOCK, 2, 8, false},
	{GLIBC_WRLOCK, 3, 12, true},
};

static int recognise(struct os *os, const struct seen *s, const struct futex_call *c,
		     struct wait *ret)
{
	int r;

	if (c->cmd != FUTEX_WAIT_BITSET && c->cmd != FUTEX_WAIT)
		return 0;
	ret->id = 0;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (words[i].in != c->in || words[i].val != c->val)
			continue;
		ret->address = c->addr - words[i].offset;
		ret->id = words[i].behind_writer;
	}
	r = futex_key(os, s, ret->address, c->private, ret->key);
	return r ? r : 1;
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	struct glibc_rwlock l, again;
	char name[FUTEX_NAME], detail[64], why[128];
	struct fact_number state[2];
	struct futex_call c;
	uint32_t readers;
	int r;

	if (!futex_call_of(s, &c))
		return -ESTALE;
	r = reader_memory_all(env->os->reader, s->ref.pid, w->address, &l, sizeof(l));
	if (!r)
		r = reader_memory_all(env->os->reader, s->ref.pid, w->address, &again,
				      sizeof(again));
	if (r == -ESRCH)
		return -ESTALE;
	futex_name(env->os, s, "rwlock", w->address, name);
	if (r) {
		snprintf(why, sizeof(why), "its memory cannot be read: %s", strerror(-r));
		r = state_resource(env, w, name, NULL, NULL, 0);
		return r ? r : state_nobody(env, w, why);
	}
	if (l.cur_writer != again.cur_writer || l.readers != again.readers)
		return -ESTALE;
	readers = l.readers >> GLIBC_READERS_SHIFT;
	detail[0] = '\0';
	if (l.cur_writer)
		snprintf(detail, sizeof(detail), "held by a writer");
	else if (readers)
		snprintf(detail, sizeof(detail), "held by %u reader%s", readers,
			 readers == 1 ? "" : "s");
	state[0] = (struct fact_number){"readers", readers};
	state[1] = (struct fact_number){"writer", l.cur_writer};
	r = state_resource(env, w, name, detail[0] ? detail : NULL, state, 2);
	if (r)
		return r;
	if (w->id && l.cur_writer > 0 && (l.shared == 0 || l.shared == 1))
		return owner_state(env, s, w, w->address, c.private, l.cur_writer,
				   "writer field of the lock");
	if (readers)
		return rwlock_state_readers(env, s, w, readers, c.private);
	return state_nobody(env, w, "nobody owns it at the moment");
}

const struct futex_sort futex_rwlock = {
	.kind = "rwlock",
	.class = CLASS_LOCK,
	.verb = "waits for",
	.recognise = recognise,
	.describe = describe,
};
