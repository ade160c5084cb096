/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_PIPE_ENDS_H
#define PROBES_PIPE_ENDS_H

#include "probe.h"

struct held;

/* States who has the other end of the pipe open: its readers if w is FULL, else its writers. */
int pipe_ends_state(const struct probe_env *env, const struct seen *s, const struct wait *w,
		    const struct held *pipe);

#endif
