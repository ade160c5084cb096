// SPDX-License-Identifier: GPL-2.0
/*
 * Unix sockets that are full or empty, and who has the other end.
 */
#include "rig.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

static socklen_t address(const struct page *p, struct sockaddr_un *un)
{
	*un = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(un->sun_path + 1, sizeof(un->sun_path) - 1, "%.100s", p->memory);
	return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(p->memory);
}

static void up(struct rig *r, int type)
{
	rig_up(r);
	snprintf(r->page->memory, sizeof(r->page->memory), "locktrace-test-stream-%d-%d", getpid(),
		 type);
	atomic_store(&r->page->id, type);
}

static int bound(struct page *p)
{
	struct sockaddr_un un;
	int fd = socket(AF_UNIX, atomic_load(&p->id), 0);
	socklen_t len = address(p, &un);

	if (bind(fd, (struct sockaddr *)&un, len))
		_exit(1);
	return fd;
}

static void listener(struct page *p)
{
	if (listen(bound(p), 4))
		_exit(1);
	atomic_store(&p->step, 1);
}

static void server(struct page *p)
{
	int fd = bound(p);

	if (listen(fd, 4))
		_exit(1);
	atomic_store(&p->step, 1);
	if (accept(fd, NULL, NULL) < 0)
		_exit(1);
	close(fd);
	atomic_store(&p->step, 2);
}

static void receiver(struct page *p)
{
	bound(p);
	atomic_store(&p->step, 1);
}

static int connected(struct page *p)
{
	int fd = socket(AF_UNIX, atomic_load(&p->id), 0);
	struct sockaddr_un un;
	socklen_t len = address(p, &un);

	rig_await(&p->step, 1);
	if (connect(fd, (struct sockaddr *)&un, len))
		_exit(1);
	return fd;
}

static void fill(int fd)
{
	char chunk[4096] = "";

	while (write(fd, chunk, sizeof(chunk)) > 0)
		;
}

static void fill_connected(struct page *p)
{
	fill(connected(p));
}

static void writer(struct page *p)
{
	rig_thread(p, 0, fill_connected);
}

static void read_connected(struct page *p)
{
	int fd = connected(p);
	char c;

	if (read(fd, &c, 1) != 1)
		pause();
}

static void reader(struct page *p)
{
	rig_thread(p, 0, read_connected);
}

/* With the kernel's stack hidden it is the same wait; one that sleeps elsewhere is not. */
static void check_hidden(struct rig *r, pid_t tid, const struct wait *known)
{
	struct seen seen;
	struct wait w;

	assert_int_equal(way_proc.look(r->way, r->pids[0], tid, &seen), 0);
	seen.n_kframes = 0;
	assert_int_equal(probes_recognise(&r->os, &seen, &w), 1);
	assert_string_equal(w.kind, known->kind);
	assert_string_equal(w.key, known->key);
	seen.n_kframes = 1;
	strcpy(seen.kframes[0], "sock_alloc_send_pskb");
	assert_int_equal(probes_recognise(&r->os, &seen, &w), 1);
	assert_string_equal(w.key, known->key);
	strcpy(seen.kframes[0], "handle_userfault");
	assert_int_equal(probes_recognise(&r->os, &seen, &w), 0);
}

static void full(int type)
{
	struct description *d;
	struct wait w;
	struct rig r;
	char name[128];
	pid_t tid;

	up(&r, type);
	rig_start(&r, writer);
	rig_start(&r, server);
	tid = rig_blocked(&r, 0, 0, SYS_write);
	d = rig_describe(&r, 0, tid, &w);
	check_hidden(&r, tid, &w);
	assert_string_equal(w.kind, "unix-stream-full");
	assert_int_equal(w.class, CLASS_FULL);
	/* called by the server's name, though it has closed the socket with that name */
	snprintf(name, sizeof(name), "unix socket @%.100s", r.page->memory);
	assert_string_equal(d->resource.resource.name, name);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->holds[0].hold.ref.pid, r.pids[1]);
	assert_int_equal(d->holds[0].hold.ref.tid, r.pids[1]);
	assert_string_equal(d->holds[0].hold.why, "the only process with the other end");
	description_free(d);
	rig_down(&r);
}

static void full_stream(void **state)
{
	(void)state;
	full(SOCK_STREAM);
}

static void full_packets(void **state)
{
	(void)state;
	full(SOCK_SEQPACKET);
}

