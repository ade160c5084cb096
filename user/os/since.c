// SPDX-License-Identifier: GPL-2.0
/*
 * exec_start is when a thread was last charged for running, for a sleeping one
 * the moment it fell asleep. But it is in the task clock of the CPU it was on:
 * time since boot less what interrupts and the hypervisor took from that CPU.
 * On a busy guest that clock is seconds behind CLOCK_MONOTONIC, on each CPU by
 * another amount (51 ms asleep read as 2131 and 2299 ms).
 *
 * So each CPU is asked: we go there ourselves, sleep for a moment, and find in
 * our own exec_start the task clock of our waking up. Then
 *
 *	ran = now - (task clock now - exec_start)
 *
 * What is stolen from the CPU between the two is in no clock that we can
 * read: the result is later than the truth by that much. If the thread slept
 * before the sample was taken, it is never earlier. Hence one rule decides when
 * a sample must be taken anew: a thread that ran after it. An older sample is
 * the better one for all who sleep longer.
 *
 * The task clock is not slewed by NTP, CLOCK_MONOTONIC is. Over a wait of days
 * that would be seconds: the age is scaled by how the slewed clock has fared
 * against the raw one since boot, and shortened by what is left in doubt.
 */
#include "since.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "proc.h"

#define CPUS_MAX 4096
/* A CPU that we may not run on is asked again after this long. */
#define RETRY_NS 10000000000ULL
/*
 * A try errs by the time from being put on the CPU until the clock was read: 30
 * us, unless we were taken off it in between. Then it is repeated.
 */
#define TRIES	 4
#define GOOD_NS	 200000
#define SLEEP_NS 20000
/* What a slewed clock's mean rate since boot may differ from that of the wait. */
#define RATE_DOUBT_PER_MILLION 20
#define RATE_MAX_PER_MILLION   500 /* the kernel slews by no more */
/* What was taken is told by two samples no nearer than this, and how much at the most. */
#define STOLEN_BETWEEN_NS 100000000ULL
#define STOLEN_MAX	  0.9

struct cpu {
	struct since_sample at, first;
	bool known;
	uint64_t failed_ns; /* CLOCK_MONOTONIC when it could not be asked; 0: never */
};

struct since {
	struct since_source source;
	struct cpu *cpus;
	size_t n_cpus;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts = {0};

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ULL + (uint64_t)ts.tv_nsec;
}

/* How far the clock is ahead of our own exec_start: too much, never too little. */
static int try_here(struct since_sample *ret, bool *ret_good)
{
	const struct timespec moment = {.tv_nsec = SLEEP_NS};
	char text[4096];
	struct since_sample s;
	uint64_t woken_ns;
	int err;

	nanosleep(&moment, NULL);
	woken_ns = clock_ns(CLOCK_MONOTONIC);
	ssize_t n = proc_read(AT_FDCWD, "/proc/thread-self/sched", text, sizeof(text));

	if (n < 0)
		return (int)n;
	s.mono_ns = clock_ns(CLOCK_MONOTONIC);
	s.raw_ns = clock_ns(CLOCK_MONOTONIC_RAW);
	err = proc_parse_sched_ns(text, "se.exec_start", &s.task_ns);
	if (err)
		return err;
	if (!s.task_ns)
		return -ENODATA;
	*ret_good = s.mono_ns - woken_ns < GOOD_NS;
	*ret = s;
	return 0;
}

static int sample_here(struct since_sample *ret)
{
	struct since_sample best = {0};
	int64_t least = INT64_MAX;
	bool good = false;

	for (int i = 0; i < TRIES && !good; i++) {
		struct since_sample s;
		int err = try_here(&s, &good);

		if (err)
			return err;
		if ((int64_t)(s.mono_ns - s.task_ns) < least) {
			least = (int64_t)(s.mono_ns - s.task_ns);
			best = s;
		}
	}
	*ret = best;
	return 0;
}

/* Pins this thread to the CPU, and lets it go again. */
static int sample_cpu(void *ctx __attribute__((unused)), int cpu, struct since_sample *ret)
{
	size_t size = CPU_ALLOC_SIZE(CPUS_MAX);
	cpu_set_t *before = CPU_ALLOC(CPUS_MAX), *one = CPU_ALLOC(CPUS_MAX);
	int err = before && one ? 0 : -ENOMEM;

	if (!err && sched_getaffinity(0, size, before) != 0)
		err = -errno;
	if (!err) {
		CPU_ZERO_S(size, one);
		CPU_SET_S(cpu, size, one);
		if (sched_setaffinity(0, size, one) != 0)
			err = -errno;
	}
	if (!err) {
		err = sample_here(ret);
		sched_setaffinity(0, size, before);
	}
	CPU_FREE(before);
	CPU_FREE(one);
	return err;
}

