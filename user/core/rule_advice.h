/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_RULE_ADVICE_H
#define CORE_RULE_ADVICE_H

/* What to do, where it depends on more than the rule. NULL: what the rule says. */
#include "finding.h"

const char *advice_of_deadlock(const struct diagnosis *d, const struct finding *f);
const char *advice_of_holder(const struct diagnosis *d, const struct finding *f);

#endif
