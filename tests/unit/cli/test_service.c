// SPDX-License-Identifier: GPL-2.0
/*
 * The program as a service manager has it: started with a configuration and a
 * socket, told to read it again, stopped; with a stall that goes on all the time.
 */
#include "notified.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

struct service {
	char dir[64], conf[96], out[96], err[96];
	int notified;
	pid_t hangs, pid;
};

/* Takes a mutex that it has. */
static pid_t start_what_hangs(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pthread_mutex_lock(&m);
		pthread_mutex_lock(&m);
		_exit(0);
	}
	assert_true(pid > 0);
	return pid;
}

static void configure(const struct service *s, const char *more)
{
	FILE *f = fopen(s->conf, "w");

	assert_non_null(f);
	fprintf(f, "pid = %d\nvia = proc\nthreshold = 200ms\nformat = json\noutput = %s\n%s",
		s->hangs, s->out, more);
	assert_int_equal(fclose(f), 0);
}

static void start(struct service *s)
{
	s->pid = notified_start(s->conf, s->err);
}

/* How often the text is in the file. */
static size_t count(const char *path, const char *text)
{
	FILE *f = fopen(path, "r");
	char *all = NULL;
	size_t size = 0, n = 0;

	assert_non_null(f);
	if (getdelim(&all, &size, '\0', f) > 0) {
		for (const char *at = all; (at = strstr(at, text)); at++)
			n++;
	}
	free(all);
	fclose(f);
	return n;
}

static int stop(struct service *s, int signal)
{
	int status;

	assert_int_equal(kill(s->pid, signal), 0);
	notified_until(s->notified, "STOPPING=1");
	assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
	s->pid = 0;
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void reload(struct service *s)
{
	kill(s->pid, SIGHUP);
	notified_until(s->notified, "RELOADING=1\nMONOTONIC_USEC=");
	notified_until(s->notified, "READY=1");
}

static void a_life_of_a_service(void **state)
{
	struct service *s = *state;

	configure(s, "");
	start(s);
	notified_until(s->notified, "READY=1\nSTATUS=Watching ");
	notified_until(s->notified, "WATCHDOG=1");
	notified_until(s->notified, ": 1 stall open");
	notified_until(s->notified, "WATCHDOG=1");

	/* what is wrong changes nothing */
	configure(s, "treshold = 3\n");
	reload(s);
	assert_int_equal(count(s->err, "lt.conf:6: treshold: is not a key"), 1);
	assert_int_equal(count(s->err, "all stays as it was"), 1);

	configure(s, "ignore = comm=nobody\nuprobes = off\n");
	reload(s);
	assert_int_equal(count(s->err, "filters: 0 only, 1 ignore"), 1);
	assert_int_equal(count(s->err, "uprobes has changed: that needs a restart"), 1);
	assert_int_equal(count(s->err, "needs a restart"), 1);
	notified_until(s->notified, "WATCHDOG=1");

	/* the same stall, told once and still open */
	assert_int_equal(stop(s, SIGTERM), 3);
	assert_int_equal(
		count(s->out, "\"event\":\"opened\"") + count(s->out, "\"event\": \"opened\""), 1);
	assert_int_equal(count(s->out, "resolved"), 0);
}

/* A filter that comes with a reload is obeyed from then on. */
static void new_filters_are_obeyed(void **state)
{
	struct service *s = *state;

	configure(s, "ignore = rule=self-deadlock\n");
	start(s);
	notified_until(s->notified, "1 stall open");
	assert_int_equal(count(s->out, "opened"), 0);
	configure(s, "ignore = rule=deadlock\n");
	reload(s);
	/* "still stuck after 10 times the threshold" is when it is told late */
	for (int i = 0; !count(s->out, "opened") && i < 600; i++)
		usleep(100000);
	assert_int_equal(count(s->out, "opened"), 1);
	assert_int_equal(stop(s, SIGTERM), 3);
}

static int set_up(void **state)
{
	struct service *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	strcpy(s->dir, "/tmp/test_service.XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->conf, sizeof(s->conf), "%s/lt.conf", s->dir);
	snprintf(s->out, sizeof(s->out), "%s/out", s->dir);
	snprintf(s->err, sizeof(s->err), "%s/err", s->dir);
	s->notified = notified_open();
	s->hangs = start_what_hangs();
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct service *s = *state;
	char command[128];

	kill(s->hangs, SIGKILL);
	waitpid(s->hangs, NULL, 0);
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	close(s->notified);
	snprintf(command, sizeof(command), "rm -r %s", s->dir);
	assert_int_equal(system(command), 0);
	free(s);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_life_of_a_service, set_up, tear_down),
		cmocka_unit_test_setup_teardown(new_filters_are_obeyed, set_up, tear_down),
	};

	if (geteuid() != 0) {
		puts("1..0 # SKIP to look at other processes takes root");
		return 0;
	}
	return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}
