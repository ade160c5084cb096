// SPDX-License-Identifier: GPL-2.0
/*
 * TCP over loopback: who has the other end, who does not accept.
 */
#include "rig.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "../../../user/os/tcp_list.h"

/* The page's memory: the port, once step is 1. */
static void listen_at(struct page *p, int family, int backlog, int *ret)
{
	struct sockaddr_in6 a = {.sin6_family = (sa_family_t)family};
	socklen_t len = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(a);
	int fd = socket(family, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&a, len) || listen(fd, backlog) ||
	    getsockname(fd, (struct sockaddr *)&a, &len))
		_exit(1);
	atomic_store(&p->id, ntohs(a.sin6_port)); /* at the same place in both families */
	atomic_store(&p->step, 1);
	*ret = fd;
}

static int connect_there(struct page *p, int flags)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | flags, 0);

	rig_await(&p->step, 1);
	to.sin_port = htons(atomic_load(&p->id));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) && errno != EINPROGRESS)
		_exit(1);
	return fd;
}

/* Takes IPv4 with a socket of IPv6, accepts, and reads nothing. */
static void server(struct page *p)
{
	int fd;

	listen_at(p, AF_INET6, 4, &fd);
	if (accept(fd, NULL, NULL) < 0)
		_exit(1);
	close(fd);
}

static void deaf_server(struct page *p)
{
	int fd;

	listen_at(p, AF_INET, 0, &fd);
}

static void accepting(struct page *p)
{
	int fd;

	listen_at(p, AF_INET, 4, &fd);
	accept(fd, NULL, NULL);
}

static void acceptor(struct page *p)
{
	rig_thread(p, 0, accepting);
}

static void write_there(struct page *p)
{
	char chunk[4096] = "";
	int fd = connect_there(p, 0);

	while (write(fd, chunk, sizeof(chunk)) > 0)
		;
}

static void writer(struct page *p)
{
	rig_thread(p, 0, write_there);
}

static void read_there(struct page *p)
{
	char c;

	if (read(connect_there(p, 0), &c, 1) != 1)
		pause();
}

static void reader(struct page *p)
{
	rig_thread(p, 0, read_there);
}

static void connect_until_full(struct page *p)
{
	struct pollfd f = {.events = POLLOUT};

	do
		f.fd = connect_there(p, SOCK_NONBLOCK);
	while (poll(&f, 1, 200) == 1);
	connect_there(p, 0);
}

static void connector(struct page *p)
{
	rig_thread(p, 0, connect_until_full);
}

/* Buffers grow for a while, and acknowledgements come late: until nothing happens any more. */
static pid_t settled(struct rig *r, int syscall)
{
	uint64_t last = 0;

	for (int n = 0; n < 100; n++) {
		pid_t tid = rig_blocked(r, 0, 0, syscall);
		struct proc_status st;

		assert_int_equal(proc_status(r->os.proc_fd, r->pids[0], tid, &st), 0);
		if (last == st.nvcsw + st.nivcsw)
			return tid;
		last = st.nvcsw + st.nivcsw;
		rig_ms(400);
	}
	fail_msg("the writer does not come to rest");
	return 0;
}

static void assert_name(const struct description *d, const struct rig *r)
{
	char name[64];

	snprintf(name, sizeof(name), "TCP 127.0.0.1:%d", atomic_load(&r->page->id));
	assert_string_equal(d->resource.resource.name, name);
}

static void check_data(struct rig *r, int syscall, const char *kind, enum wait_class class)
{
	pid_t tid = settled(r, syscall);
	struct wait w, hidden;
	struct description *d = rig_describe(r, 0, tid, &w);
	struct seen seen;

	assert_string_equal(w.kind, kind);
	assert_int_equal(w.class, class);
	assert_name(d, r);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->holds[0].hold.ref.pid, r->pids[1]);
	assert_int_equal(d->holds[0].hold.ref.tid, r->pids[1]);
	description_free(d);

	/* the same with the kernel's stack hidden */
	assert_int_equal(way_proc.look(r->way, r->pids[0], tid, &seen), 0);
	seen.n_kframes = 0;
	assert_int_equal(probes_recognise(&r->os, &seen, &hidden), 1);
	assert_string_equal(hidden.kind, kind);
	assert_string_equal(hidden.key, w.key);
}

static void full(void **state)
{
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, writer);
	rig_start(&r, server);
	check_data(&r, SYS_write, "tcp-full", CLASS_FULL);
	rig_down(&r);
}

static void empty(void **state)
{
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, reader);
	rig_start(&r, server);
	check_data(&r, SYS_read, "tcp-empty", CLASS_EMPTY);
	rig_down(&r);
}

/* Both in one network that is not ours, as in a container. */
static void both_elsewhere(struct page *p)
{
	struct ifreq i = {.ifr_name = "lo", .ifr_flags = IFF_UP};

	if (unshare(CLONE_NEWNET) || ioctl(socket(AF_INET, SOCK_DGRAM, 0), SIOCSIFFLAGS, &i)) {
		atomic_store(&p->step, -1);
		return;
	}
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		atomic_store(&p->tid[1], getpid());
		deaf_server(p);
		for (;;)
			pause();
	}
	rig_thread(p, 0, connect_until_full);
}

