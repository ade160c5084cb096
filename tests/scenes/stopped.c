// SPDX-License-Identifier: GPL-2.0
/*
 * A shared lock is held by a process that a debugger has stopped, or that its
 * control group (version 2) has frozen. That is not sleep: it goes on when it is
 * let go. What version 1 has frozen cannot even be killed, see test_doing.c.
 */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAITERS 2

struct hold {
	pthread_mutex_t lock;
	_Atomic bool held;
};

static struct hold *hold; /* between set and go */
static char group[128];

static void hold_it(struct actor *a)
{
	struct hold *h = a->prop;

	pthread_mutex_lock(&h->lock);
	h->held = true;
	park();
}

static void want(struct actor *a)
{
	struct hold *h = a->prop;

	actor_waits(a);
	pthread_mutex_lock(&h->lock);
	pthread_mutex_unlock(&h->lock);
	park();
}

static struct actor *set_holder(struct stage *s)
{
	struct actor *holder;

	hold = stage_shared_prop(s, sizeof(*hold));
	init_mutex(&hold->lock, PTHREAD_MUTEX_NORMAL, true);
	holder = stage_child(s, "holds", hold_it, hold);
	while (!hold->held)
		sleep_ns(1000000);
	return holder;
}

static void set_waiters(struct stage *s, const struct actor *holder)
{
	char name[16];

	expect_role(s, holder, "root");
	for (int i = 0; i < WAITERS; i++) {
		struct actor *w;

		snprintf(name, sizeof(name), "wants-%d", i);
		w = stage_thread(s, name, want, hold);
		stage_until_in(s, w, SYS_futex, &hold->lock);
		expect_role(s, w, "waiting");
		expect_hold(s, "mutex", w, holder, "exact");
	}
	s->expect.reports = 1;
	s->expect.rule = "slow-holder";
	s->expect.certainty = "certain|likely";
}

/* ---- a debugger ---- */

static void trace(struct actor *a)
{
	const struct actor *holder = a->prop;

	if (ptrace(PTRACE_SEIZE, holder->pid, NULL, NULL) != 0 ||
	    ptrace(PTRACE_INTERRUPT, holder->pid, NULL, NULL) != 0)
		die("not permitted to trace: %s", strerror(errno));
	park();
}

static void set_traced(struct stage *s)
{
	struct actor *holder = set_holder(s);

	stage_child(s, "traces", trace, holder);
	stage_until_state(s, holder, 't');
	set_waiters(s, holder);
	s->expect.note = "\"root_doing\":\"traced\"";
}

/* ---- a control group ---- */

static void set_frozen(struct stage *s, const char *root, const char *file, const char *on)
{
	struct actor *holder;
	char number[16];

	snprintf(group, sizeof(group), "%s/scene-%d", root, getpid());
	if (mkdir(group, 0755) != 0) {
		printf("skip: no control groups in %s: %s\n", root, strerror(errno));
		exit(0);
	}
	snprintf(s->group, sizeof(s->group), "%s", group);
	holder = set_holder(s);
	snprintf(number, sizeof(number), "%d", holder->pid);
	if (!group_put(group, "cgroup.procs", number) || !group_put(group, file, on)) {
		kill(holder->pid, SIGKILL);
		waitpid(holder->pid, NULL, 0);
		printf("skip: %s cannot be written to\n", file);
		exit(0);
	}
	set_waiters(s, holder);
	s->expect.note = "\"root_doing\":\"frozen\"";
}

static void set_frozen_2(struct stage *s)
{
	bool whole = access("/sys/fs/cgroup/cgroup.procs", F_OK) == 0;

	set_frozen(s, whole ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified", "cgroup.freeze", "1");
}

static void go_frozen(struct stage *s)
{
	(void)s;
	group_put(group, "cgroup.freeze", "0");
	kill(s->children[0], SIGKILL);
}

SCENE(holder_traced) = {
	.name = "holder-traced",
	.what = "a shared lock is held by a process that a debugger has stopped",
	.set = set_traced,
	.needs_root = true,
};

SCENE(holder_frozen_2) = {
	.name = "holder-frozen-v2",
	.what = "a shared lock is held by a process in a frozen cgroup (version 2)",
	.set = set_frozen_2,
	.go = go_frozen,
	.needs_root = true,
};
