// SPDX-License-Identifier: GPL-2.0
/* Loads that go through one hooked call each: semaphores, sockets, children. */
#include "load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Two that pass a unit on, there and back: per turn two takes, which wait, and two gives. */
struct units {
	int id, turns;
};

static void change(int id, unsigned short num, short by)
{
	struct sembuf op = {.sem_num = num, .sem_op = by};

	if (semop(id, &op, 1))
		exit(1);
}

static void *partner(void *arg)
{
	const struct units *u = arg;

	for (int i = 0; i < u->turns; i++) {
		change(u->id, 0, -1);
		change(u->id, 1, 1);
	}
	return NULL;
}

void run_sem(int turns)
{
	struct units u = {semget(IPC_PRIVATE, 2, 0600), turns};
	pthread_t thread;

	if (u.id < 0 || pthread_create(&thread, NULL, partner, &u))
		exit(1);
	for (int i = 0; i < turns; i++) {
		change(u.id, 0, 1);
		change(u.id, 1, -1);
	}
	pthread_join(thread, NULL);
	semctl(u.id, 0, IPC_RMID);
}

/* A byte there and back over a TCP connection: two sends and two receives that wait. */
struct line {
	int fd, turns;
};

static void *echo(void *arg)
{
	const struct line *l = arg;
	char byte;

	for (int i = 0; i < l->turns; i++) {
		if (recv(l->fd, &byte, 1, 0) != 1 || send(l->fd, &byte, 1, 0) != 1)
			exit(1);
	}
	return NULL;
}

static void connect_two(int fd[2])
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int listener = socket(AF_INET, SOCK_STREAM, 0), at_once = 1;
	socklen_t size = sizeof(to);

	fd[0] = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&to, sizeof(to)) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&to, &size) ||
	    connect(fd[0], (struct sockaddr *)&to, size))
		exit(1);
	fd[1] = accept(listener, NULL, NULL);
	close(listener);
	for (int i = 0; i < 2; i++)
		setsockopt(fd[i], IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
}

void run_tcp(int turns)
{
	struct line l = {.turns = turns};
	char byte = 'x';
	pthread_t thread;
	int fd[2];

	connect_two(fd);
	l.fd = fd[1];
	if (pthread_create(&thread, NULL, echo, &l))
		exit(1);
	for (int i = 0; i < turns; i++) {
		if (send(fd[0], &byte, 1, 0) != 1 || recv(fd[0], &byte, 1, 0) != 1)
			exit(1);
	}
	pthread_join(thread, NULL);
	close(fd[0]);
	close(fd[1]);
}

/* A child that ends at once, waited for. */
void run_child(int turns)
{
	while (turns--) {
		pid_t child = fork();

		if (child == 0)
			_exit(0);
		if (child < 0 || waitpid(child, NULL, 0) != child)
			exit(1);
	}
}
