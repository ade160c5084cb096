// SPDX-License-Identifier: GPL-2.0
/*
 * Client libraries wait for an answer in poll() or select() for one descriptor,
 * and their callers keep a lock meanwhile: who does not answer is the root. In
 * the twin the answers come, if slowly, and others who poll with a lock do so by
 * design: for a connection that nobody makes, and for more than one thing.
 */
#include "scene.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef SYS_poll
#define CALL_OF_POLL SYS_poll
#else
#define CALL_OF_POLL SYS_ppoll
#endif

struct talk {
	int fds[2]; /* ours, and the server's */
	pthread_mutex_t lock;
	bool by_select;
	uint64_t nap_ns;
};

static struct talk *talk_new(void)
{
	struct talk *t = stage_prop(sizeof(*t));

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, t->fds) < 0)
		die("no socket pair: %s", strerror(errno));
	pthread_mutex_init(&t->lock, NULL);
	return t;
}

static void await_answer(const struct talk *t)
{
	struct timeval hours = {.tv_sec = 7200};
	struct pollfd p = {.fd = t->fds[0], .events = POLLIN};
	fd_set set;

	if (!t->by_select) {
		poll(&p, 1, -1);
		return;
	}
	FD_ZERO(&set);
	FD_SET(t->fds[0], &set);
	select(t->fds[0] + 1, &set, NULL, NULL, &hours);
}

static void ask(struct actor *a)
{
	struct talk *t = a->prop;
	char c = '?';

	pthread_mutex_lock(&t->lock);
	if (write(t->fds[0], &c, 1) != 1)
		die("nothing to ask");
	actor_waits(a);
	await_answer(t);
	park();
}

static void want(struct actor *a)
{
	struct talk *t = a->prop;

	actor_waits(a);
	pthread_mutex_lock(&t->lock);
	park();
}

static void answer_never(struct actor *a)
{
	struct talk *t = a->prop;

	close(t->fds[0]);
	park();
}

/* The server is a process of its own, and alone has its end. */
static void set_chain(struct stage *s, bool by_select)
{
	struct talk *t = talk_new();
	struct actor *server = stage_child(s, "server", answer_never, t), *client, *a;

	close(t->fds[1]);
	t->by_select = by_select;
	client = stage_thread(s, "client", ask, t);
	stage_until_in(s, client, by_select ? SYS_pselect6 : CALL_OF_POLL, NULL);
	stage_until_in(s, server, SYS_clock_nanosleep, NULL);
	for (int i = 0; i < 2; i++) {
		a = stage_thread(s, i ? "wants-2" : "wants-1", want, t);
		stage_until_in(s, a, SYS_futex, &t->lock);
		expect_role(s, a, "waiting");
		expect_hold(s, "mutex", a, client, "exact");
	}
	stage_bystanders(s);
	s->expect.rule = "slow-holder";
	expect_role(s, server, "root");
	expect_role(s, client, "holder");
	expect_hold(s, "unix-stream-empty", client, server, "exact");
}

static void set_poll(struct stage *s)
{
	set_chain(s, false);
}

static void set_select(struct stage *s)
{
	set_chain(s, true);
}

static void answer_slowly(struct actor *a)
{
	struct talk *t = a->prop;
	char c;

	close(t->fds[0]);
	while (read(t->fds[1], &c, 1) == 1) {
		sleep_ns(t->nap_ns);
		if (write(t->fds[1], &c, 1) != 1)
			break;
	}
	park();
}

static void ask_on(struct actor *a)
{
	struct talk *t = a->prop;
	char c = '?';

	for (;;) {
		pthread_mutex_lock(&t->lock);
		if (write(t->fds[0], &c, 1) != 1)
			park();
		await_answer(t);
		if (read(t->fds[0], &c, 1) != 1)
			park();
		pthread_mutex_unlock(&t->lock);
		sleep_ns(t->nap_ns / 4); /* long enough for who waits to get it */
	}
}

static void want_on(struct actor *a)
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

/* Polls with the lock for as long as nothing comes: for one thing or for two. */
struct serves {
	pthread_mutex_t lock;
	struct pollfd fds[2];
	nfds_t n;
};

static void serve(struct actor *a)
{
	struct serves *v = a->prop;

	pthread_mutex_lock(&v->lock);
	poll(v->fds, v->n, -1);
	park();
}

static void take_turn(struct actor *a)
{
	struct serves *v = a->prop;

	pthread_mutex_lock(&v->lock);
	park();
}

static void set_server(struct stage *s, struct serves *v)
{
	struct actor *a;

	pthread_mutex_init(&v->lock, NULL);
	a = stage_thread(s, "serves", serve, v);
	stage_until_in(s, a, CALL_OF_POLL, NULL);
	expect_never(s, a);
	a = stage_thread(s, "next", take_turn, v);
	stage_until_in(s, a, SYS_futex, &v->lock);
	expect_never(s, a);
}

static void set_ok(struct stage *s)
{
	struct talk *slow = talk_new(), *idle = talk_new();
	struct serves *accepts = stage_prop(sizeof(*accepts)), *loops = stage_prop(sizeof(*loops));
	int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (listening < 0 || bind(listening, &(struct sockaddr){AF_UNIX, ""}, 2) < 0 ||
	    listen(listening, 5) < 0)
		die("cannot listen: %s", strerror(errno));
	slow->nap_ns = s->threshold_ns / 10 * 8;
	stage_child(s, "slow-server", answer_slowly, slow);
	close(slow->fds[1]);
	stage_thread(s, "client", ask_on, slow);
	stage_thread(s, "contender", want_on, slow);
	accepts->fds[0] = (struct pollfd){.fd = listening, .events = POLLIN};
	accepts->n = 1;
	set_server(s, accepts);
	loops->fds[0] = (struct pollfd){.fd = idle->fds[0], .events = POLLIN};
	loops->fds[1] = (struct pollfd){.fd = eventfd(0, EFD_CLOEXEC), .events = POLLIN};
	loops->n = 2;
	set_server(s, loops);
	stage_bystanders(s);
}

SCENE(poll_chain) = {
	.name = "poll-chain",
	.what = "who has a lock waits in poll() for an answer that does not come",
	.set = set_poll,
};

SCENE(select_chain) = {
	.name = "select-chain",
	.what = "who has a lock waits in select(), for at most two hours, for an answer",
	.set = set_select,
};

SCENE(poll_ok) = {
	.name = "poll-ok",
	.what = "who has a lock polls for answers that come, or for whoever comes",
	.set = set_ok,
	.healthy = true,
};
