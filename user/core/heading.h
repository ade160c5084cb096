/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_HEADING_H
#define CORE_HEADING_H

/*
 * What is to be said before all else: that not just some threads of a process
 * are stuck, but the whole of it. That is so if every one of its threads waits
 * behind the root of this finding, or is that root and does not move; threads
 * that have been parked since they were made do not count.
 */
#include "finding.h"

/* Sets *ret to the heading, or to NULL if there is none. Returns 0 or -ENOMEM. */
int heading_of(const struct diagnosis *d, const struct finding *f, struct arena *a,
	       const char **ret);

#endif
