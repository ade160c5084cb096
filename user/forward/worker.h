/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FORWARD_WORKER_H
#define FORWARD_WORKER_H

/*
 * Brings one target what is in the spool, for ever, or once. It may be killed at
 * any point: what was delivered and not noted yet is delivered once more.
 */
#include "shown.h"

/* For targets[i]; shown: where it tells what it has counted. Returns an exit status. */
int worker_run(const struct settings *s, size_t i, struct shown *shown);

#endif
