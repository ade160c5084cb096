// SPDX-License-Identifier: GPL-2.0
/*
 * What the hooks cost where it matters most: two threads that wake each other
 * by futex without end, two waits and two wakes a round. Prints nanoseconds a
 * round without hooks, with them by fentry, and by kprobe. In QEMU with
 * -icount shift=0,sleep=off a nanosecond is an instruction, and the figures are
 * repeatable to 1 %.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../user/os/os.h"
#include "../../user/target.h"
#include "../../user/ways/way.h"
#include "victims.h"

#define ROUNDS 20000

static _Atomic int turn;

static void pass_on(int me)
{
	turn = !me;
	syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	while (turn != me)
		syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, !me, NULL, NULL, 0);
}

static void *other(void *arg)
{
	(void)arg;
	while (turn != 1)
		syscall(SYS_futex, &turn, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	for (int i = 0; i < ROUNDS - 1; i++)
		pass_on(1);
	turn = 0;
	syscall(SYS_futex, &turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	return NULL;
}

static double ping(void)
{
	pthread_t thread;
	uint64_t before;
	double ns;

	turn = 0;
	pthread_create(&thread, NULL, other, NULL);
	before = now_ns();
	for (int i = 0; i < ROUNDS; i++)
		pass_on(0);
	ns = (double)(now_ns() - before) / ROUNDS;
	pthread_join(thread, NULL);
	return ns;
}

static int ignore(void *ctx, const struct fact *fact)
{
	(void)ctx;
	if (fact->type == FACT_NOTE)
		printf("# %s\n", fact->note.text);
	return 0;
}

static double best_of(int n)
{
	double best = 1e18;

	while (n--) {
		double ns = ping();

		best = ns < best ? ns : best;
	}
	return best;
}

static int count(void *ctx, const struct seen *seen)
{
	*(int *)ctx += seen->hook_kind != LT_KIND_NONE;
	return 0;
}

/* What one look costs with 200 threads parked. */
static void look(void *way)
{
	struct scene s = scene_start(scene_parked, 200);
	uint32_t threads;
	uint64_t before;
	int n = 0;

	way_hooks.scan(way, now_ns(), 0, count, &n, &threads);
	n = 0;
	before = now_ns();
	for (int i = 0; i < 10; i++)
		way_hooks.scan(way, now_ns(), 0, count, &n, &threads);
	printf("# a scan that lists %d of %u threads: %.0f us\n", n / 10, threads,
	       (double)(now_ns() - before) / 10 / 1000);
	scene_stop(&s);
}

/* With who woke whom remembered, as of a process that was asked for; and of all others then. */
static int handovers(struct way_config *config, struct os *os, double nothing)
{
	struct target *targets[2];
	uint32_t threads;
	int n = 0;
	void *way;

	if (target_new(os->proc_fd, getpid(), false, &targets[1]) < 0 ||
	    target_new(os->proc_fd, 1, false, &targets[0]) < 0)
		return 1;
	config->handovers = true;
	config->force_kprobe = false;
	for (int i = 0; i < 2; i++) {
		double ns;

		config->target = targets[i];
		if (way_hooks.open(config, &way) < 0)
			return 1;
		way_hooks.scan(way, now_ns(), 0, count, &n, &threads);
		ns = best_of(3);
		printf("# fentry with hand-overs of %s %.0f ns a round, %.3f times\n",
		       i ? "this process" : "another process", ns, ns / nothing);
		fflush(stdout);
		way_hooks.close(way);
		target_free(targets[i]);
	}
	return 0;
}

int main(void)
{
	int status;
	static const struct fact_sink notes = {ignore, NULL};
	struct way_config config = {.notes = &notes};
	struct target *target;
	double nothing;
	cpu_set_t one;
	struct os os;
	void *way;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	if (os_open(&os) < 0 || target_new(os.proc_fd, 0, false, &target) < 0)
		return 1;
	config.os = &os;
	config.target = target;
	nothing = best_of(4);
	printf("# nothing %.0f ns a round\n", nothing);
	for (int kprobe = 0; kprobe < 2; kprobe++) {
		double ns;

		config.force_kprobe = kprobe;
		if (way_hooks.open(&config, &way) < 0)
			return 1;
		ns = best_of(3);
		printf("# %s %.0f ns a round, %.3f times\n", kprobe ? "kprobe" : "fentry", ns,
		       ns / nothing);
		look(way);
		fflush(stdout);
		way_hooks.close(way);
	}
	status = handovers(&config, &os, nothing);
	target_free(target);
	os_close(&os);
	return status;
}
