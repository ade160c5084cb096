/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TAKEN_NAMES_H
#define TAKEN_NAMES_H

/*
 * Where a holder took what it holds is no frame but words, "0x11f9
 * (statemachined)": they are made anew with the names that are known now.
 */
#include "core/arena.h"
#include "core/report.h"
#include "known_names.h"

/* Wants the names of all its holders' places. Returns 0 or -errno. */
int taken_want(struct known_names *names, const struct report_resource *r);

/* What stood there of a function stays. The new words belong to the arena. 0 or -ENOMEM. */
int taken_name(const struct known_names *names, struct arena *arena, struct fact_hold *f);

#endif
