// SPDX-License-Identifier: GPL-2.0
/*
 * drain: how many records a second one processor takes from the kernel. There is no ring buffer
 * and no event: hooks leave what they saw with the thread, and a look reads it through an
 * iterator, a record for each thread that waits. Here the iterator is a memfd that holds such
 * records, so that what is timed is ours alone: the reads, the loop, and what is made of a
 * record (loader_drain(), record_seen()). Prints one line of JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../../bpf/lt_wire.h"
#include "ways/loader.h"
#include "ways/record.h"

#define RECORDS 200000
#define TIMES	10

struct sum {
	uint64_t records, threads; /* the latter so that nothing is left out as unused */
};

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int take(void *ctx, const void *record)
{
	struct sum *sum = ctx;
	struct seen seen;

	record_seen(record, 1000, NULL, &seen);
	sum->records++;
	sum->threads += (uint64_t)seen.ref.tid;
	return 0;
}

/* A thread that waits for a mutex, as a hook and the census saw it. */
static struct lt_task waiter(int i)
{
	struct lt_task t = {
		.pid = 1000 + i / 100,
		.tid = 1000 + i,
		.syscall = SYS_futex,
		.state = 1,
		.flags = LT_TASK_REGS | LT_TASK_HOOKED,
		.n_kstack = 0,
		.now_ns = 5000000000,
		.start_ns = 1000000000,
		.ran_clock = 2000000000,
		.wait = {.kind = 1, .syscall = SYS_futex, .since_ns = 3000000000},
	};

	snprintf(t.comm, sizeof(t.comm), "worker");
	return t;
}

int main(void)
{
	int fd = memfd_create("records", MFD_CLOEXEC);
	struct sum sum = {0};
	double best = 1e9;

	for (int i = 0; i < RECORDS; i++) {
		struct lt_task t = waiter(i);

		if (write(fd, &t, sizeof(t)) != sizeof(t)) {
			perror("drain: memfd");
			return 1;
		}
	}
	for (int i = 0; i < TIMES; i++) {
		double began = seconds();

		lseek(fd, 0, SEEK_SET);
		if (loader_drain(fd, sizeof(struct lt_task), take, &sum) != 0)
			return 1;
		if (seconds() - began < best)
			best = seconds() - began;
	}
	printf("{\"records\": %d, \"bytes\": %zu, \"records_a_second\": %.0f, \"ns\": %.0f}\n",
	       RECORDS, sizeof(struct lt_task), RECORDS / best, best / RECORDS * 1e9);
	return sum.records == (uint64_t)RECORDS * TIMES && sum.threads ? 0 : 1;
}
