// SPDX-License-Identifier: GPL-2.0
/*
 * PID namespaces: the numbers in the locks are those of the namespace, low ones
 * that belong to other threads outside. A deadlock two namespaces deep; robust
 * and priority-inheriting locks; a lock that two namespaces share, whose owner
 * nobody can know; a queue that is read inside; and a healthy container.
 */
#include "scene.h"

#include <sys/msg.h>
#include <sys/syscall.h>

struct inside {
	pthread_mutex_t shared; /* the others are in memory that is the container's alone */
	int robust;
	struct actor *_Atomic left, *_Atomic right;
	_Atomic bool held;
	int msqid;
};

static pthread_mutex_t locks[2];
static pthread_barrier_t both_have_one;

static void lock_both(struct actor *a, int first)
{
	pthread_mutex_lock(&locks[first]);
	pthread_barrier_wait(&both_have_one);
	actor_waits(a);
	pthread_mutex_lock(&locks[!first]);
	park();
}

static void left(struct actor *a)
{
	lock_both(a, 0);
}

static void right(struct actor *a)
{
	lock_both(a, 1);
}

static void container(struct actor *a)
{
	struct inside *in = a->prop;
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, in->robust);
	for (int i = 0; i < 2; i++)
		pthread_mutex_init(&locks[i], &attr);
	pthread_barrier_init(&both_have_one, NULL, 2);
	in->left = stage_thread(a->stage, "left", left, in);
	in->right = stage_thread(a->stage, "right", right, in);
	park();
}

static void set_deadlock(struct stage *s, int depth, int robust)
{
	struct inside *in = stage_shared_prop(s, sizeof(*in));

	in->robust = robust;
	expect_never(s, stage_child_inside(s, "container", container, in, depth));
	while (!in->left || !in->right)
		sleep_ns(1000000);
	stage_until_in(s, in->left, SYS_futex, &locks[1]);
	stage_until_in(s, in->right, SYS_futex, &locks[0]);
	s->expect.rule = "deadlock";
	s->expect.certainty = "certain";
	expect_role(s, in->left, "cycle");
	expect_role(s, in->right, "cycle");
	expect_hold(s, "mutex", in->left, in->right, "exact");
	expect_hold(s, "mutex", in->right, in->left, "exact");
	s->expect.only_exact_of = true;
	s->expect.note = "\"ns_pid\":1";
}

static void set_nested(struct stage *s)
{
	set_deadlock(s, 2, PTHREAD_MUTEX_STALLED);
}

static void set_robust(struct stage *s)
{
	set_deadlock(s, 1, PTHREAD_MUTEX_ROBUST);
}

static void keep_pi(struct actor *a)
{
	struct inside *in = a->prop;

	pthread_mutex_lock(&locks[0]);
	in->held = true;
	park();
}

static void want_pi(struct actor *a)
{
	actor_waits(a);
	pthread_mutex_lock(&locks[0]);
	park();
}

static void pi_container(struct actor *a)
{
	struct inside *in = a->prop;
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&locks[0], &attr);
	in->left = stage_thread(a->stage, "keeper", keep_pi, in);
	while (!in->held)
		sched_yield();
	in->right = stage_thread(a->stage, "waiter", want_pi, in);
	park();
}

/* Of a circle of these the kernel itself would not have it: so it is a chain. */
static void set_pi(struct stage *s)
{
	struct inside *in = stage_shared_prop(s, sizeof(*in));

	expect_never(s, stage_child_inside(s, "container", pi_container, in, 1));
	while (!in->right)
		sleep_ns(1000000);
	stage_until_in(s, in->right, SYS_futex, &locks[0]);
	s->expect.rule = "slow-holder";
	expect_role(s, in->left, "root");
	expect_role(s, in->right, "waiting");
	expect_hold(s, "mutex", in->right, in->left, "exact");
	s->expect.only_exact_of = true;
}

static void hold(struct actor *a)
{
	struct inside *in = a->prop;

	pthread_mutex_lock(&in->shared);
	in->held = true;
	park();
}

static void want(struct actor *a)
{
	struct inside *in = a->prop;

	actor_waits(a);
	pthread_mutex_lock(&in->shared);
	park();
}