static void listener_in_another_network_namespace(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, both_elsewhere);
	while (!atomic_load(&r.page->step))
		rig_ms(1);
	if (atomic_load(&r.page->step) < 0) {
		rig_down(&r);
		print_message("no right to make a network namespace\n");
		skip();
	}
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_connect), &w);
	assert_int_equal(w.class, CLASS_BACKLOG);
	assert_string_equal(d->resource.resource.detail, "backlog full: 1 queued, limit 0");
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.pid, atomic_load(&r.page->tid[1]));
	description_free(d);
	rig_down(&r);
}

/* Two containers, joined by a cable: each sees its own sockets only. */
static void run(const char *form, int pid)
{
	char command[128];

	snprintf(command, sizeof(command), form, pid);
	if (system(command))
		_exit(1);
}

static void read_nothing(struct page *p)
{
	int fd;

	if (unshare(CLONE_NEWNET))
		_exit(1);
	atomic_store(&p->tid[1], getpid());
	rig_await(&p->step, -1);
	run("ip addr add 10.99.7.2/24 dev lt1 && ip link set lt1 up", 0);
	listen_at(p, AF_INET, 4, &fd);
	if (accept(fd, NULL, NULL) < 0)
		_exit(1);
}

static void write_over(struct page *p)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(atomic_load(&p->id))};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char chunk[4096] = "";

	inet_pton(AF_INET, "10.99.7.2", &to.sin_addr);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		_exit(1);
	while (write(fd, chunk, sizeof(chunk)) > 0)
		;
}

static void two_containers(struct page *p)
{
	if (unshare(CLONE_NEWNET))
		_exit(1);
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		read_nothing(p);
		for (;;)
			pause();
	}
	while (!atomic_load(&p->tid[1]))
		sched_yield();
	run("ip link add lt0 type veth peer name lt1 netns %d", atomic_load(&p->tid[1]));
	run("ip addr add 10.99.7.1/24 dev lt0 && ip link set lt0 up", 0);
	atomic_store(&p->step, 0);
	rig_await(&p->step, 1);
	rig_thread(p, 0, write_over);
}

static void other_end_in_another_container(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	rig_up(&r);
	if (geteuid() || system("unshare -n ip link add lt0 type veth peer name lt1 2>/dev/null")) {
		rig_down(&r);
		print_message("no right, or no way, to make two networks\n");
		skip();
	}
	atomic_store(&r.page->step, -2);
	rig_start(&r, two_containers);
	d = rig_describe(&r, 0, settled(&r, SYS_write), &w);
	assert_string_equal(w.kind, "tcp-full");
	assert_int_equal(d->resource.resource.class, CLASS_FULL);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_INFERRED);
	assert_int_equal(d->holds[0].hold.ref.pid, atomic_load(&r.page->tid[1]));
	assert_non_null(strstr(d->holds[0].hold.why, "in another network namespace"));
	description_free(d);
	rig_down(&r);
}

static void answer_of_who_has_not_accepted(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, reader);
	rig_start(&r, deaf_server);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_read), &w);
	assert_string_equal(w.kind, "tcp-empty");
	assert_non_null(strstr(d->resource.resource.detail, "not accepted yet"));
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.pid, r.pids[1]);
	assert_string_equal(d->holds[0].hold.why, "the only process with the listening socket");
	description_free(d);
	rig_down(&r);
}

static void full_backlog(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	rig_up(&r);
	rig_start(&r, connector);
	rig_start(&r, deaf_server);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_connect), &w);
	assert_string_equal(w.kind, "tcp-connect");
	if (!strstr(d->resource.resource.detail, "queued")) {
		description_free(d);
		rig_down(&r);
		print_message("the kernel has no tcp_diag: the limit is not known\n");
		skip();
	}
	assert_int_equal(w.class, CLASS_BACKLOG);
	assert_name(d, &r);
	assert_string_equal(d->resource.resource.detail, "backlog full: 1 queued, limit 0");
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->holds[0].hold.ref.pid, r.pids[1]);
	description_free(d);
	rig_down(&r);
}

/* Where nobody is: the address is for documentation. */
static void connect_away(struct page *p)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(5432)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)p;
	inet_pton(AF_INET, "192.0.2.7", &to.sin_addr);
	(void)connect(fd, (struct sockaddr *)&to, sizeof(to));
}

static void goes_away(struct page *p)
{
	rig_thread(p, 0, connect_away);
}