static void answer_of_who_has_not_accepted(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	up(&r, SOCK_STREAM);
	rig_start(&r, reader);
	rig_start(&r, listener);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_read), &w);
	assert_string_equal(w.kind, "unix-stream-empty");
	assert_int_equal(w.class, CLASS_EMPTY);
	assert_string_equal(d->resource.resource.detail, "the connection is not accepted yet");
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.pid, r.pids[1]);
	assert_string_equal(d->holds[0].hold.why, "the only process with the listening socket");
	description_free(d);
	rig_down(&r);
}

/* A sender's own buffer is full before the receiver's queue is, if the messages are big. */
static void big_datagrams(struct page *p)
{
	static char big[65536];
	int fd = connected(p);

	while (send(fd, big, sizeof(big), 0) > 0)
		;
}

static void big_sender(struct page *p)
{
	rig_thread(p, 0, big_datagrams);
}

static void datagrams_in_the_senders_buffer(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;
	pid_t tid;

	(void)state;
	up(&r, SOCK_DGRAM);
	rig_start(&r, big_sender);
	rig_start(&r, receiver);
	tid = rig_blocked(&r, 0, 0, SYS_sendto);
	d = rig_describe(&r, 0, tid, &w);
	check_hidden(&r, tid, &w);
	assert_string_equal(w.kind, "unix-dgram-full");
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->holds[0].hold.ref.pid, r.pids[1]);
	assert_string_equal(d->holds[0].hold.why, "the only process with the receiving socket");
	description_free(d);
	rig_down(&r);
}

static void receive_from_anybody(struct page *p)
{
	char c;

	if (recv(bound(p), &c, 1, 0) != 1)
		pause();
}

static void open_receiver(struct page *p)
{
	rig_thread(p, 0, receive_from_anybody);
}

static void who_sends_datagrams_is_not_known(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	up(&r, SOCK_DGRAM);
	rig_start(&r, open_receiver);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_recvfrom), &w);
	assert_string_equal(w.kind, "unix-dgram-empty");
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.pid, 0);
	assert_string_equal(d->holds[0].hold.why, "anybody may send to it");
	description_free(d);
	rig_down(&r);
}

/* After fork() both have both ends, as programs leave it that do not care. */
static void parent_of_two(struct page *p)
{
	int fds[2];
	char c;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
		_exit(1);
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		atomic_store(&p->id, getpid());
		for (;;)
			pause();
	}
	atomic_store(&p->tid[0], getpid());
	if (read(fds[0], &c, 1) != 1)
		pause();
}

static void waiter_does_not_wait_for_itself(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	up(&r, 0);
	rig_start(&r, parent_of_two);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_read), NULL);
	rig_await(&r.page->id, 1);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.pid, atomic_load(&r.page->id));
	assert_string_equal(d->holds[0].hold.why,
			    "the only process with the other end besides the one that waits");
	description_free(d);
	rig_down(&r);
}

/* In a network of their own, as in a container: /proc has no peers. */
static void parent_elsewhere(struct page *p)
{
	if (unshare(CLONE_NEWNET)) {
		atomic_store(&p->step, errno);
		return;
	}
	parent_of_two(p);
}

static void peer_in_another_network_namespace(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	up(&r, 0);
	rig_start(&r, parent_elsewhere);
	for (int i = 0; i < 100 && !atomic_load(&r.page->id) && !atomic_load(&r.page->step); i++)
		rig_ms(10);
	if (atomic_load(&r.page->step)) {
		rig_down(&r);
		print_message("no right to make a network namespace\n");
		skip();
	}
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_read), NULL);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.pid, atomic_load(&r.page->id));
	description_free(d);
	rig_down(&r);
}

static int pair[2];

static void fill_pair(struct page *p)
{
	(void)p;
	fill(pair[0]);
}

static void stuck_elsewhere(struct page *p)
{
	int other[2];

	(void)p;
	if (!socketpair(AF_UNIX, SOCK_STREAM, 0, other))
		fill(other[0]);
}

static void wait_for_events(struct page *p)
{
	(void)p;
	pause();
}

/* Both ends in one process: one of its other threads has to read. */
static void two_ends(struct page *p)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		_exit(1);
	rig_thread(p, 0, fill_pair);
	rig_thread(p, 1, stuck_elsewhere);
	rig_thread(p, 2, wait_for_events);
}

static void thread_that_is_stuck_elsewhere(void **state)
{
	struct description *d;
	struct rig r;
	pid_t stuck;

	(void)state;
	up(&r, 0);
	rig_start(&r, two_ends);
	stuck = rig_blocked(&r, 0, 1, SYS_write);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_write), NULL);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.pid, r.pids[0]);
	assert_int_equal(d->holds[0].hold.ref.tid, stuck);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_INFERRED);
	description_free(d);
	rig_down(&r);
}

