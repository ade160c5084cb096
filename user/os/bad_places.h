/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_BAD_PLACES_H
#define OS_BAD_PLACES_H

/*
 * What hung a read lately: pages and files of processes. It is a memory with
 * a bound and an end: the oldest is forgotten for a new one, each after 10 s.
 */
#include <stdint.h>
#include <sys/types.h>

#define BAD_MAX 64
/* How long what hung a read is left alone, so that it hangs one look in many. */
#define BAD_FOR_NS 10000000000ULL
/* So many places that hang, and the process is left alone. */
#define BAD_PLACES 3

/* The pages that a read of memory touches, or a file by a hash of its name. */
struct place {
	pid_t pid;
	uint64_t first, last;
};

struct bad_places {
	struct {
		pid_t pid;
		uint64_t at;
		uint64_t until_ns;
	} list[BAD_MAX];
	unsigned int next;
};

struct place place_of_memory(pid_t pid, uint64_t addr, uint64_t size);
struct place place_of_file(pid_t pid, const char *name);

/* How many places of its process are bad, BAD_PLACES if this is one of them or more are. */
int bad_places_near(const struct bad_places *b, const struct place *p, uint64_t now_ns);

void bad_places_add(struct bad_places *b, const struct place *p, uint64_t now_ns);

#endif
