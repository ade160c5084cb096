// SPDX-License-Identifier: GPL-2.0
#include "workers.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../exit_status.h"
#include "../message.h"
#include "../os/clock.h"
#include "../service/notify.h"
#include "backoff.h"
#include "target.h"
#include "worker.h"

#define S 1000000000ULL

/* Of one worker; the unit has room for two of them. */
#define MEMORY_MAX (192UL << 20)

struct one {
	pid_t pid; /* 0: none now */
	struct backoff backoff;
	uint64_t began_ns, start_ns; /* when it was started, and when it will be */
};

struct workers {
	const struct settings *settings;
	struct shown *shown;
	struct metrics_file numbers;
	uint64_t write_ns; /* when they are written next; 0: never */
	struct one all[N_TARGETS];
	sigset_t signals;
	bool stop;
	int status;
};

static void start(struct workers *w, size_t i)
{
	const pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		sigprocmask(SIG_UNBLOCK, &w->signals, NULL);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(EXIT_INTERNAL);
		/* of a report that is larger, reading fails; otherwise all would end, again and
		 * again */
		setrlimit(RLIMIT_DATA, &(struct rlimit){MEMORY_MAX, MEMORY_MAX});
		_exit(worker_run(w->settings, i, w->shown));
	}
	w->all[i].began_ns = w->all[i].start_ns = os_now_ns();
	w->all[i].pid = pid > 0 ? pid : 0;
	if (pid < 0)
		w->all[i].start_ns += backoff_failed(&w->all[i].backoff, 0, w->all[i].start_ns);
}

static void ended(struct workers *w, size_t i, int status)
{
	struct one *one = &w->all[i];
	uint64_t now = os_now_ns();

	one->pid = 0;
	if (w->stop)
		return;
	if (WIFSIGNALED(status))
		error_line("%s: ended by signal %d", targets[i]->name, WTERMSIG(status));
	if (w->settings->once) {
		int exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_INTERNAL;

		w->status = exit_status ? exit_status : w->status;
		return;
	}
	if (now - one->began_ns > one->backoff.max_ns)
		backoff_went_well(&one->backoff);
	one->start_ns = now + backoff_failed(&one->backoff, 0, now);
}

static void reap(struct workers *w)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (size_t i = 0; i < N_TARGETS; i++) {
			if (w->all[i].pid == pid)
				ended(w, i, status);
		}
	}
}

static bool any(const struct workers *w)
{
	for (size_t i = 0; i < N_TARGETS; i++) {
		if (w->all[i].pid)
			return true;
	}
	return false;
}

static void stop(struct workers *w)
{
	w->stop = true;
	for (size_t i = 0; i < N_TARGETS; i++) {
		if (w->all[i].pid)
			kill(w->all[i].pid, SIGTERM);
	}
}

/* Starts those whose time has come. Returns until when nothing is to be done, 0: for ever. */
static uint64_t start_due(struct workers *w)
{
	uint64_t now = os_now_ns(), next = 0;

	for (size_t i = 0; i < N_TARGETS && !w->stop && !w->settings->once; i++) {
		struct one *one = &w->all[i];

		if (one->pid || !targets[i]->wanted(w->settings))
			continue;
		if (one->start_ns <= now)
			start(w, i);
		if (!one->pid && (!next || one->start_ns < next))
			next = one->start_ns;
	}
	return next;
}

static void write_numbers(struct workers *w)
{
	shown_write(w->shown, w->settings, (uint64_t)time(NULL), &w->numbers);
}

/* Returns until when nothing is to be done, 0: for ever. */
static uint64_t write_due(struct workers *w, uint64_t until_ns)
{
	uint64_t now = os_now_ns();

	if (!w->write_ns)
		return until_ns;
	if (w->write_ns <= now) {
		write_numbers(w);
		w->write_ns = now + SHOWN_EVERY_NS;
	}
	return until_ns && until_ns < w->write_ns ? until_ns : w->write_ns;
}

static void wait_for_signal(struct workers *w, uint64_t until_ns)
{
	uint64_t now = os_now_ns(), left = until_ns > now ? until_ns - now : 1;
	const struct timespec wait = {(time_t)(left / S), (long)(left % S)};
	int signal = until_ns ? sigtimedwait(&w->signals, NULL, &wait)
			      : sigwaitinfo(&w->signals, NULL);

	if (signal == SIGTERM || signal == SIGINT)
		stop(w);
	reap(w);
}

/* All can be used, and each has its process: from here on nothing is wrong but elsewhere. */
static void tell_ready(const struct settings *s)
{
	char text[128] = "Delivering to";
	struct notify notify;

	for (size_t i = 0; i < N_TARGETS; i++) {
		size_t n = strlen(text);

		if (targets[i]->wanted(s))
			snprintf(text + n, sizeof(text) - n, " %s", targets[i]->name);
	}
	notify_open(&notify);
	notify_ready(&notify, text);
	notify_close(&notify);
}

static void run(struct workers *w)
{
	uint64_t until_ns = 0;

	if (w->settings->metrics_file)
		w->write_ns = os_now_ns() + S;
	for (size_t i = 0; i < N_TARGETS; i++) {
		w->all[i].backoff = (struct backoff){.min_ns = S, .max_ns = 60 * S};
		if (targets[i]->wanted(w->settings))
			start(w, i);
	}
	tell_ready(w->settings);
	while (any(w) || until_ns) {
		wait_for_signal(w, write_due(w, until_ns));
		until_ns = start_due(w);
	}
	if (!w->settings->metrics_file)
		return;
	/* what is no longer so is not left behind; for a timer it is */
	if (w->settings->once)
		write_numbers(w);
	else
		metrics_file_remove(&w->numbers);
}

int workers_run(const struct settings *s)
{
	struct workers w = {.settings = s, .numbers = {.path = s->metrics_file}};
	int status = workers_check(s);

	if (status)
		return status;
	w.shown = shown_new();
	if (!w.shown) {
		error_line("out of memory");
		return EXIT_INTERNAL;
	}
	sigemptyset(&w.signals);
	sigaddset(&w.signals, SIGTERM);
	sigaddset(&w.signals, SIGINT);
	sigaddset(&w.signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &w.signals, NULL);
	run(&w);
	shown_free(w.shown);
	return w.status;
}

int workers_check(const struct settings *s)
{
	for (size_t i = 0; i < N_TARGETS; i++) {
		void *t = NULL;
		const char *why = targets[i]->wanted(s) ? targets[i]->open(s, &t) : NULL;

		if (why) {
			error_line("%s: %s", targets[i]->name, why);
			return EXIT_UNAVAILABLE;
		}
		if (targets[i]->wanted(s))
			targets[i]->close(t);
	}
	return 0;
}
