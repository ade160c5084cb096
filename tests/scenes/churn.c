// SPDX-License-Identifier: GPL-2.0
/*
 * Hundreds of processes a second come, take a lock that all share, give it
 * back and end: whoever is looked at may be gone, or be another one, a moment
 * later.
 */
#include "scene.h"

#include <errno.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define FAMILIES 2

/* Enough of them, and yet a machine that is emulated has time for others. */
#define PAUSE_NS 4000000

struct churn {
	pthread_mutex_t lock;
};

static void live_shortly(struct churn *c, int i)
{
	prctl(PR_SET_NAME, "mayfly");
	pthread_mutex_lock(&c->lock);
	sleep_ns((uint64_t)(i % 3) * 500000);
	pthread_mutex_unlock(&c->lock);
	_exit(0);
}

static void breed(struct actor *a)
{
	struct churn *c = a->prop;
	pid_t pid;

	for (int i = 0; !a->stage->over; i++) {
		pid = fork();
		if (pid == 0)
			live_shortly(c, i);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			continue;
		sleep_ns(PAUSE_NS);
	}
}

static void set_ok(struct stage *s)
{
	struct churn *c = stage_shared_prop(s, sizeof(*c));
	char name[16];

	init_mutex(&c->lock, PTHREAD_MUTEX_NORMAL, true);
	for (int i = 0; i < FAMILIES; i++) {
		snprintf(name, sizeof(name), "breeder-%d", i);
		expect_never(s, stage_thread(s, name, breed, c));
	}
	s->expect.note = "\"never_blocked\":true";
}

SCENE(churn_ok) = {
	.name = "churn-ok",
	.what = "hundreds of processes a second share a lock, come and go",
	.set = set_ok,
	.healthy = true,
	.alone = true,
};
