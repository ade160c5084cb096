/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_MAP_SIZES_H
#define WAYS_MAP_SIZES_H

/*
 * How many entries the maps of the hooks have. What does not fit is not lost: a thread
 * without a slot has its record in its own storage, and a process that is not among the
 * targets in the kernel is found by a census that passes all of them.
 */
#include <stdint.h>

struct map_sizes {
	uint32_t waits;	  /* slots of threads that wait; 256 bytes each */
	uint32_t targets; /* processes that were named */
	uint32_t gone;	  /* threads that ended with units of a semaphore */
};

/* "waits=1024,targets=64": changes those of *ret. Returns NULL, or what is wrong. */
const char *map_sizes_parse(const char *text, struct map_sizes *ret);

/* Of the map of that name in bpf/; 0: as it is there. sizes may be NULL. */
uint32_t map_sizes_of(const struct map_sizes *sizes, const char *map);

#endif
