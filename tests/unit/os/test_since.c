// SPDX-License-Identifier: GPL-2.0
/*
 * The story of a guest whose CPUs are stolen from: its task clocks lag, each
 * by another amount, and more with time. A wait must never be told longer than
 * it is. Then the same with real threads, which know when they fell asleep.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/proc.h"
#include "os/since.h"

#define MS 1000000ULL
#define S  (1000 * MS)

/* A made-up machine: the time, and how far each task clock lags. */
struct machine {
	uint64_t mono_ns, raw_ns;
	uint64_t stolen_ns[2];
	int samples;
	int refuse; /* this CPU cannot be asked */
};

static int made_up_sample(void *ctx, int cpu, struct since_sample *ret)
{
	struct machine *m = ctx;

	if (cpu == m->refuse)
		return -EINVAL;
	m->samples++;
	*ret = (struct since_sample){
		.task_ns = m->raw_ns - m->stolen_ns[cpu],
		.mono_ns = m->mono_ns,
		.raw_ns = m->raw_ns,
	};
	return 0;
}

static void tick(struct machine *m, uint64_t ns)
{
	m->mono_ns += ns;
	m->raw_ns += ns;
}

static struct since *new_since(struct machine *m)
{
	const struct since_source source = {made_up_sample, m};
	struct since *s;

	*m = (struct machine){.mono_ns = 1000 * S, .raw_ns = 1000 * S, .refuse = -1};
	m->stolen_ns[0] = 2131 * MS;
	m->stolen_ns[1] = 2299 * MS;
	assert_int_equal(since_new(&source, &s), 0);
	return s;
}

static uint64_t falls_asleep(const struct machine *m, int cpu)
{
	return m->raw_ns - m->stolen_ns[cpu];
}

static void stolen_time_of_the_past_is_not_taken_for_a_wait(void **state)
{
	struct machine m;
	struct since *s = new_since(&m);
	uint64_t asleep = m.mono_ns, ran;
	uint64_t exec_start = falls_asleep(&m, 0);

	(void)state;
	tick(&m, 51 * MS);
	assert_int_equal(since_ran(s, exec_start, 0, m.mono_ns, &ran), 0);
	assert_in_range(ran, asleep, asleep + MS);
	since_free(s);
}

static void time_stolen_during_the_wait_makes_it_shorter_never_longer(void **state)
{
	struct machine m;
	struct since *s = new_since(&m);
	uint64_t asleep = m.mono_ns, ran;
	uint64_t exec_start = falls_asleep(&m, 1 % sysconf(_SC_NPROCESSORS_CONF));

	(void)state;
	tick(&m, 3 * S);
	m.stolen_ns[0] += 30 * MS;
	m.stolen_ns[1] += 30 * MS;
	assert_int_equal(
		since_ran(s, exec_start, 1 % sysconf(_SC_NPROCESSORS_CONF), m.mono_ns, &ran), 0);
	assert_in_range(ran, asleep + 30 * MS, asleep + 31 * MS);
	since_free(s);
}

/* The story of half a machine: what is taken is known from boot on, and bounds what is told. */
static void the_doubt_holds_where_half_is_taken(void **state)
{
	struct machine m;
	struct since *s = new_since(&m);
	uint64_t asleep, ran, exec_start, doubt;

	(void)state;
	m.stolen_ns[0] = m.raw_ns / 2;
	asleep = m.mono_ns;
	exec_start = falls_asleep(&m, 0);
	tick(&m, 6 * S);
	m.stolen_ns[0] += 3 * S;
	assert_int_equal(since_ran(s, exec_start, 0, m.mono_ns, &ran), 0);
	doubt = since_doubt(s, 0, ran);
	assert_in_range(ran - asleep, 3 * S, 3 * S + MS);
	assert_in_range(doubt, 3 * S, 7 * S);
	since_free(s);
}

static void the_doubt_follows_what_is_taken_while_we_look(void **state)
{
	struct machine m;
	struct since *s = new_since(&m);
	uint64_t asleep, ran, first;

	(void)state;
	assert_int_equal(since_ran(s, falls_asleep(&m, 0) - S, 0, m.mono_ns, &ran), 0);
	/* 2131 ms in 1000 s: next to nothing of one second */
	assert_in_range(since_doubt(s, 0, ran), MS, 10 * MS);
	tick(&m, 4 * S);
	m.stolen_ns[0] += 3 * S;
	first = falls_asleep(&m, 0);
	asleep = m.mono_ns;
	tick(&m, 4 * S);
	m.stolen_ns[0] += 3 * S;
	assert_int_equal(since_ran(s, first, 0, m.mono_ns, &ran), 0);
	assert_in_range(since_doubt(s, 0, ran), ran - asleep, 8 * S);
	since_free(s);
}

