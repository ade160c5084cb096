/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_SUMMARY_H
#define CORE_SUMMARY_H

#include "cast.h"
#include "trail.h"

/* One sentence for a person: who cannot go on, and why. Returns 0 or -ENOMEM. */
int summary_of(const struct diagnosis *d, const struct finding *f, const struct cast *cast,
	       const struct trail *trail, struct arena *a, const char **ret);

#endif
