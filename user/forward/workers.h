/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FORWARD_WORKERS_H
#define FORWARD_WORKERS_H

/*
 * A process for each target, so that one that hangs, or a library that crashes,
 * holds up no other. They end with this one; those that end by themselves are
 * started again.
 */
#include "settings.h"

/* Until it is told to stop, or once. Returns an exit status. */
int workers_run(const struct settings *s);

/* Can all that are wanted be used? Returns 0 or an exit status, after a message. */
int workers_check(const struct settings *s);

#endif
