// SPDX-License-Identifier: GPL-2.0
/*
 * statemachined: a sample of the kind of program that one day hangs.
 *
 * Modules (logger, two sensors, a watchdog) send messages to one SysV queue;
 * the dispatcher thread reads them and forwards each tenth as a status to an
 * agent daemon, over a unix socket that it opens and closes for every message.
 * That works for as long as the daemon accepts. When the daemon stops to, its
 * backlog fills, the dispatcher hangs in connect(), nobody reads the queue, and
 * every module that has something to say hangs behind it.
 *
 *	statemachined SOCKET
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct message {
	long type;
	char text[64];
};

struct machine {
	int queue;
	struct sockaddr_un agent;
};

struct module {
	const char *name;
	long every_ms;
	struct machine *machine;
	void (*work)(struct module *);
};

static void nap(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

	nanosleep(&t, NULL);
}

static void *module_main(void *arg)
{
	struct module *m = arg;

	prctl(PR_SET_NAME, m->name);
	m->work(m);
	return NULL;
}

/* A module says something now and then. */
static void send_events(struct module *m)
{
	struct message msg = {.type = 1};

	for (unsigned n = 0;; n++) {
		snprintf(msg.text, sizeof(msg.text), "%s: event %u", m->name, n);
		if (msgsnd(m->machine->queue, &msg, sizeof(msg.text), 0) < 0 && errno != EINTR)
			return;
		nap(m->every_ms);
	}
}

/* One connection for each status, as old clients of such daemons do. */
static void forward_status(const struct machine *machine, const char *text)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	if (connect(fd, (const struct sockaddr *)&machine->agent, sizeof(machine->agent)) == 0)
		send(fd, text, strlen(text), MSG_NOSIGNAL);
	close(fd);
}

static void dispatch(struct module *m)
{
	struct message msg;

	for (unsigned n = 0;; n++) {
		if (msgrcv(m->machine->queue, &msg, sizeof(msg.text), 0, 0) < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		if (n % 10 == 0)
			forward_status(m->machine, msg.text);
	}
}

static void serve_console(struct module *m)
{
	(void)m;
	for (;;)
		poll(NULL, 0, -1);
}

int main(int argc, char **argv)
{
	struct machine machine = {.agent.sun_family = AF_UNIX};
	struct module modules[] = {
		{"dispatcher", 0, &machine, dispatch},	{"logger", 2, &machine, send_events},
		{"sensor-a", 3, &machine, send_events}, {"sensor-b", 5, &machine, send_events},
		{"watchdog", 7, &machine, send_events}, {"console", 0, &machine, serve_console},
	};
	pthread_t thread;
	sigset_t set;
	int sig;

	if (argc != 2 || strlen(argv[1]) >= sizeof(machine.agent.sun_path)) {
		fprintf(stderr, "usage: statemachined SOCKET\n");
		return 2;
	}
	memcpy(machine.agent.sun_path, argv[1], strlen(argv[1]) + 1);
	machine.queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	if (machine.queue < 0) {
		perror("statemachined: no queue");
		return 1;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		if (pthread_create(&thread, NULL, module_main, &modules[i]) != 0)
			break;
	sigwait(&set, &sig);
	msgctl(machine.queue, IPC_RMID, NULL);
	_exit(0); /* modules that hang cannot be joined */
}
