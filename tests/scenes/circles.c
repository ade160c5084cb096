// SPDX-License-Identifier: GPL-2.0
/*
 * Circles without a lock: threads that join each other, two servers of which each
 * waits for the other's answer, a parent that waits for its child to end, which waits
 * for the parent to say something. The twins look the same, but for one way out: an
 * answer that comes, a thread more, somebody in poll().
 */
#include "scene.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define RING 3

/* ---- threads that join each other ---- */

static struct actor *ring[RING];
static _Atomic bool ring_is_whole;

static void join_next(struct actor *a)
{
	int next = 0;

	while (!ring_is_whole)
		sleep_ns(1000000);
	while (ring[next] != a)
		next++;
	actor_waits(a);
	pthread_join(ring[(next + 1) % RING]->thread, NULL);
}

static void set_join(struct stage *s)
{
	char name[16];

	for (int i = 0; i < RING; i++) {
		snprintf(name, sizeof(name), "joins-%d", i);
		ring[i] = stage_thread(s, name, join_next, NULL);
	}
	ring_is_whole = true;
	for (int i = 0; i < RING; i++) {
		stage_until_in(s, ring[i], SYS_futex, NULL);
		expect_role(s, ring[i], "cycle");
		expect_hold(s, "thread", ring[i], ring[(i + 1) % RING], "exact");
	}
	stage_bystanders(s);
	s->expect.rule = "deadlock";
	s->expect.certainty = "certain|likely";
	s->expect.note = "\"says\":\"wait for each other to end\"";
}

/* ---- servers ---- */

struct servers {
	int to[2][2]; /* to ask the first, and the second: the asker's end, the server's end */
	int life[2];  /* a pipe that ends with who has its other end */
	uint64_t nap_ns;
};

static struct servers *servers_new(struct stage *s)
{
	struct servers *v = stage_shared_prop(s, sizeof(*v));

	for (int i = 0; i < 2; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, v->to[i]) < 0)
			die("no socket pair: %s", strerror(errno));
	}
	if (pipe(v->life) < 0)
		die("no pipe: %s", strerror(errno));
	v->nap_ns = s->threshold_ns / 10 * 8;
	return v;
}

static void close_all_but(const struct servers *v, int a, int b)
{
	const int all[] = {v->to[0][0], v->to[0][1], v->to[1][0],
			   v->to[1][1], v->life[0],  v->life[1]};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i] != a && all[i] != b)
			close(all[i]);
	}
}

static void say(int fd)
{
	if (write(fd, "?", 1) != 1)
		die("cannot write: %s", strerror(errno));
}

static void hear(int fd)
{
	char c;

	while (read(fd, &c, 1) < 0 && errno == EINTR)
		continue;
}

/* Asks the other something before it looks what it is asked itself. */
static void ask_first(struct actor *a, int own, int other)
{
	const struct servers *v = a->prop;

	close_all_but(v, v->to[own][1], v->to[other][0]);
	say(v->to[other][0]);
	actor_waits(a);
	hear(v->to[other][0]);
	park();
}

static void serve_first(struct actor *a)
{
	ask_first(a, 0, 1);
}

static void serve_second(struct actor *a)
{
	ask_first(a, 1, 0);
}

static void set_answers(struct stage *s)
{
	struct servers *v = servers_new(s);
	struct actor *first = stage_child(s, "authd", serve_first, v);
	struct actor *second = stage_child(s, "named", serve_second, v);

	close_all_but(v, -1, -1);
	stage_bystanders(s);
	stage_until_in(s, first, SYS_read, NULL);
	stage_until_in(s, second, SYS_read, NULL);
	s->expect.rule = "deadlock";
	s->expect.certainty = "likely";
	expect_role(s, first, "cycle");
	expect_role(s, second, "cycle");
	expect_hold(s, "unix-stream-empty", first, second, "exact");
	expect_hold(s, "unix-stream-empty", second, first, "exact");
}

/* ---- a parent and its child ---- */

static struct actor *reader; /* a child of a child */

