/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_SIGNATURE_H
#define CORE_SIGNATURE_H

#include "report.h"
#include "trail.h"

/*
 * A fingerprint that is the same for the same bug on every device: the rule,
 * the kinds of resources that decide, and where in the code those threads are
 * that decide.
 *
 *	a circle	each of its threads, with the kind of what it waits for;
 *			whoever waits for them, and where one enters, is chance
 *	a chain		the kinds along it, its end, and the waiter that leads
 *
 * A place is build id and offset of the innermost frames: of the program and
 * its own libraries, for the C library is another one on the next device; of
 * the C library where there is nothing else. Names of functions are not in it:
 * they are there or not, as debugging symbols are installed or not. Nor are
 * names of threads, ids, addresses, times and numbers of threads. A thread
 * that runs is in no place.
 *
 * ret: 16 hex digits. Returns whether it is whole: a place that should be in it
 * could be had, and is no guess.
 */
bool signature_of(const struct diagnosis *d, const struct finding *f, const struct trail *trail,
		  char ret[24]);

/* A module that comes with the system and is updated without the program: NULL is none. */
bool signature_is_runtime(const char *module);

#endif
