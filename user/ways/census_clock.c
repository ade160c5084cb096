// SPDX-License-Identifier: GPL-2.0
/*
 * The scheduler's clock and CLOCK_MONOTONIC differ by an offset that slowly
 * drifts, since only the latter is slewed by NTP. No BPF helper reads the
 * former. But a thread that has just been given its CPU after a sleep has that
 * moment in its sched_info: so we sleep for a moment, read our own record
 * through an iterator that is open already, and compare. What comes in between
 * (return from sleep, the read) only makes the offset look larger, so the
 * smallest of several tries is taken; an offset known before, plus the most
 * that NTP can slew by, bounds it from above.
 */
#include "census_clock.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "../../bpf/lt_wire.h"
#include "loader.h"

#define SLEEP_NS	 50000
#define TRIES		 4
#define SLEW_PER_MILLION 500 /* the most that the kernel lets NTP do */

struct own_record {
	uint64_t arrived_clock, now_ns;
};

static int keep_own(void *ctx, const void *record)
{
	const struct lt_task *t = record;
	struct own_record *own = ctx;

	*own = (struct own_record){t->arrived_clock, t->now_ns};
	return 0;
}

/* One try: the offset, or a little more. */
static int measure_offset(const struct bpf_program *look, pid_t tid, int64_t *ret)
{
	const struct timespec moment = {.tv_nsec = SLEEP_NS};
	struct own_record own = {0};
	int fd = loader_iterator(look, tid);
	int err;

	if (fd < 0)
		return fd;
	nanosleep(&moment, NULL);
	err = loader_drain(fd, sizeof(struct lt_task), keep_own, &own);
	close(fd);
	if (err < 0)
		return err;
	if (!own.arrived_clock)
		return -ENODATA;
	*ret = (int64_t)(own.now_ns - own.arrived_clock);
	return 0;
}

int census_clock_read(struct census_clock *c, const struct bpf_program *look, uint64_t now_ns)
{
	pid_t tid = (pid_t)syscall(SYS_gettid);
	int64_t best = INT64_MAX;
	int err = 0;

	if (c->read_ns) {
		uint64_t ago = now_ns > c->read_ns ? now_ns - c->read_ns : 0;

		best = c->offset + (int64_t)(ago / 1000000 * SLEW_PER_MILLION);
	}
	for (int i = 0; err == 0 && i < TRIES; i++) {
		int64_t offset;

		err = measure_offset(look, tid, &offset);
		if (err == 0 && offset < best)
			best = offset;
	}
	if (err == 0)
		*c = (struct census_clock){best, now_ns};
	return err;
}
