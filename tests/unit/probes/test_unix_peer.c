// SPDX-License-Identifier: GPL-2.0
/*
 * Listeners that do not accept, and who they are.
 */
#include "rig.h"

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#define BACKLOG 2

/* A name of this test run's own; abstract, so that nothing is left behind. */
static void abstract_name(struct page *p, struct sockaddr_un *un, socklen_t *len)
{
	*un = (struct sockaddr_un){.sun_family = AF_UNIX};
	un->sun_path[0] = '\0';
	snprintf(un->sun_path + 1, sizeof(un->sun_path) - 1, "%.100s", p->memory);
	*len = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(p->memory);
}

static void path_name(struct page *p, struct sockaddr_un *un, socklen_t *len)
{
	*un = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(un->sun_path, sizeof(un->sun_path), "%.100s", p->memory);
	*len = sizeof(*un);
}

static void name(struct page *p, struct sockaddr_un *un, socklen_t *len)
{
	if (p->memory[0] == '/')
		path_name(p, un, len);
	else
		abstract_name(p, un, len);
}

static int listen_there(struct page *p)
{
	struct sockaddr_un un;
	socklen_t len;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	name(p, &un, &len);
	if (bind(fd, (struct sockaddr *)&un, len) || listen(fd, BACKLOG))
		_exit(1);
	atomic_store(&p->step, 1);
	return fd;
}

static void listener(struct page *p)
{
	listen_there(p);
}

/* As a server that was started before: the name is taken away from it and bound anew. */
static void second_listener(struct page *p)
{
	rig_await(&p->step, 1);
	atomic_store(&p->step, 0);
	unlink(p->memory);
	listen_there(p);
	atomic_store(&p->step, 2);
}

static void forked_listener(struct page *p)
{
	listen_there(p);
	if (!fork())
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	else
		atomic_store(&p->step, 2);
}

/* A master that gives its socket to a worker and keeps none. */
static void listener_for_worker(struct page *p)
{
	int fd = listen_there(p);

	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		atomic_store(&p->tid[1], getpid());
		for (;;)
			pause();
	}
	close(fd);
	while (!atomic_load(&p->tid[1]))
		sched_yield();
	atomic_store(&p->step, 2);
}

static void give(int to, int fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(fd))] = "";
	struct iovec data = {.iov_base = "x", .iov_len = 1};
	struct msghdr msg = {.msg_iov = &data,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	if (sendmsg(to, &msg, 0) != 1)
		_exit(1);
}

static void take(int from)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	char byte;
	struct iovec data = {.iov_base = &byte, .iov_len = 1};
	struct msghdr msg = {.msg_iov = &data,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};

	if (recvmsg(from, &msg, 0) != 1)
		_exit(1);
}

/* The same through another socket: the taker was there before the listener. */
static void listener_given_away(struct page *p)
{
	int fds[2], fd;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		_exit(1);
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		take(fds[1]);
		atomic_store(&p->tid[1], getpid());
		for (;;)
			pause();
	}
	fd = listen_there(p);
	give(fds[0], fd);
	close(fd);
	while (!atomic_load(&p->tid[1]))
		sched_yield();
	atomic_store(&p->step, 2);
}

static void connect_until_full(struct page *p)
{
	struct sockaddr_un un;
	socklen_t len;

	rig_await(&p->step, atomic_load(&p->id));
	name(p, &un, &len);
	while (!connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&un, len))
		;
}

static void client(struct page *p)
{
	rig_thread(p, 0, connect_until_full);
}

static void up(struct rig *r, const char *form, int step)
{
	rig_up(r);
	snprintf(r->page->memory, sizeof(r->page->memory), form, getpid());
	atomic_store(&r->page->id, step);
}

static struct description *described(struct rig *r, struct wait *ret)
{
	return rig_describe(r, 0, rig_blocked(r, 0, 0, SYS_connect), ret);
}

