/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_CERTAINTY_H
#define CORE_CERTAINTY_H

#include "losses.h"
#include "report.h"
#include "trail.h"

struct doubts {
	enum certainty certainty;
	const char **sentences; /* why it is not certain */
	size_t n;
};

/* How sure we are of a finding, and why not surer. Returns 0 or -ENOMEM. */
int certainty_of(const struct diagnosis *d, const struct finding *f, const struct trail *trail,
		 const struct losses *losses, uint64_t since_ns, struct arena *a,
		 struct doubts *ret);

#endif
