/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_CHILD_H
#define PROBES_CHILD_H

/* The two ways to wait for a child: for its end (child_wait.c), and for its exec (vfork.c). */
#include "probe.h"

int child_wait_recognise(struct os *os, const struct seen *s, struct wait *ret);
int child_wait_describe(const struct probe_env *env, const struct seen *s, const struct wait *w);

int vfork_recognise(struct os *os, const struct seen *s, struct wait *ret);
int vfork_describe(const struct probe_env *env, const struct seen *s, const struct wait *w);

#endif
