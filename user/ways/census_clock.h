/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_CENSUS_CLOCK_H
#define WAYS_CENSUS_CLOCK_H

/* How far the scheduler's clock is from CLOCK_MONOTONIC. */
#include <stdint.h>

struct bpf_program;

struct census_clock {
	int64_t offset;	  /* add this to the scheduler's */
	uint64_t read_ns; /* 0: never */
};

/*
 * Reads it anew, by an iterator that gives the calling thread's record: that thread
 * has to be set as the one that is looked at. Returns 0 or -errno.
 */
int census_clock_read(struct census_clock *c, const struct bpf_program *look, uint64_t now_ns);

#endif