int since_new(const struct since_source *source, struct since **ret)
{
	struct since *s = calloc(1, sizeof(*s));
	long n = sysconf(_SC_NPROCESSORS_CONF);

	if (!s)
		return -ENOMEM;
	s->n_cpus = n < 1 ? 1 : n > CPUS_MAX ? CPUS_MAX : (size_t)n;
	s->source = source ? *source : (struct since_source){.sample = sample_cpu};
	s->cpus = calloc(s->n_cpus, sizeof(*s->cpus));
	if (!s->cpus) {
		free(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

void since_free(struct since *s)
{
	if (!s)
		return;
	free(s->cpus);
	free(s);
}

static int sample(struct since *s, int nr, uint64_t now_ns)
{
	struct cpu *cpu = &s->cpus[nr];

	if (cpu->failed_ns && now_ns - cpu->failed_ns < RETRY_NS)
		return -ENODATA;
	if (s->source.sample(s->source.ctx, nr, &cpu->at) != 0) {
		cpu->failed_ns = now_ns;
		return -ENODATA;
	}
	if (!cpu->known)
		cpu->first = cpu->at;
	cpu->known = true;
	cpu->failed_ns = 0;
	return 0;
}

/* An age in task clock as one in CLOCK_MONOTONIC, a little shortened. */
static uint64_t monotonic_age(const struct since_sample *at, uint64_t task_age)
{
	double ppm = at->raw_ns ? ((double)at->mono_ns - (double)at->raw_ns) / at->raw_ns * 1e6 : 0;

	/* in a time namespace the two start anywhere: their ratio then means nothing */
	if (ppm > RATE_MAX_PER_MILLION || ppm < -RATE_MAX_PER_MILLION)
		ppm = -RATE_MAX_PER_MILLION;
	return (uint64_t)((double)task_age * (1 + (ppm - RATE_DOUBT_PER_MILLION) / 1e6));
}

int since_ran(struct since *s, uint64_t exec_start_ns, int cpu, uint64_t now_ns, uint64_t *ret_ns)
{
	if (!exec_start_ns || cpu < 0 || (size_t)cpu >= s->n_cpus)
		return -ENODATA;
	const struct since_sample *at = &s->cpus[cpu].at;

	/* One sample a look: who runs even after that did not sleep before it. */
	if (!s->cpus[cpu].known || (exec_start_ns >= at->task_ns && at->mono_ns < now_ns)) {
		int err = sample(s, cpu, now_ns);

		if (err)
			return err;
	}
	/* still not before the sample: it ran just now */
	uint64_t age = exec_start_ns < at->task_ns ? at->task_ns - exec_start_ns : 0;
	uint64_t ran, mono_age = monotonic_age(at, age);

	ran = mono_age < at->mono_ns ? at->mono_ns - mono_age : 1;
	*ret_ns = ran < now_ns ? ran : now_ns;
	return 0;
}

/* What part of the time between two samples was taken from the CPU. */
static double taken(const struct since_sample *from, const struct since_sample *to)
{
	double all = (double)to->raw_ns - (double)from->raw_ns;
	double ran = (double)to->task_ns - (double)from->task_ns;

	if (all < (double)STOLEN_BETWEEN_NS || ran >= all)
		return 0;
	return (all - ran) / all > STOLEN_MAX ? STOLEN_MAX : (all - ran) / all;
}

uint64_t since_doubt(const struct since *s, int cpu, uint64_t ran_ns)
{
	const struct since_sample boot = {0};
	const struct cpu *c;
	double part, lately, doubt;

	if (cpu < 0 || (size_t)cpu >= s->n_cpus || !s->cpus[cpu].known)
		return 0;
	c = &s->cpus[cpu];
	if (c->at.raw_ns <= c->at.task_ns || ran_ns >= c->at.mono_ns)
		return 0;
	part = taken(&boot, &c->at);
	lately = taken(&c->first, &c->at);
	if (part < lately)
		part = lately;
	doubt = 2 * (double)(c->at.mono_ns - ran_ns) * part / (1 - part);
	/* all that was ever taken */
	if (doubt > (double)(c->at.raw_ns - c->at.task_ns))
		return c->at.raw_ns - c->at.task_ns;
	return (uint64_t)doubt;
}
