// SPDX-License-Identifier: GPL-2.0
#include "talk.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK 4096

int talk_near(struct actor *a)
{
	struct talk *t = a->prop;

	if (a->pid != a->stage->main_pid)
		close(t->fds[1]);
	return t->fds[0];
}

int talk_far(struct actor *a)
{
	struct talk *t = a->prop;

	if (a->pid != a->stage->main_pid)
		close(t->fds[0]);
	return t->fds[1];
}

void talk_close(struct talk *t)
{
	close(t->fds[0]);
	close(t->fds[1]);
}

void talk_write_on(struct actor *a)
{
	int fd = talk_near(a);
	char chunk[CHUNK] = "";

	for (;;) {
		uint64_t start = now_ns();

		actor_waits(a); /* the last one is the one that blocks */
		if (write(fd, chunk, sizeof(chunk)) < 0)
			park();
		stage_log(a->stage, a->tid, a->prop, start, now_ns());
	}
}

void talk_write_holding(struct actor *a)
{
	struct talk *t = a->prop;

	pthread_mutex_lock(&t->lock);
	talk_write_on(a);
}

void talk_ask_holding(struct actor *a)
{
	struct talk *t = a->prop;
	int fd = talk_near(a);
	char c = '?';

	pthread_mutex_lock(&t->lock);
	if (write(fd, &c, 1) != 1)
		die("nothing to ask");
	actor_waits(a);
	while (read(fd, &c, 1) < 0 && errno == EINTR)
		continue;
	park();
}

void talk_ask_for_ever(struct actor *a)
{
	struct talk *t = a->prop;
	int fd = talk_near(a);
	char c = '?';

	for (;;) {
		pthread_mutex_lock(&t->lock);
		if (write(fd, &c, 1) != 1 || read(fd, &c, 1) != 1)
			park();
		pthread_mutex_unlock(&t->lock);
		sleep_ns(t->nap_ns / 4); /* long enough for who waits to get it */
	}
}

void talk_read_stopped(struct actor *a)
{
	talk_far(a);
	raise(SIGSTOP);
	park();
}

void talk_read_slowly(struct actor *a)
{
	struct talk *t = a->prop;
	int fd = talk_far(a);
	char chunk[CHUNK];

	for (;;) {
		sleep_ns(t->nap_ns);
		while (recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT) > 0)
			continue;
	}
}

void talk_want_lock_first(struct actor *a)
{
	struct talk *t = a->prop;

	talk_far(a);
	actor_waits(a);
	pthread_mutex_lock(&t->lock);
	park();
}

void talk_answer_with_lock(struct actor *a)
{
	struct talk *t = a->prop;
	int fd = talk_far(a);
	char c;

	if (read(fd, &c, 1) != 1)
		die("nothing is asked");
	actor_waits(a);
	pthread_mutex_lock(&t->lock);
	park();
}

void talk_answer_slowly(struct actor *a)
{
	struct talk *t = a->prop;
	int fd = talk_far(a);
	char c;

	while (read(fd, &c, 1) == 1) {
		sleep_ns(t->nap_ns);
		if (write(fd, &c, 1) != 1)
			break;
	}
	park();
}

void talk_want_lock(struct actor *a)
{
	struct talk *t = a->prop;

	for (;;) {
		uint64_t start = now_ns();

		pthread_mutex_lock(&t->lock);
		stage_log(a->stage, a->tid, t, start, now_ns());
		pthread_mutex_unlock(&t->lock);
		sleep_ns(t->nap_ns / 10);
	}
}

void talk_set_ok(struct stage *s, struct talk *(*talk_new)(struct stage *))
{
	struct talk *full = talk_new(s), *empty = talk_new(s), *idle = talk_new(s);

	full->nap_ns = empty->nap_ns = idle->nap_ns = s->threshold_ns / 10 * 8;
	stage_child(s, "slow-reader", talk_read_slowly, full);
	stage_child(s, "slow-server", talk_answer_slowly, empty);
	stage_child(s, "idle-server", talk_answer_slowly, idle);
	stage_thread(s, "writer", talk_write_on, full);
	stage_thread(s, "client", talk_ask_for_ever, empty);
	stage_thread(s, "contender", talk_want_lock, empty);
	stage_bystanders(s);
}
