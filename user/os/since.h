/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_SINCE_H
#define OS_SINCE_H

/*
 * When a sleeping thread last ran, without BPF: its se.exec_start, which is in
 * the scheduler's task clock of the CPU it ran on. That clock is neither
 * CLOCK_MONOTONIC nor the same on two CPUs (it leaves out interrupts and stolen
 * time), so it is calibrated for each CPU: we run there ourselves and compare.
 */
#include <stdint.h>
#include <sys/types.h>

struct since;

int since_new(int proc_fd, struct since **ret);
void since_free(struct since *s);

/*
 * CLOCK_MONOTONIC of an exec_start on that CPU; never earlier than it really
 * was by more than the error of the calibration. Returns 0, or -ENODATA if
 * exec_start is 0 (it was moved to another CPU), if we may not run there, or
 * if the kernel does not tell.
 */
int since_ran(struct since *s, uint64_t exec_start_ns, int cpu, uint64_t now_ns, uint64_t *ret_ns);

#endif
