/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_TAKES_TURNS_H
#define PROBES_TAKES_TURNS_H

#include "probe.h"

/*
 * Does the holder of a lock wait for what comes to a socket that the waiter
 * listens on as well? So the workers of a server take turns at accept(), for
 * as long as nobody connects.
 */
bool takes_turns(const struct probe_env *env, pid_t waiter, pid_t holder);

#endif
