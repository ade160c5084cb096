/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_REFUSAL_H
#define WAYS_REFUSAL_H

/*
 * Why a kernel does not let us use BPF, in words for the user.
 */
#include <stddef.h>

/* What /sys/kernel/security/lockdown says is on: "none", "integrity", ...; "" if it is not there.
 */
void refusal_lockdown(char *buf, size_t size);

/* Depth of our PID namespace is not the machine's: iterators would show foreign ids. */
int refusal_pid_namespace(void);

/* The most telling reason for this error of a load; tail is what libbpf said. */
void refusal_reason(int error, const char *tail, char *buf, size_t size);

#endif