static void who_is_elsewhere_is_named(void **state)
{
	struct description *d;
	struct seen seen = {.syscall = -1};
	struct wait w;
	struct rig r;
	pid_t tid = 0;

	(void)state;
	rig_up(&r);
	rig_start(&r, goes_away);
	rig_watch(&r);
	for (int i = 0; i < 200 && seen.syscall != SYS_connect; i++, rig_ms(10)) {
		tid = atomic_load(&r.page->tid[0]);
		if (!tid || way_proc.look(r.way, r.pids[0], tid, &seen))
			seen.syscall = -1;
	}
	if (seen.syscall != SYS_connect) {
		rig_down(&r);
		print_message("there is no route to 192.0.2.7 here\n");
		skip();
	}
	d = rig_describe(&r, 0, tid, &w);
	assert_string_equal(w.kind, "tcp-connect");
	assert_int_equal(w.class, CLASS_EMPTY);
	assert_string_equal(d->resource.resource.name, "TCP 192.0.2.7:5432");
	assert_int_equal(d->holds[0].hold.ref.pid, 0);
	assert_non_null(strstr(d->holds[0].hold.why, "was not found on this machine"));
	description_free(d);
	rig_down(&r);
}

static void server_that_accepts_is_parked(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;
	char name[64];

	(void)state;
	rig_up(&r);
	rig_start(&r, acceptor);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_accept), &w);
	assert_string_equal(w.kind, "accept");
	assert_int_equal(w.class, CLASS_PARK);
	snprintf(name, sizeof(name), "TCP 0.0.0.0:%d", atomic_load(&r.page->id));
	assert_string_equal(d->resource.resource.name, name);
	assert_int_equal(d->holds[0].hold.ref.pid, 0);
	description_free(d);
	rig_down(&r);
}

static void receive_by_udp(struct page *p)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	char c;

	if (bind(fd, (struct sockaddr *)&a, len) || getsockname(fd, (struct sockaddr *)&a, &len))
		_exit(1);
	atomic_store(&p->id, ntohs(a.sin_port));
	if (recv(fd, &c, 1, 0) != 1)
		pause();
}

static void udp_server(struct page *p)
{
	rig_thread(p, 0, receive_by_udp);
}

static void udp_is_parked(void **state)
{
	struct description *d;
	struct seen seen;
	struct wait w;
	struct rig r;
	char name[64];
	pid_t tid;

	(void)state;
	rig_up(&r);
	rig_start(&r, udp_server);
	tid = rig_blocked(&r, 0, 0, SYS_recvfrom);
	rig_watch(&r);
	assert_int_equal(way_proc.look(r.way, r.pids[0], tid, &seen), 0);
	if (seen.n_kframes < 2) {
		rig_down(&r);
		print_message("the kernel's stacks may not be read: no way to tell\n");
		skip();
	}
	d = rig_describe(&r, 0, tid, &w);
	assert_string_equal(w.kind, "udp-empty");
	assert_int_equal(w.class, CLASS_PARK);
	snprintf(name, sizeof(name), "UDP 127.0.0.1:%d", atomic_load(&r.page->id));
	assert_string_equal(d->resource.resource.name, name);
	description_free(d);
	rig_down(&r);
}

static void lines_of_proc(void **state)
{
	struct tcp_socket s, v6;
	char text[INET_END_TEXT];

	(void)state;
	assert_int_equal(tcp_parse_line("  sl  local_address rem_address   st tx_queue rx_queue tr "
					"tm->when retrnsmt   uid  timeout inode",
					false, &s),
			 -EINVAL);
	assert_int_equal(
		tcp_parse_line("   1: 0100007F:1538 0100007F:C350 01 0000000A:00000203 00:00000000 "
			       "00000000  1000        0 4711 1 0000000000000000 20 4 30 10 -1",
			       false, &s),
		0);
	assert_int_equal(s.inode, 4711);
	assert_int_equal(s.state, TCP_STATE_ESTABLISHED);
	assert_int_equal(s.unsent, 10);
	assert_int_equal(s.unread, 0x203);
	inet_end_text(&s.local, text);
	assert_string_equal(text, "127.0.0.1:5432");
	assert_true(inet_end_is_loopback(&s.local));
	assert_int_equal(
		tcp_parse_line("   2: 0000000000000000FFFF00000100007F:C350 "
			       "0000000000000000FFFF00000100007F:1538 08 00000000:00000000 "
			       "00:00000000 00000000     0        0 4712 1 0000000000000000 20",
			       true, &v6),
		0);
	/* the two ends of one connection, whatever the family */
	assert_true(inet_end_same(&s.local, &v6.remote));
	assert_true(inet_end_same(&s.remote, &v6.local));
	assert_int_equal(tcp_parse_line("   3: 0000:1538 0100007F:C350 01", false, &s), -EINVAL);
	assert_int_equal(tcp_parse_line("   3: 0100007F:1538", false, &s), -EINVAL);
	assert_int_equal(tcp_parse_line("", true, &s), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_proc),
		cmocka_unit_test(full),
		cmocka_unit_test(empty),
		cmocka_unit_test(answer_of_who_has_not_accepted),
		cmocka_unit_test(full_backlog),
		cmocka_unit_test(listener_in_another_network_namespace),
		cmocka_unit_test(other_end_in_another_container),
		cmocka_unit_test(who_is_elsewhere_is_named),
		cmocka_unit_test(udp_is_parked),
		cmocka_unit_test(server_that_accepts_is_parked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
