// SPDX-License-Identifier: GPL-2.0
/* Read-write locks of musl: one word, that counts readers or says "written"; nobody is named. */
#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>

#include "../os/os.h"
#include "../os/reader.h"
#include "musl.h"
#include "state.h"

static bool plausible(const struct musl_rwlock *l)
{
	return (int32_t)l->waiters > 0 && (l->shared == 0 || l->shared == 128);
}

/* Which of the two it waits in, if that is certain: the only lock function on the stack. */
static enum glibc_wait waits_in(struct os *os, const struct seen *s)
{
	char functions[SITE_SCAN][SITE_NAME];
	int n = site_scan(os, s, functions);
	enum glibc_wait found = GLIBC_OTHER;

	for (int i = 0; i < n; i++) {
		enum glibc_wait in = glibc_wait_in(functions[i]);

		if (!strcmp(functions[i], "syscall"))
			return GLIBC_OTHER; /* a wait of the program's own making */
		if (in == GLIBC_OTHER || in == found)
			continue;
		if (found || (in != GLIBC_RDLOCK && in != GLIBC_WRLOCK))
			return GLIBC_OTHER;
		found = in;
	}
	return found;
}

static int recognise(struct os *os, const struct seen *s, const struct futex_call *c,
		     struct wait *ret)
{
	struct musl_rwlock l;
	enum glibc_wait in;
	int r;

	if (c->cmd != FUTEX_WAIT || !(c->val & MUSL_WAITERS))
		return 0;
	r = reader_memory_all(os->reader, s->ref.pid, c->addr, &l, sizeof(l));
	if (r)
		return r;
	in = plausible(&l) ? waits_in(os, s) : GLIBC_OTHER;
	/* who wants to read waits for a writer alone */
	if (in == GLIBC_OTHER ||
	    (in == GLIBC_RDLOCK && (c->val & MUSL_RW_COUNT) != MUSL_RW_WRITTEN))
		return 0;
	r = futex_key(os, s, c->addr, c->private, ret->key);
	return r ? r : 1;
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	struct musl_rwlock l;
	char name[FUTEX_NAME], detail[64];
	uint32_t count;
	bool written;
	int r;

	r = reader_memory_all(env->os->reader, s->ref.pid, w->address, &l, sizeof(l));
	if (r)
		return r == -ESRCH ? -ESTALE : r;
	if (!plausible(&l))
		return -ESTALE;
	count = l.lock & MUSL_RW_COUNT;
	written = count == MUSL_RW_WRITTEN;
	struct fact_number state[] = {{"readers", written ? 0 : count}, {"written", written}};

	if (written)
		snprintf(detail, sizeof(detail), "of musl, held by a writer");
	else
		snprintf(detail, sizeof(detail), "of musl, held by %u reader%s", count,
			 count == 1 ? "" : "s");
	futex_name(env->os, s, "rwlock", w->address, name);
	r = state_resource(env, w, name, count ? detail : "of musl", state, 2);
	if (r)
		return r;
	if (!count)
		return state_nobody(env, w, "nobody owns it at the moment");
	return state_nobody(env, w,
			    written ? "an rwlock of musl does not record its writer"
				    : "the lock counts its readers and does not name them");
}

const struct futex_sort musl_rwlock = {
	.kind = "rwlock",
	.class = CLASS_LOCK,
	.verb = "waits for",
	.recognise = recognise,
	.describe = describe,
};
