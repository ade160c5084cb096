/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_RULE_TITLES_H
#define CORE_RULE_TITLES_H

/* What a finding of a rule is called in particular: the headline of its report. */
#include "finding.h"

const char *title_of_deadlock(const struct diagnosis *d, const struct finding *f);
const char *title_of_queue(const struct diagnosis *d, const struct finding *f);
const char *title_of_pipe(const struct diagnosis *d, const struct finding *f);
const char *title_of_socket(const struct diagnosis *d, const struct finding *f);
const char *title_of_backlog(const struct diagnosis *d, const struct finding *f);
const char *title_of_file_lock(const struct diagnosis *d, const struct finding *f);
const char *title_of_kernel_lock(const struct diagnosis *d, const struct finding *f);
const char *title_of_semaphore(const struct diagnosis *d, const struct finding *f);
const char *title_of_holder(const struct diagnosis *d, const struct finding *f);

/* " is parked: ", of those who cannot be said to be stuck, or NULL: they cannot go on. */
const char *predicate_of(const struct diagnosis *d, const struct finding *f, bool many);

#endif
