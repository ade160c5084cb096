/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PRECHECK_H
#define PRECHECK_H

#include "../options/options.h"

/*
 * Is what --pid names something that can be watched? Returns 0, or an exit
 * status (exit_status.h) after one line on stderr that says what to do.
 */
int precheck_target(int proc_fd, const struct options *o);

#endif
