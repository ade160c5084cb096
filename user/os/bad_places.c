// SPDX-License-Identifier: GPL-2.0
#include "bad_places.h"

#include <unistd.h>

struct place place_of_memory(pid_t pid, uint64_t addr, uint64_t size)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), last;

	if (__builtin_add_overflow(addr, size ? size - 1 : 0, &last))
		last = UINT64_MAX;
	return (struct place){pid, addr / page, last / page};
}

struct place place_of_file(pid_t pid, const char *name)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3ULL;
	hash |= 1ULL << 63; /* no page has such a number */
	return (struct place){pid, hash, hash};
}

int bad_places_near(const struct bad_places *b, const struct place *p, uint64_t now_ns)
{
	int n = 0;

	for (unsigned int i = 0; i < BAD_MAX; i++) {
		if (b->list[i].pid != p->pid || now_ns >= b->list[i].until_ns)
			continue;
		if (b->list[i].at >= p->first && b->list[i].at <= p->last)
			return BAD_PLACES;
		n++;
	}
	return n < BAD_PLACES ? n : BAD_PLACES;
}

void bad_places_add(struct bad_places *b, const struct place *p, uint64_t now_ns)
{
	b->list[b->next].pid = p->pid;
	b->list[b->next].at = p->first;
	b->list[b->next].until_ns = now_ns + BAD_FOR_NS;
	b->next = (b->next + 1) % BAD_MAX;
}
