// SPDX-License-Identifier: GPL-2.0
/*
 * The wait channels: producers hang on a full SysV queue, because its only
 * reader, the dispatcher, hangs connecting to a daemon that does not accept:
 * stopped, or just asleep. In the twin the queue also gets full and the daemon
 * is also slow, but everything goes on.
 */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define PRODUCERS 4
#define BACKLOG	  5
#define PER_ROUND 80 /* messages a producer sends in a round: 320 in all, a queue takes 256 */

static const char *const producers[PRODUCERS] = {"logger", "sensor-a", "sensor-b", "watchdog"};

struct message {
	long type;
	char text[64];
};

struct plot {
	struct sockaddr_un address;
	_Atomic bool listening, go;
	pthread_barrier_t round;
	uint64_t nap_ns;
};

static void agentd_listen(struct plot *p, int backlog, int *ret_fd)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&p->address, sizeof(p->address)) < 0 ||
	    listen(fd, backlog) < 0)
		die("agentd cannot listen: %s", strerror(errno));
	*ret_fd = fd;
	p->listening = true;
}

static void agentd_stopped(struct actor *a)
{
	struct plot *p = a->prop;
	int fd;

	agentd_listen(p, BACKLOG, &fd);
	while (!p->go)
		sleep_ns(1000000);
	actor_waits(a);
	raise(SIGSTOP);
	park();
}

static void agentd_sleeping(struct actor *a)
{
	struct plot *p = a->prop;
	int fd;

	agentd_listen(p, BACKLOG, &fd);
	while (!p->go)
		sleep_ns(1000000);
	actor_waits(a);
	park();
}

/* Accepts all that is there, naps, accepts again. */
static void agentd_slow(struct actor *a)
{
	struct plot *p = a->prop;
	int fd, conn;

	agentd_listen(p, 1, &fd);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (!a->stage->over) {
		sleep_ns(p->nap_ns);
		while ((conn = accept(fd, NULL, NULL)) >= 0)
			close(conn);
	}
}