static void only_holder_is_exact(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;
	char text[80];

	(void)state;
	up(&r, "locktrace-test-%d", 1);
	rig_start(&r, client);
	rig_start(&r, listener);
	d = described(&r, &w);
	assert_string_equal(w.kind, "unix-backlog-full");
	assert_int_equal(w.class, CLASS_BACKLOG);
	snprintf(text, sizeof(text), "unix socket @locktrace-test-%d", getpid());
	assert_string_equal(d->resource.resource.name, text);
	/* listen(2) lets three in */
	assert_string_equal(d->resource.resource.detail, "backlog full: 3 queued, limit 2");
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->holds[0].hold.ref.pid, r.pids[1]);
	assert_int_equal(d->holds[0].hold.ref.tid, r.pids[1]);
	description_free(d);
	rig_down(&r);
}

static void socket_in_two_processes_is_not_exact(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	up(&r, "locktrace-test-two-%d", 2);
	rig_start(&r, client);
	rig_start(&r, forked_listener);
	d = described(&r, NULL);
	assert_int_equal(d->n_holds, 2);
	assert_false(rig_any_exact(d));
	assert_string_equal(d->holds[0].hold.why, "one of 2 processes with the listening socket");
	description_free(d);
	rig_down(&r);
}

static void taker_of_a_listener(void (*giver)(struct page *), const char *form)
{
	struct description *d;
	struct rig r;

	up(&r, form, 2);
	rig_start(&r, client);
	rig_start(&r, giver);
	d = described(&r, NULL);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->holds[0].hold.ref.pid, atomic_load(&r.page->tid[1]));
	description_free(d);
	rig_down(&r);
}

static void worker_has_it_and_not_who_listened(void **state)
{
	(void)state;
	taker_of_a_listener(listener_for_worker, "locktrace-test-worker-%d");
}

static void taker_has_it_and_not_who_listened(void **state)
{
	(void)state;
	taker_of_a_listener(listener_given_away, "locktrace-test-taker-%d");
}

static void name_bound_anew_leads_to_the_new_listener(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	up(&r, "/tmp/locktrace-test-%d", 2);
	rig_start(&r, client);
	rig_start(&r, listener);
	rig_start(&r, second_listener);
	d = described(&r, NULL);
	unlink(r.page->memory);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->holds[0].hold.ref.pid, r.pids[2]);
	description_free(d);
	rig_down(&r);
}

/* A receiver that never receives: not a listener, and not misnamed as one. */
static void deaf(struct page *p)
{
	struct sockaddr_un un;
	socklen_t len;
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	name(p, &un, &len);
	if (bind(fd, (struct sockaddr *)&un, len))
		_exit(1);
	atomic_store(&p->step, 1);
}

static void send_until_full(struct page *p)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct sockaddr_un un;
	socklen_t len;

	rig_await(&p->step, 1);
	name(p, &un, &len);
	for (;;)
		sendto(fd, "x", 1, 0, (struct sockaddr *)&un, len);
}

static void sender(struct page *p)
{
	rig_thread(p, 0, send_until_full);
}

static void datagram_receiver_that_is_full(void **state)
{
	struct description *d;
	struct seen seen;
	struct wait w;
	struct rig r;
	pid_t tid;

	(void)state;
	up(&r, "locktrace-test-dgram-%d", 1);
	rig_start(&r, sender);
	rig_start(&r, deaf);
	tid = rig_blocked(&r, 0, 0, SYS_sendto);
	rig_watch(&r);
	assert_int_equal(way_proc.look(r.way, r.pids[0], tid, &seen), 0);
	if (!seen.n_kframes) {
		rig_down(&r);
		print_message("the kernel's stacks may not be read: no way to tell\n");
		skip();
	}
	d = rig_describe(&r, 0, tid, &w);
	assert_string_equal(w.kind, "unix-dgram-full");
	assert_int_equal(w.class, CLASS_FULL);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.pid, r.pids[1]);
	description_free(d);
	rig_down(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_holder_is_exact),
		cmocka_unit_test(socket_in_two_processes_is_not_exact),
		cmocka_unit_test(worker_has_it_and_not_who_listened),
		cmocka_unit_test(taker_has_it_and_not_who_listened),
		cmocka_unit_test(name_bound_anew_leads_to_the_new_listener),
		cmocka_unit_test(datagram_receiver_that_is_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