static void nothing_taken_no_doubt(void **state)
{
	struct machine m;
	struct since *s = new_since(&m);
	uint64_t ran;

	(void)state;
	m.stolen_ns[0] = 0;
	assert_int_equal(since_ran(s, 900 * S, 0, m.mono_ns, &ran), 0);
	assert_int_equal(since_doubt(s, 0, ran), 0);
	/* nor of a CPU that was never asked */
	assert_int_equal(since_doubt(s, 1 << 20, ran), 0);
	assert_int_equal(since_doubt(s, -1, ran), 0);
	since_free(s);
}

static void a_sample_older_than_the_sleep_is_not_used(void **state)
{
	struct machine m;
	struct since *s = new_since(&m);
	uint64_t early = falls_asleep(&m, 0), late, asleep, ran, first;

	(void)state;
	tick(&m, S);
	assert_int_equal(since_ran(s, early, 0, m.mono_ns, &first), 0);
	assert_int_equal(m.samples, 1);
	/* 40 ms are stolen, then another thread falls asleep: with the old sample it is 40 too
	 * early */
	tick(&m, S);
	m.stolen_ns[0] += 40 * MS;
	asleep = m.mono_ns;
	late = falls_asleep(&m, 0);
	tick(&m, S);
	assert_int_equal(since_ran(s, late, 0, m.mono_ns, &ran), 0);
	assert_int_equal(m.samples, 2);
	assert_in_range(ran, asleep, asleep + MS);
	since_free(s);
}

static void a_busy_look_takes_one_sample_a_cpu(void **state)
{
	struct machine m;
	struct since *s = new_since(&m);
	uint64_t now = m.mono_ns, ran;

	(void)state;
	tick(&m, MS);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(since_ran(s, falls_asleep(&m, 0), 0, now, &ran), 0);
		assert_int_equal(ran, now);
		tick(&m, MS);
	}
	assert_int_equal(m.samples, 1);
	since_free(s);
}

static void days_on_a_slewed_clock_stay_true(void **state)
{
	struct machine m;
	struct since *s = new_since(&m);
	const uint64_t days = 3 * 86400 * S;
	uint64_t asleep, ran, exec_start;

	(void)state;
	/* NTP lets the clock run 50 ppm fast, since boot */
	m.mono_ns += m.mono_ns / 20000;
	asleep = m.mono_ns;
	exec_start = falls_asleep(&m, 0);
	m.raw_ns += days;
	m.mono_ns += days + days / 20000;
	assert_int_equal(since_ran(s, exec_start, 0, m.mono_ns, &ran), 0);
	assert_in_range(ran, asleep, asleep + days / 40000);
	since_free(s);
}

static void what_the_kernel_does_not_tell_is_unknown(void **state)
{
	struct machine m;
	struct since *s = new_since(&m);
	uint64_t ran = 77;

	(void)state;
	assert_int_equal(since_ran(s, 0, 0, m.mono_ns, &ran), -ENODATA);
	assert_int_equal(since_ran(s, 5 * S, -1, m.mono_ns, &ran), -ENODATA);
	assert_int_equal(since_ran(s, 5 * S, 1 << 20, m.mono_ns, &ran), -ENODATA);
	m.refuse = 0;
	assert_int_equal(since_ran(s, 5 * S, 0, m.mono_ns, &ran), -ENODATA);
	assert_int_equal(ran, 77);
	/* a cpuset may change: later it is asked again */
	m.refuse = -1;
	assert_int_equal(since_ran(s, 5 * S, 0, m.mono_ns, &ran), -ENODATA);
	tick(&m, 11 * S);
	assert_int_equal(since_ran(s, 5 * S, 0, m.mono_ns, &ran), 0);
	since_free(s);
}

/* A thread that notes the time and falls asleep on a CPU. */
struct sleeper {
	pthread_t thread;
	int cpu;
	atomic_int tid;
	_Atomic uint64_t asleep_ns;
	int pipe[2];
};

