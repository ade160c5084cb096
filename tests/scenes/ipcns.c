// SPDX-License-Identifier: GPL-2.0
/*
 * A SysV queue of another IPC namespace is full, since its reader sleeps. Its
 * number may be that of a queue here, which has another reader.
 */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SENDERS 2

struct message {
	long type;
	char text[64];
};

struct plot {
	_Atomic int msqid; /* there; -1: not yet */
	_Atomic pid_t inside;
};

static void send_message(int msqid)
{
	struct message m = {.type = 1};

	while (msgsnd(msqid, &m, sizeof(m.text), 0) < 0)
		if (errno != EINTR)
			park();
}

static void receive(int msqid)
{
	struct message m;

	while (msgrcv(msqid, &m, sizeof(m.text), 0, 0) < 0)
		if (errno != EINTR)
			park();
}

/* Dies with its namespace, and so does the queue. */
static void read_inside(struct actor *a)
{
	struct plot *p = a->prop;
	int msqid;

	if (unshare(CLONE_NEWIPC))
		die("no IPC namespace: %s", strerror(errno));
	msqid = msgget(IPC_PRIVATE, 0600);
	send_message(msqid);
	receive(msqid);
	p->inside = a->pid;
	p->msqid = msqid;
	park();
}

static void send_inside(struct actor *a)
{
	struct plot *p = a->prop;
	char path[48];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", p->inside);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWIPC))
		die("not into the IPC namespace: %s", strerror(errno));
	close(fd);
	for (;;) {
		actor_waits(a); /* the last one is the one that blocks */
		send_message(p->msqid);
	}
}

static void read_here(struct actor *a)
{
	receive(a->stage->msqid);
	park();
}

static void set(struct stage *s)
{
	struct plot *p = stage_shared_prop(s, sizeof(*p));
	struct actor *reader, *here, *a;
	char name[16];

	p->msqid = -1;
	stage_janitor(s);
	s->msqid = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	if (s->msqid < 0)
		die("no SysV queue: %s", strerror(errno));
	send_message(s->msqid);
	here = stage_child(s, "reads-here", read_here, p);
	reader = stage_child(s, "reader", read_inside, p);
	while (p->msqid < 0)
		sched_yield();
	stage_until_in(s, here, SYS_clock_nanosleep, NULL);
	stage_until_in(s, reader, SYS_clock_nanosleep, NULL);
	s->expect.rule = "queue-full";
	for (int i = 0; i < SENDERS; i++) {
		snprintf(name, sizeof(name), "sender-%d", i + 1);
		a = stage_child(s, name, send_inside, p);
		stage_until_in(s, a, SYS_msgsnd, NULL);
		stage_until_wchan(s, a, "do_msgsnd");
		expect_role(s, a, "waiting");
		expect_hold(s, "sysvmsg-full", a, reader, "inferred|tracked");
	}
	expect_role(s, reader, "root");
	expect_never(s, here);
	s->expect.note = "\"root_doing\":\"sleep\"";
}

SCENE(ipcns_full) = {
	.name = "ipcns-full",
	.what = "a queue of another IPC namespace is full, its reader sleeps",
	.set = set,
	.needs_root = true,
};