static void wait_for_reader(struct actor *a)
{
	const struct servers *v = a->prop;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, reader->name);
		close_all_but(v, v->life[0], -1);
		reader->pid = getpid();
		reader->tid = getpid();
		hear(v->life[0]);
		_exit(0);
	}
	a->stage->children[a->stage->n_children++] = pid;
	actor_waits(a);
	waitpid(pid, NULL, 0);
	park();
}

static void set_child(struct stage *s)
{
	struct servers *v = servers_new(s);
	struct actor *parent;

	reader = stage_shared_prop(s, sizeof(*reader));
	snprintf(reader->name, sizeof(reader->name), "reads");
	parent = stage_child(s, "waits", wait_for_reader, v);
	close_all_but(v, -1, -1);
	while (!reader->tid)
		sleep_ns(1000000);
	stage_until_in(s, reader, SYS_read, NULL);
	stage_until_in(s, parent, SYS_wait4, NULL);
	stage_bystanders(s);
	s->expect.rule = "deadlock";
	s->expect.certainty = "likely";
	expect_role(s, parent, "cycle");
	expect_role(s, reader, "cycle");
	expect_hold(s, "child", parent, reader, "exact");
	expect_hold(s, "pipe-empty", reader, parent, "exact");
}

/* ---- the twins ---- */

static void answer_slowly(struct actor *a)
{
	const struct servers *v = a->prop;

	close_all_but(v, v->to[0][1], -1);
	while (!a->stage->over) {
		hear(v->to[0][1]);
		sleep_ns(v->nap_ns);
		say(v->to[0][1]);
	}
}

static void ask_on(struct actor *a)
{
	const struct servers *v = a->prop;

	close_all_but(v, v->to[0][0], -1);
	while (!a->stage->over) {
		uint64_t start = now_ns();

		say(v->to[0][0]);
		hear(v->to[0][0]);
		stage_log(a->stage, a->tid, v, start, now_ns());
	}
}

/* Each has a thread that waits for what the other says, and one that might say something. */
static void *hear_on(void *arg)
{
	hear(*(int *)arg);
	return NULL;
}

static void listen_aside(const struct servers *v, int fd)
{
	pthread_t thread;

	close_all_but(v, fd, -1);
	pthread_create(&thread, NULL, hear_on, &fd);
	for (;;)
		poll(NULL, 0, -1);
}

static void listen_near(struct actor *a)
{
	const struct servers *v = a->prop;

	listen_aside(v, v->to[1][0]);
}

static void listen_far(struct actor *a)
{
	const struct servers *v = a->prop;

	listen_aside(v, v->to[1][1]);
}

/* A helper that ends with its parent, which waits for whatever comes. */
static void keep_helper(struct actor *a)
{
	const struct servers *v = a->prop;
	struct pollfd none = {.fd = -1};

	close_all_but(v, v->life[0], v->life[1]);
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(v->life[1]);
		hear(v->life[0]);
		_exit(0);
	}
	close(v->life[0]);
	for (;;)
		poll(&none, 1, -1);
}

static void set_ok(struct stage *s)
{
	struct servers *v = servers_new(s);

	stage_child(s, "answers", answer_slowly, v);
	stage_child(s, "asks", ask_on, v);
	stage_child(s, "near", listen_near, v);
	stage_child(s, "far", listen_far, v);
	stage_child(s, "keeps", keep_helper, v);
	close_all_but(v, -1, -1);
}

SCENE(join_circle) = {
	.name = "join-circle",
	.what = "three threads join each other",
	.set = set_join,
};

/* Nobody asked: then it takes longer than a stage that all share. */
SCENE(answers_circle) = {
	.name = "answers-circle",
	.what = "two servers wait for each other's answers",
	.set = set_answers,
	.alone = true,
};

SCENE(child_circle) = {
	.name = "child-circle",
	.what = "a parent waits for its child to end, which waits for what the parent says",
	.set = set_child,
	.alone = true,
};

SCENE(circles_ok) = {
	.name = "circles-ok",
	.what = "slow answers, idle connections, a helper that ends with its parent",
	.set = set_ok,
	.healthy = true,
};
