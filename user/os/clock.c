// SPDX-License-Identifier: GPL-2.0
#include "clock.h"

#include <time.h>

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

uint64_t os_now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

uint64_t os_wall_ns(void)
{
	return clock_ns(CLOCK_REALTIME);
}

uint64_t os_cpu_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

/*
 * CLOCK_MONOTONIC stands still in suspend. How much of that lies between then
 * and now is not recorded; with none at all, as on servers and most devices,
 * the answer is exact, otherwise it errs to too late.
 */
uint64_t os_wall_of_ns(uint64_t mono_ns)
{
	uint64_t mono = os_now_ns();

	return os_wall_ns() - (mono > mono_ns ? mono - mono_ns : 0);
}
