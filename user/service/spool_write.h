/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_SPOOL_WRITE_H
#define SERVICE_SPOOL_WRITE_H

/* One report into the directory, and the files there kept within the limits. */
#include "spool_place.h"

#define SPOOL_LEFT_OUT 1

/* Returns 0, SPOOL_LEFT_OUT, or -errno; then nothing has changed but what had to go. */
int spool_write(struct spool_writer *w, const struct spool_report *r);

/* Counts what is there, if the directory was opened; what is written counts it, too. */
void spool_take_stock(struct spool_writer *w);

#endif