static int connect_agentd(const struct plot *p, int flags)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	int err;

	if (fd < 0)
		die("no socket");
	if (connect(fd, (const struct sockaddr *)&p->address, sizeof(p->address)) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

static void send_message(struct stage *s, int i)
{
	struct message m = {.type = 1 + i % 3};

	snprintf(m.text, sizeof(m.text), "message %d", i);
	while (msgsnd(s->msqid, &m, sizeof(m.text), 0) < 0)
		if (errno != EINTR)
			park(); /* the queue is gone: the scene ends */
}

static void produce(struct actor *a)
{
	for (int i = 0;; i++) {
		actor_waits(a); /* the last one is the one that blocks */
		send_message(a->stage, i);
	}
}

static void dispatch(struct actor *a)
{
	struct message m;

	for (int i = 0; i < 3; i++)
		if (msgrcv(a->stage->msqid, &m, sizeof(m.text), 0, 0) < 0)
			park();
	actor_waits(a);
	connect_agentd(a->prop, 0);
	park();
}

static struct plot *set_up(struct stage *s)
{
	struct plot *p = stage_shared_prop(s, sizeof(*p));
	char sub[80];

	stage_janitor(s);
	snprintf(s->dir, sizeof(s->dir), "/tmp/locktrace-scene-XXXXXX");
	if (!mkdtemp(s->dir))
		die("no directory in /tmp");
	snprintf(sub, sizeof(sub), "%s/agentx", s->dir);
	mkdir(sub, 0700);
	snprintf(s->file, sizeof(s->file), "%s/agentx/master", s->dir);
	p->address.sun_family = AF_UNIX;
	snprintf(p->address.sun_path, sizeof(p->address.sun_path), "%s", s->file);
	s->msqid = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	if (s->msqid < 0)
		die("no SysV queue: %s", strerror(errno));
	return p;
}

static void expect_story(struct stage *s, struct actor *agentd, struct actor *dispatcher,
			 struct actor **sending)
{
	s->expect.rule = "queue-full";
	s->expect.certainty = "likely";
	expect_role(s, agentd, "root");
	expect_role(s, dispatcher, "holder");
	expect_hold(s, "unix-backlog-full", dispatcher, agentd, "exact");
	for (int i = 0; i < PRODUCERS; i++) {
		expect_role(s, sending[i], "waiting");
		expect_hold(s, "sysvmsg-full", sending[i], dispatcher, "inferred|tracked");
	}
}

static void set_story(struct stage *s, void (*agentd_play)(struct actor *))
{
	struct plot *p = set_up(s);
	struct actor *agentd, *dispatcher, *sending[PRODUCERS];
	int fd;

	agentd = stage_child(s, "agentd", agentd_play, p);
	while (!p->listening)
		sched_yield();
	for (int i = 0; i <= BACKLOG; i++)
		if (connect_agentd(p, SOCK_NONBLOCK) < 0)
			die("connection %d is refused already", i);
	fd = connect_agentd(p, SOCK_NONBLOCK);
	if (fd != -EAGAIN)
		die("the backlog does not fill: %d", fd);
	p->go = true;
	dispatcher = stage_thread(s, "dispatcher", dispatch, p);
	for (int i = 0; i < PRODUCERS; i++)
		sending[i] = stage_thread(s, producers[i], produce, p);
	stage_bystanders(s);
	stage_until_in(s, dispatcher, SYS_connect, NULL);
	stage_until_wchan(s, dispatcher, "unix_wait_for_peer");
	for (int i = 0; i < PRODUCERS; i++) {
		stage_until_in(s, sending[i], SYS_msgsnd, NULL);
		stage_until_wchan(s, sending[i], "do_msgsnd");
	}
	expect_story(s, agentd, dispatcher, sending);
	if (agentd_play == agentd_stopped)
		stage_until_state(s, agentd, 'T');
	else
		stage_until_in(s, agentd, SYS_clock_nanosleep, NULL);
}

static void set_stopped(struct stage *s)
{
	set_story(s, agentd_stopped);
	s->expect.note = "\"root_doing\":\"stopped\",\"backlog\":[6,5],\"root_is_process\":true";
}

static void set_sleeping(struct stage *s)
{
	set_story(s, agentd_sleeping);
	s->expect.note = "\"root_doing\":\"sleep\",\"backlog\":[6,5],\"root_is_process\":true";
}

static void produce_in_rounds(struct actor *a)
{
	struct plot *p = a->prop;
	uint64_t start;

	for (;;) {
		for (int i = 0; i < PER_ROUND; i++) {
			start = now_ns();
			send_message(a->stage, i);
			stage_log(a->stage, a->tid, a->prop, start, now_ns());
		}
		pthread_barrier_wait(&p->round);
	}
}

static void dispatch_in_rounds(struct actor *a)
{
	struct plot *p = a->prop;
	struct message m;
	uint64_t start, round;
	int fds[3];

	for (;;) {
		round = now_ns();
		for (int i = 0; i < 3; i++) {
			start = now_ns();
			fds[i] = connect_agentd(p, 0);
			stage_log(a->stage, a->tid, a->prop, start, now_ns());
		}
		for (int i = 0; i < 3; i++)
			close(fds[i]);
		if (now_ns() - round < a->stage->threshold_ns / 10 * 8)
			sleep_ns(round + a->stage->threshold_ns / 10 * 8 - now_ns());
		for (int i = 0; i < PRODUCERS * PER_ROUND; i++)
			if (msgrcv(a->stage->msqid, &m, sizeof(m.text), 0, 0) < 0)
				park();
		pthread_barrier_wait(&p->round);
	}
}

static void set_ok(struct stage *s)
{
	struct plot *p = set_up(s);

	p->nap_ns = s->threshold_ns / 10 * 4;
	pthread_barrier_init(&p->round, NULL, PRODUCERS + 1);
	stage_child(s, "agentd", agentd_slow, p);
	while (!p->listening)
		sched_yield();
	stage_thread(s, "dispatcher", dispatch_in_rounds, p);
	for (int i = 0; i < PRODUCERS; i++)
		stage_thread(s, producers[i], produce_in_rounds, p);
	stage_bystanders(s);
}

SCENE(story1_stopped) = {
	.name = "story1-stopped",
	.what = "a queue is full, its reader connects to a daemon that is stopped",
	.set = set_stopped,
};

SCENE(story1_sleeping) = {
	.name = "story1-sleeping",
	.what = "a queue is full, its reader connects to a daemon that sleeps",
	.set = set_sleeping,
};

SCENE(story1_ok) = {
	.name = "story1-ok",
	.what = "a queue gets full and drains, a daemon is slow and accepts",
	.set = set_ok,
	.healthy = true,
};