static void *fall_asleep(void *arg)
{
	struct sleeper *s = arg;
	cpu_set_t one;
	char c;

	CPU_ZERO(&one);
	CPU_SET(s->cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
	s->asleep_ns = os_now_ns();
	s->tid = gettid();
	return read(s->pipe[0], &c, 1) == 1 ? s : NULL;
}

/* Its place in the file system of processes: in pipe_read, and therefore off its CPU. */
static uint64_t exec_start_asleep(int proc_fd, struct sleeper *s)
{
	char path[64], text[4096];
	struct proc_stat st = {0};
	uint64_t exec_start;

	while (!s->tid || proc_stat(proc_fd, getpid(), s->tid, &st) != 0 || st.state != 'S')
		sched_yield();
	snprintf(path, sizeof(path), "%d/task/%d/sched", getpid(), s->tid);
	if (proc_read(proc_fd, path, text, sizeof(text)) < 0 ||
	    proc_parse_sched_ns(text, "se.exec_start", &exec_start) != 0)
		return 0;
	return exec_start;
}

static void *burn(void *arg)
{
	atomic_int *stop = arg;

	while (!*stop)
		;
	return NULL;
}

/* Threads asleep 0.3 s, on each CPU we may use, both CPUs busy meanwhile. */
static void real_sleepers_are_told_in_time(void **state)
{
	int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY), n = 0;
	struct sleeper sleepers[8] = {0};
	pthread_t burners[2];
	atomic_int stop = 0;
	struct since *s;
	cpu_set_t before, after;

	(void)state;
	sched_getaffinity(0, sizeof(before), &before);
	assert_int_equal(since_new(NULL, &s), 0);
	for (int i = 0; i < 2; i++)
		pthread_create(&burners[i], NULL, burn, &stop);
	for (int cpu = 0; cpu < CPU_SETSIZE && n < 8; cpu++) {
		if (!CPU_ISSET(cpu, &before))
			continue;
		sleepers[n].cpu = cpu;
		assert_int_equal(pipe(sleepers[n].pipe), 0);
		pthread_create(&sleepers[n].thread, NULL, fall_asleep, &sleepers[n]);
		n++;
	}
	poll(NULL, 0, 300);
	for (int i = 0; i < n; i++) {
		uint64_t exec_start = exec_start_asleep(proc_fd, &sleepers[i]), ran = 0;
		int err = since_ran(s, exec_start, sleepers[i].cpu, os_now_ns(), &ran);

		if (exec_start == 0 || err == -ENODATA) {
			print_message("# this kernel does not tell (no CONFIG_SCHED_DEBUG?)\n");
			break;
		}
		int64_t off = (int64_t)(ran - sleepers[i].asleep_ns);

		print_message("# CPU %d: %+" PRId64 " us off\n", sleepers[i].cpu, off / 1000);
		/* it may be preempted between noting the time and sleeping, never the reverse */
		assert_in_range(ran, sleepers[i].asleep_ns, sleepers[i].asleep_ns + 250 * MS);
	}
	stop = 1;
	for (int i = 0; i < 2; i++)
		pthread_join(burners[i], NULL);
	for (int i = 0; i < n; i++) {
		assert_int_equal(write(sleepers[i].pipe[1], "x", 1), 1);
		pthread_join(sleepers[i].thread, NULL);
		close(sleepers[i].pipe[0]);
		close(sleepers[i].pipe[1]);
	}
	/* and we may run where we might before */
	sched_getaffinity(0, sizeof(after), &after);
	assert_true(CPU_EQUAL(&before, &after));
	since_free(s);
	close(proc_fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stolen_time_of_the_past_is_not_taken_for_a_wait),
		cmocka_unit_test(time_stolen_during_the_wait_makes_it_shorter_never_longer),
		cmocka_unit_test(the_doubt_holds_where_half_is_taken),
		cmocka_unit_test(the_doubt_follows_what_is_taken_while_we_look),
		cmocka_unit_test(nothing_taken_no_doubt),
		cmocka_unit_test(a_sample_older_than_the_sleep_is_not_used),
		cmocka_unit_test(a_busy_look_takes_one_sample_a_cpu),
		cmocka_unit_test(days_on_a_slewed_clock_stay_true),
		cmocka_unit_test(what_the_kernel_does_not_tell_is_unknown),
		cmocka_unit_test(real_sleepers_are_told_in_time),
	};

	return cmocka_run_group_tests_name("since", tests, NULL, NULL);
}
