/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_SINCE_H
#define OS_SINCE_H

/*
 * When a sleeping thread last ran, without BPF: from its se.exec_start in
 * /proc/PID/task/TID/sched. since.c tells what that is, and why it cannot be
 * used as it is.
 */
#include <stdint.h>

struct since;

/* The clocks of one CPU at one moment. */
struct since_sample {
	uint64_t task_ns; /* the scheduler's task clock of that CPU */
	uint64_t mono_ns; /* CLOCK_MONOTONIC */
	uint64_t raw_ns;  /* CLOCK_MONOTONIC_RAW */
};

/*
 * Where samples come from: 0 or -errno if this CPU cannot be asked. mono_ns
 * and raw_ns may be later than task_ns, never earlier. Tests bring their own.
 */
struct since_source {
	int (*sample)(void *ctx, int cpu, struct since_sample *ret);
	void *ctx;
};

/* source NULL: the real clocks. Returns 0 or -errno. */
int since_new(const struct since_source *source, struct since **ret);
void since_free(struct since *s);

/*
 * CLOCK_MONOTONIC at an exec_start on that CPU: the truth or later, never
 * earlier and never after now_ns, so that no wait is told longer than it is.
 * -ENODATA if exec_start is 0, or if we may not run on that CPU.
 */
int since_ran(struct since *s, uint64_t exec_start_ns, int cpu, uint64_t now_ns, uint64_t *ret_ns);

/*
 * By how much the truth may be earlier than what since_ran() said just now of
 * that CPU: twice what has been taken from it in as long a time, by what was
 * taken since boot and while we looked. 0 if nothing ever was. No proof: a
 * hypervisor may take nothing for days, and then half of it.
 */
uint64_t since_doubt(const struct since *s, int cpu, uint64_t ran_ns);

#endif
