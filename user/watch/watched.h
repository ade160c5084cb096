/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WATCHED_H
#define WATCHED_H

/* From what the user chose to whose threads are watched. */
#include "../options/options.h"
#include "../target.h"

/* Returns 0, or an exit status after it said what is wrong: there is no such process. */
int watched_open(int proc_fd, const struct options *o, struct target **ret);

/* "306 statemachined (14 threads)", "unit nginx.service (5 processes)". */
void watched_describe(int proc_fd, const struct options *o, const struct target *target, char *buf,
		      size_t size);

#endif
