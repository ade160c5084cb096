/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_BUILD_REPORT_H
#define CORE_BUILD_REPORT_H

#include "losses.h"
#include "report.h"
#include "stalls.h"

/*
 * The report of one telling. A whole copy is kept with the stall, because when
 * it is resolved there is nothing left to look at. Valid until the next report
 * of the same stall. Returns 0 or -ENOMEM.
 */
int build_report(struct diagnosis *d, const struct fact_session *session,
		 const struct losses *losses, const struct telling *t, const struct report **ret);

#endif