/* The lock says 1, which is init outside: to believe it would be to blame init. */
static void set_shared(struct stage *s)
{
	struct inside *in = stage_shared_prop(s, sizeof(*in));
	struct actor *waiter;

	init_mutex(&in->shared, PTHREAD_MUTEX_NORMAL, true);
	stage_child_inside(s, "container", hold, in, 1);
	while (!in->held)
		sleep_ns(1000000);
	waiter = stage_thread(s, "outside", want, in);
	stage_until_in(s, waiter, SYS_futex, &in->shared);
	s->expect.rule = "unknown-holder";
	s->expect.certainty = "possible";
	expect_role(s, waiter, "waiting");
	s->expect.only_exact_of = true;
	s->expect.note = "\"says\":\"owner id unknown: shared between PID namespaces\"";
}

struct message {
	long type;
	char text[1024];
};

static void read_once(struct actor *a)
{
	struct inside *in = a->prop;
	struct message m;

	if (msgrcv(in->msqid, &m, sizeof(m.text), 0, 0) < 0)
		die("cannot receive");
	in->held = true;
	park();
}

static void send_forever(struct actor *a)
{
	struct inside *in = a->prop;
	struct message m = {.type = 1};

	while (!in->held)
		if (msgsnd(in->msqid, &m, sizeof(m.text), IPC_NOWAIT) < 0)
			sleep_ns(1000000);
	while (msgsnd(in->msqid, &m, sizeof(m.text), IPC_NOWAIT) == 0)
		continue;
	actor_waits(a);
	msgsnd(in->msqid, &m, sizeof(m.text), 0);
	park();
}

static void set_queue(struct stage *s)
{
	struct inside *in = stage_shared_prop(s, sizeof(*in));
	struct actor *reader, *sender;

	s->msqid = msgget(IPC_PRIVATE, 0600);
	if (s->msqid < 0)
		die("no queue");
	stage_janitor(s);
	in->msqid = s->msqid;
	reader = stage_child_inside(s, "reader", read_once, in, 1);
	sender = stage_thread(s, "sender", send_forever, in);
	stage_until_in(s, reader, SYS_clock_nanosleep, NULL);
	stage_until_in(s, sender, SYS_msgsnd, NULL);
	s->expect.rule = "queue-full";
	s->expect.certainty = "likely";
	expect_role(s, sender, "waiting");
	expect_role(s, reader, "root");
	expect_hold(s, "sysvmsg-full", sender, reader, "inferred|tracked");
}

static void healthy_container(struct actor *a)
{
	struct contest *c = contest_new(a->stage, 3, PTHREAD_MUTEX_NORMAL, false);

	stage_thread(a->stage, "hold", contest_hold, c);
	for (int i = 0; i < 3; i++)
		stage_thread(a->stage, "want", contest_want, c);
	park();
}

static void set_ok(struct stage *s)
{
	stage_child_inside(s, "container", healthy_container, NULL, 2);
}

SCENE(pidns) = {
	.name = "pidns",
	.what = "a deadlock two PID namespaces deep",
	.set = set_nested,
	.needs_root = true,
};

SCENE(pidns_robust) = {
	.name = "pidns-robust",
	.what = "a deadlock of robust locks in a PID namespace",
	.set = set_robust,
	.needs_root = true,
};

SCENE(pidns_pi) = {
	.name = "pidns-pi",
	.what = "a deadlock of priority-inheriting locks in a PID namespace",
	.set = set_pi,
	.needs_root = true,
};

SCENE(pidns_shared) = {
	.name = "pidns-shared",
	.what = "a lock that is shared between PID namespaces",
	.set = set_shared,
	.needs_root = true,
};

SCENE(pidns_queue) = {
	.name = "pidns-queue",
	.what = "the reader of a full queue sleeps in a PID namespace",
	.set = set_queue,
	.needs_root = true,
};

SCENE(pidns_ok) = {
	.name = "pidns-ok",
	.what = "threads in a PID namespace share a lock and always give it back",
	.set = set_ok,
	.healthy = true,
	.needs_root = true,
};
