/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_LOST_H
#define OS_LOST_H

/*
 * Nothing is lost in silence: whatever could not be read, kept or shown is
 * counted here by reason. Reasons are static kebab-case strings.
 */
#include <stdint.h>

#include "../core/facts.h"

struct lost;

int lost_new(struct lost **ret);
void lost_free(struct lost *l);
/* l may be NULL: then nobody counts. */
void lost_count(struct lost *l, const char *reason);
void lost_add(struct lost *l, const char *reason, uint64_t count);

/* States a LOST fact for each reason with a count above 0, in order of first loss. */
int lost_state(const struct lost *l, const struct fact_sink *sink);

#endif
