// SPDX-License-Identifier: GPL-2.0
/*
 * The whole program, whose parsers are killed or stopped while it makes a
 * report: the report comes, in time, once, with what can be known without them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <time.h>

#include "parser_pids.h"
#include "victim.h"

#ifdef __aarch64__
#define FUTEX "98 "
#else
#define FUTEX "202 "
#endif
#define OUTPUT	(256 << 10)
#define TIME_MS 12000 /* two looks, and each question of them twice, under load */

static pthread_mutex_t locks[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t both;

static void *lock_both(void *ctx)
{
	size_t first = *(const size_t *)ctx;

	pthread_mutex_lock(&locks[first]);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&locks[1 - first]);
	return NULL;
}

/* A process with two threads in a deadlock. */
static pid_t deadlock(void)
{
	static size_t first[2] = {0, 1};
	pid_t pid = fork();
	pthread_t threads[2];

	assert_true(pid >= 0);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pthread_barrier_init(&both, NULL, 2);
	for (size_t i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, lock_both, &first[i]))
			_exit(1);
	for (;;)
		pause();
}

struct run {
	pid_t pid;
	int out;
	char text[OUTPUT];
	size_t n;
};

static void start(struct run *r, pid_t target)
{
	char pid[16];
	int out[2];

	r->n = 0;
	snprintf(pid, sizeof(pid), "%d", (int)target);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	r->pid = fork();
	if (!r->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(out[1], STDOUT_FILENO);
		execl(LOCKTRACE, LOCKTRACE, "--pid", pid, "--once", "--via", "proc", "--threshold",
		      "300ms", "--format", "json", NULL);
		_exit(127);
	}
	close(out[1]);
	r->out = out[0];
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Reads to the end; meanwhile each parser gets the signal, so long after it is seen. */
static int harass(struct run *r, int signal, int most, int after_us)
{
	int64_t end = now_ms() + TIME_MS;
	pid_t pids[PARSERS_MAX], last = 0;
	int hits = 0;
	ssize_t n = 1;

	fcntl(r->out, F_SETFL, O_NONBLOCK);
	while (n && now_ms() < end) {
		int found = hits < most ? parser_pids(r->pid, pids) : 0;

		for (int i = 0; i < found; i++) {
			if (pids[i] <= last)
				continue;
			last = pids[i];
			usleep(after_us);
			kill(last, signal);
			hits++;
		}
		n = read(r->out, r->text + r->n, OUTPUT - 1 - r->n);
		if (n > 0)
			r->n += n;
		else if (n < 0)
			usleep(200);
	}
	assert_int_equal(n, 0); /* else it took too long */
	r->text[r->n] = '\0';
	close(r->out);
	return hits;
}

static void check_frames(json_t *stack, size_t *named)
{
	size_t i;
	json_t *frame;

	json_array_foreach(json_object_get(stack, "frames"), i, frame)
	{
		const char *module = json_string_value(json_object_get(frame, "module"));

		if (!module || !strcmp(module, "[kernel]"))
			continue;
		assert_true(json_is_string(json_object_get(frame, "build_id")));
		assert_true(json_integer_value(json_object_get(frame, "offset")) > 0);
		*named += json_is_string(json_object_get(frame, "symbol"));
	}
}

/* One report, of two threads and two locks; returns whether any of its frames has a name. */
static bool check_report(const struct run *r)
{
	size_t reports = 0, named = 0, at = 0, i;
	int status;

	assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 3);
	while (at < r->n) {
		json_error_t error;
		json_t *line = json_loads(r->text + at, JSON_DISABLE_EOF_CHECK, &error), *stack;

		assert_non_null(line);
		if (json_object_get(line, "rule")) {
			reports++;
			assert_string_equal(json_string_value(json_object_get(line, "rule")),
					    "deadlock");
			assert_int_equal(json_array_size(json_object_get(line, "resources")), 2);
			json_array_foreach(json_object_get(line, "stacks"), i, stack)
				check_frames(stack, &named);
		}
		json_decref(line);
		at += strcspn(r->text + at, "\n") + 1;
	}
	assert_int_equal(reports, 1);
	return named > 0;
}

static void left_in_peace(void **state)
{
	static struct run r;

	start(&r, *(pid_t *)*state);
	assert_int_equal(harass(&r, 0, 0, 0), 0);
	assert_true(check_report(&r));
}

/* One that dies costs no report and no certainty. */
static void killed(void **state)
{
	static struct run r;
	int hits = 0;

	for (int round = 0; round < 10; round++) {
		start(&r, *(pid_t *)*state);
		hits += harass(&r, SIGKILL, 1, round * 3000); /* unless it was done before */
		check_report(&r);
	}
	assert_true(hits >= 3);
}

/* Without any there is no telling what the threads wait for: but it comes to an end, and says so.
 */
static void killed_again_and_again(void **state)
{
	static struct run r;
	int status, hits = 0;

	/* on a busy machine we may come too late for one */
	for (int round = 0; round < 10 && hits < 2; round++) {
		start(&r, *(pid_t *)*state);
		hits = harass(&r, SIGKILL, PARSERS_MAX, 0);
		assert_int_equal(waitpid(r.pid, &status, 0), r.pid);
		assert_true(WIFEXITED(status));
		assert_true(WEXITSTATUS(status) == 3 || WEXITSTATUS(status) == 0);
	}
	assert_true(hits >= 2);
	assert_null(strstr(r.text, "\"exact\""));
}

static void stopped(void **state)
{
	static struct run r;

	for (int round = 0; round < 3; round++) {
		start(&r, *(pid_t *)*state);
		assert_true(harass(&r, SIGSTOP, 1, round * 20000) > 0);
		check_report(&r);
	}
}

/* Until so many of its threads are in a futex call, and have been for longer than the threshold. */
static int wait_for_futexes(pid_t pid, int want)
{
	const char *command = "cat /proc/%d/task/*/syscall | grep -c '^" FUTEX "'";
	char line[256];

	snprintf(line, sizeof(line), command, (int)pid);
	for (int i = 0, n = 0; i < 500; i++) {
		FILE *p = popen(line, "re");

		assert_non_null(p);
		if (fscanf(p, "%d", &n) != 1)
			n = 0;
		pclose(p);
		if (n == want) {
			usleep(600000);
			return 0;
		}
		usleep(10000);
	}
	return -1;
}

static int start_target(void **state)
{
	static pid_t target;

	if (geteuid() != 0) {
		print_message("the program wants to be root\n");
		exit(0);
	}
	target = deadlock();
	*state = &target;
	return wait_for_futexes(target, 2);
}

static int end_target(void **state)
{
	pid_t target = *(pid_t *)*state;

	kill(target, SIGKILL);
	waitpid(target, NULL, 0);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(left_in_peace),
		cmocka_unit_test(killed),
		cmocka_unit_test(killed_again_and_again),
		cmocka_unit_test(stopped),
	};

	return cmocka_run_group_tests(tests, start_target, end_target);
}
