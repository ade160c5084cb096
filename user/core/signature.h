/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_SIGNATURE_H
#define CORE_SIGNATURE_H

#include "report.h"
#include "trail.h"

/*
 * A fingerprint that is the same for the same bug on every device: from the
 * rule, the kinds of resources along the trail, and the innermost frames of
 * the root (or all of the circle) and of the first waiter. No ids, addresses
 * or times go in. ret: 16 hex digits.
 */
void signature_of(const struct diagnosis *d, const struct finding *f, const struct trail *trail,
		  char ret[24]);

#endif