/* Every call that can block on a socket; page->id says which. */
static void call_on_pair(struct page *p)
{
	static char chunk[65536];
	struct iovec data = {.iov_base = chunk, .iov_len = sizeof(chunk)};
	struct mmsghdr msg = {.msg_hdr = {.msg_iov = &data, .msg_iovlen = 1}};
	int fds[2], out[2];
	FILE *file = tmpfile();

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) || pipe(out) || !file ||
	    ftruncate(fileno(file), sizeof(chunk)))
		_exit(1);
	atomic_store(&p->tid[0], getpid());
	for (;;) {
		off_t from = 0;

		switch (atomic_load(&p->id)) {
		case SYS_writev:
			writev(fds[0], &data, 1);
			break;
		case SYS_sendto:
			send(fds[0], chunk, sizeof(chunk), 0);
			break;
		case SYS_sendmsg:
			sendmsg(fds[0], &msg.msg_hdr, 0);
			break;
		case SYS_sendmmsg:
			sendmmsg(fds[0], &msg, 1, 0);
			break;
		case SYS_sendfile:
			sendfile(fds[0], fileno(file), &from, sizeof(chunk));
			break;
		case SYS_splice: /* out of a pipe, for it is the harder one */
			if (write(out[1], chunk, 4096) == 4096)
				splice(out[0], NULL, fds[0], NULL, 4096, 0);
			break;
		case SYS_readv:
			readv(fds[0], &data, 1);
			break;
		case SYS_recvfrom:
			recv(fds[0], chunk, sizeof(chunk), 0);
			break;
		case SYS_recvmsg:
			(void)recvmsg(fds[0], &msg.msg_hdr, 0);
			break;
		case SYS_recvmmsg:
			recvmmsg(fds[0], &msg, 1, 0, NULL);
			break;
		}
	}
}

static void every_call(void **state)
{
	static const int calls[] = {SYS_writev,	  SYS_sendto,  SYS_sendmsg, SYS_sendmmsg,
				    SYS_sendfile, SYS_splice,  SYS_readv,   SYS_recvfrom,
				    SYS_recvmsg,  SYS_recvmmsg};

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct description *d;
		struct wait w;
		struct rig r;

		up(&r, calls[i]);
		rig_start(&r, call_on_pair);
		d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, calls[i]), &w);
		assert_string_equal(w.kind, i < 6 ? "unix-stream-full" : "unix-stream-empty");
		assert_int_equal(d->n_holds, 1);
		assert_int_equal(d->holds[0].hold.ref.pid, r.pids[0]);
		description_free(d);
		rig_down(&r);
	}
}

static void receive_from_pair(struct page *p)
{
	int fds[2];
	char c;

	(void)p;
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, fds))
		_exit(1);
	if (recv(fds[0], &c, 1, 0) != 1)
		pause();
}

static void receiver_of_pair(struct page *p)
{
	rig_thread(p, 0, receive_from_pair);
}

static void only_the_peer_can_send_datagrams(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	up(&r, 0);
	rig_start(&r, receiver_of_pair);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_recvfrom), &w);
	assert_string_equal(w.kind, "unix-dgram-empty");
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.pid, r.pids[0]);
	description_free(d);
	rig_down(&r);
}

static void write_pipe(struct page *p)
{
	int fds[2];

	(void)p;
	if (!pipe(fds))
		fill(fds[1]);
}

static void pipe_writer(struct page *p)
{
	rig_thread(p, 0, write_pipe);
}

static void a_full_pipe_is_no_socket(void **state)
{
	struct seen seen;
	struct wait w;
	struct rig r;
	pid_t tid;

	(void)state;
	up(&r, 0);
	rig_start(&r, pipe_writer);
	tid = rig_blocked(&r, 0, 0, SYS_write);
	rig_watch(&r);
	assert_int_equal(way_proc.look(r.way, r.pids[0], tid, &seen), 0);
	if (probes_recognise(&r.os, &seen, &w) == 1)
		assert_null(strstr(w.kind, "unix"));
	rig_down(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_stream),
		cmocka_unit_test(full_packets),
		cmocka_unit_test(answer_of_who_has_not_accepted),
		cmocka_unit_test(datagrams_in_the_senders_buffer),
		cmocka_unit_test(who_sends_datagrams_is_not_known),
		cmocka_unit_test(waiter_does_not_wait_for_itself),
		cmocka_unit_test(peer_in_another_network_namespace),
		cmocka_unit_test(thread_that_is_stuck_elsewhere),
		cmocka_unit_test(every_call),
		cmocka_unit_test(only_the_peer_can_send_datagrams),
		cmocka_unit_test(a_full_pipe_is_no_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
