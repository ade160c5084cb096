// SPDX-License-Identifier: GPL-2.0
/*
 * Waiters at the same place of a process have the same return addresses at the
 * same distances from their stack pointers. What the parser said of one of them
 * goes for the next, which then costs one small read and no question. It goes
 * for as long as a process's maps are believed: other code may be there later.
 */
#include "site.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os.h"
#include "parser.h"
#include "reader.h"

#define SITE_TOP    2048 /* bytes of stack: libc's frames within a wait take a few hundred */
#define SCAN_BYTES  768
#define SITE_SLOTS  256
#define SITE_WAYS   4 /* places for one pc, about */
#define SITE_AGE_NS 500000000ull
/* So long it is believed while nothing newer can be found: the parser hangs, or has no processor.
 */
#define SITE_OLD_NS 60000000000ull

struct known {
	pid_t pid; /* 0: free */
	uint64_t until_ns;
	int result; /* 0 or -ENOENT */
	struct parser_site answer;
};

struct sites {
	struct known cache[SITE_SLOTS];
	unsigned int evict;
	uint8_t top[SITE_TOP];
};

int sites_new(struct sites **ret)
{
	struct sites *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	*ret = s;
	return 0;
}

void sites_free(struct sites *s)
{
	free(s);
}

static struct known *slots_of(struct sites *s, const struct seen *seen)
{
	uint64_t hash = (seen->pc ^ (uint64_t)seen->ref.pid << 40) * 0x9e3779b97f4a7c15ull >> 32;

	return &s->cache[hash % (SITE_SLOTS / SITE_WAYS) * SITE_WAYS];
}

/* Does this stack have the same return addresses at the same distances? */
static bool same_frames(const struct sites *s, size_t n_top, const struct parser_site *a)
{
	for (uint32_t i = 1; i < a->n_steps; i++) {
		uint64_t slot = a->steps[i].slot;

		if (slot > n_top - sizeof(uint64_t) ||
		    memcmp(s->top + slot, &a->steps[i].pc, 8) != 0)
			return false;
	}
	return true;
}

static const struct known *look_up(struct sites *s, const struct seen *seen, size_t n_top,
				   uint64_t now)
{
	struct known *k = slots_of(s, seen);

	for (size_t i = 0; i < SITE_WAYS; i++, k++)
		if (k->pid == seen->ref.pid && now < k->until_ns &&
		    k->answer.steps[0].pc == seen->pc && same_frames(s, n_top, &k->answer))
			return k;
	return NULL;
}

static void remember(struct sites *s, const struct seen *seen, const struct known *k)
{
	struct known *to = slots_of(s, seen);
	uint64_t now = os_now_ns();

	for (size_t i = 0; i < SITE_WAYS; i++) {
		if (to[i].pid && now < to[i].until_ns)
			continue;
		to[i] = *k;
		return;
	}
	to[s->evict++ % SITE_WAYS] = *k;
}

int site_look(struct sites *s, struct os *os, const struct seen *seen, struct site *ret)
{
	struct known fresh = {.pid = seen->ref.pid};
	const struct known *k;
	ssize_t n;

	*ret = (struct site){0};
	if (!seen->sp || seen->compat)
		return -ENOENT;
	n = reader_memory(os->reader, seen->ref.pid, seen->sp, s->top, sizeof(s->top));
	if (n < (ssize_t)sizeof(uint64_t))
		return n < 0 ? n : -EIO;
	k = look_up(s, seen, n, os_now_ns());
	if (!k) {
		fresh.until_ns = os_now_ns() + SITE_AGE_NS;
		fresh.result = parser_site(os, seen, s->top, n, &fresh.answer);
		if (!fresh.result || fresh.result == -ENOENT) {
			if (fresh.answer.n_steps)
				remember(s, seen, &fresh);
			k = &fresh;
		} else {
			/* it has not moved: what was known is better than nothing to judge by */
			k = look_up(s, seen, n, os_now_ns() - SITE_OLD_NS);
		}
		if (!k)
			return fresh.result;
	}
	*ret = k->answer.site;
	return k->result;
}

int site_scan(struct os *os, const struct seen *seen, char functions[SITE_SCAN][SITE_NAME])
{
	struct parser_functions found;
	uint8_t top[SCAN_BYTES];
	ssize_t n;
	int err;

	if (!seen->sp || seen->compat)
		return -ENOENT;
	n = reader_memory(os->reader, seen->ref.pid, seen->sp, top, sizeof(top));
	if (n < 0)
		return n;
	err = parser_scan(os, seen, top, n, &found);
	if (err)
		return err;
	memcpy(functions, found.names, sizeof(found.names));
	return found.n;
}
