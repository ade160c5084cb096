/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_CLOCK_H
#define OS_CLOCK_H

#include <stdint.h>

uint64_t os_now_ns(void);  /* CLOCK_MONOTONIC */
uint64_t os_wall_ns(void); /* CLOCK_REALTIME */
uint64_t os_cpu_ns(void);  /* what this process has used of processors */

/* Wall time of a monotonic time, with time spent suspended since taken into account if known. */
uint64_t os_wall_of_ns(uint64_t mono_ns);

#endif
