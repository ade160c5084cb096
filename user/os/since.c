// SPDX-License-Identifier: GPL-2.0
#include "since.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "os.h"
#include "proc.h"

/*
 * The two clocks drift apart by the time that interrupts and the hypervisor
 * take: some 0.1 % on a busy guest, 10 ms in 10 s.
 */
#define FRESH_NS 10000000000ULL
#define CPUS_MAX 1024

struct offset {
	int64_t ns; /* CLOCK_MONOTONIC - task clock */
	uint64_t at_ns;
	bool known;
};

struct since {
	int proc_fd;
	struct offset cpus[CPUS_MAX];
};

int since_new(int proc_fd, struct since **ret)
{
	struct since *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->proc_fd = proc_fd;
	*ret = s;
	return 0;
}

void since_free(struct since *s)
{
	free(s);
}

static int own_exec_start(const struct since *s, uint64_t *ret)
{
	char path[64], buf[8192];

	snprintf(path, sizeof(path), "%d/task/%d/sched", getpid(), gettid());
	ssize_t n = proc_read(s->proc_fd, path, buf, sizeof(buf));

	return n < 0 ? (int)n : proc_parse_sched_ns(buf, "se.exec_start", ret);
}

/*
 * exec_start is set when we are put on the CPU and at each tick: after a sleep
 * it is the moment we woke, which lies between the two readings of the clock.
 */
static int measure(struct since *s, struct offset *ret)
{
	struct timespec nap = {.tv_nsec = 200000};
	int64_t best = INT64_MAX;
	int err = 0;

	for (int i = 0; i < 3 && !err; i++) {
		uint64_t exec_start, woken;

		nanosleep(&nap, NULL);
		woken = os_now_ns();
		err = own_exec_start(s, &exec_start);
		/* every delay makes the offset too large: the smallest is the truest */
		if (!err && (int64_t)(woken - exec_start) < best)
			best = (int64_t)(woken - exec_start);
	}
	if (!err)
		*ret = (struct offset){.ns = best, .at_ns = os_now_ns(), .known = true};
	return err;
}

static int calibrate(struct since *s, int cpu, struct offset *ret)
{
	cpu_set_t before, one;

	if (sched_getaffinity(0, sizeof(before), &before) != 0)
		return -errno;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one) != 0)
		return -errno;
	int err = measure(s, ret);

	sched_setaffinity(0, sizeof(before), &before);
	return err;
}

int since_ran(struct since *s, uint64_t exec_start_ns, int cpu, uint64_t now_ns, uint64_t *ret_ns)
{
	if (exec_start_ns == 0 || cpu < 0 || cpu >= CPUS_MAX)
		return -ENODATA;
	struct offset *o = &s->cpus[cpu];

	if (o->at_ns == 0 || now_ns > o->at_ns + FRESH_NS) {
		struct offset fresh = {.at_ns = now_ns};

		if (calibrate(s, cpu, &fresh) != 0)
			fresh.known = false;
		*o = fresh;
	}
	if (!o->known)
		return -ENODATA;
	int64_t ran = (int64_t)exec_start_ns + o->ns;

	/* it lies in the past, whatever the clocks say */
	*ret_ns = ran <= 0 ? 1 : (uint64_t)ran > now_ns ? now_ns : (uint64_t)ran;
	return 0;
}
