// SPDX-License-Identifier: GPL-2.0
/*
 * File locks: who waits for what, who keeps it, and who only seems to.
 */
#include "rig.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/socket.h>

#include "../../../user/os/file_locks.h"

static void make_file(struct rig *r)
{
	int fd;

	rig_up(r);
	snprintf(r->page->memory, sizeof(r->page->memory), "/tmp/locktrace-test-%d.lock", getpid());
	fd = open(r->page->memory, O_RDWR | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static void down(struct rig *r)
{
	unlink(r->page->memory);
	rig_down(r);
}

static int file_of(struct page *p)
{
	int fd = open(p->memory, O_RDWR);

	if (fd < 0)
		_exit(1);
	return fd;
}

static void range(int fd, int cmd, short type, off_t start, off_t len)
{
	struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len};

	if (fcntl(fd, cmd, &l))
		_exit(1);
}

/* Victims that hold come first, and count the steps up. */
static void has(struct page *p)
{
	atomic_fetch_add(&p->step, 1);
}

static void holds_flock(struct page *p)
{
	flock(file_of(p), LOCK_EX);
	has(p);
}

static void wants_flock(struct page *p)
{
	flock(file_of(p), LOCK_EX);
}

static void flock_waiter(struct page *p)
{
	rig_await(&p->step, atomic_load(&p->id));
	rig_thread(p, 0, wants_flock);
}

static void second_flock_waiter(struct page *p)
{
	rig_await(&p->step, atomic_load(&p->id));
	rig_thread(p, 1, wants_flock);
}

static void owner_of_a_flock_is_exact(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;
	char name[128];

	(void)state;
	make_file(&r);
	atomic_store(&r.page->id, 1);
	rig_start(&r, flock_waiter);
	rig_start(&r, holds_flock);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_flock), &w);
	assert_string_equal(w.kind, "flock");
	assert_int_equal(w.class, CLASS_FILE_LOCK);
	snprintf(name, sizeof(name), "flock of %.100s", r.page->memory);
	assert_string_equal(d->resource.resource.name, name);
	assert_string_equal(d->resource.resource.detail, "exclusively");
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->holds[0].hold.ref.tid, r.pids[1]);
	description_free(d);
	down(&r);
}

/* It is in the kernel's list behind the first waiter, which holds nothing. */
static void waiter_in_front_is_no_holder(void **state)
{
	struct wait first, second;
	struct description *d;
	struct rig r;

	(void)state;
	make_file(&r);
	atomic_store(&r.page->id, 1);
	rig_start(&r, flock_waiter);
	rig_start(&r, holds_flock);
	description_free(rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_flock), &first));
	rig_start(&r, second_flock_waiter);
	rig_blocked(&r, 2, 1, SYS_flock);
	file_locks_forget(r.os.file_locks);
	d = rig_describe(&r, 2, atomic_load(&r.page->tid[1]), &second);
	assert_string_equal(first.key, second.key);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.tid, r.pids[1]);
	description_free(d);
	down(&r);
}

/* The lock belongs to the open file; whoever took it has ended. */
static void heirs(struct page *p)
{
	int fd = file_of(p);

	if (!fork()) {
		flock(fd, LOCK_EX);
		_exit(0);
	}
	wait(NULL);
	has(p);
}

static void heir_of_a_flock_is_found(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	make_file(&r);
	atomic_store(&r.page->id, 1);
	rig_start(&r, flock_waiter);
	rig_start(&r, heirs);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_flock), NULL);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->holds[0].hold.ref.tid, r.pids[1]);
	assert_non_null(strstr(d->holds[0].hold.why, "which locked it, has exited"));
	description_free(d);
	down(&r);
}

static void shares(struct page *p)
{
	int fd = file_of(p);

	flock(fd, LOCK_EX);
	if (!fork()) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		has(p);
		for (;;)
			pause();
	}
}

static void shared_open_file_is_not_exact(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	make_file(&r);
	atomic_store(&r.page->id, 1);
	rig_start(&r, flock_waiter);
	rig_start(&r, shares);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_flock), NULL);
	assert_int_equal(d->n_holds, 2);
	assert_false(rig_any_exact(d));
	description_free(d);
	down(&r);
}

/* Has the file open and locked, but not what the waiter wants. */
static void holds_other_bytes(struct page *p)
{
	range(file_of(p), F_SETLK, F_WRLCK, 200, 10);
	has(p);
}

static void holds_bytes(struct page *p)
{
	range(file_of(p), F_SETLK, F_WRLCK, 0, 10);
	has(p);
}

static void reads_bytes(struct page *p)
{
	range(file_of(p), F_SETLK, F_RDLCK, 0, 100);
	has(p);
}

static void ofd_reads_bytes(struct page *p)
{
	range(file_of(p), F_OFD_SETLK, F_RDLCK, 0, 100);
	has(p);
}

static void wants_to_write(struct page *p)
{
	range(file_of(p), F_SETLKW, F_WRLCK, 5, 10);
}

static void posix_waiter(struct page *p)
{
	rig_await(&p->step, atomic_load(&p->id));
	rig_thread(p, 0, wants_to_write);
}

static void only_bytes_in_the_way_count(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	make_file(&r);
	atomic_store(&r.page->id, 2);
	rig_start(&r, posix_waiter);
	rig_start(&r, holds_bytes);
	rig_start(&r, holds_other_bytes);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_fcntl), &w);
	assert_string_equal(w.kind, "posix-lock");
	assert_string_equal(d->resource.resource.detail, "bytes 5 to 14, for writing");
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->holds[0].hold.ref.tid, r.pids[1]);
	description_free(d);
	down(&r);
}

static void each_reader_in_the_way_is_a_holder(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	make_file(&r);
	atomic_store(&r.page->id, 2);
	rig_start(&r, posix_waiter);
	rig_start(&r, reads_bytes);
	rig_start(&r, ofd_reads_bytes);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_fcntl), NULL);
	assert_int_equal(d->n_holds, 2);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(d->holds[i].hold.evidence, EVIDENCE_EXACT);
		assert_true(d->holds[i].hold.ref.pid == r.pids[1] ||
			    d->holds[i].hold.ref.pid == r.pids[2]);
	}
	assert_int_not_equal(d->holds[0].hold.ref.pid, d->holds[1].hold.ref.pid);
	description_free(d);
	down(&r);
}

/* Wants more than it has: what it has itself is not in its way. */
static void wants_more(struct page *p)
{
	int fd = file_of(p);

	range(fd, F_SETLK, F_RDLCK, 0, 100);
	range(fd, F_SETLKW, F_WRLCK, 0, 100);
}

static void upgrader(struct page *p)
{
	rig_await(&p->step, 1);
	rig_thread(p, 0, wants_more);
}

static void wants_the_same(struct page *p)
{
	rig_await(&p->step, 2);
	range(file_of(p), F_SETLKW, F_WRLCK, 0, 100);
}

static void other_waiter(struct page *p)
{
	rig_thread(p, 1, wants_the_same);
}

static void own_lock_does_not_make_a_self_deadlock(void **state)
{
	struct wait w, other;
	struct description *d;
	struct seen seen;
	struct rig r;

	(void)state;
	make_file(&r);
	rig_start(&r, upgrader);
	rig_start(&r, reads_bytes);
	rig_start(&r, other_waiter);
	rig_blocked(&r, 0, 0, SYS_fcntl);
	atomic_store(&r.page->step, 2);
	rig_blocked(&r, 2, 1, SYS_fcntl);
	d = rig_describe(&r, 0, atomic_load(&r.page->tid[0]), &w);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.pid, r.pids[1]);
	description_free(d);
	/* the other one waits for both, so that is another resource */
	other = rig_recognise(&r, 2, atomic_load(&r.page->tid[1]), &seen);
	assert_string_not_equal(w.key, other.key);
	d = rig_describe(&r, 2, atomic_load(&r.page->tid[1]), NULL);
	assert_int_equal(d->n_holds, 2);
	description_free(d);
	down(&r);
}

static void wants_ofd(struct page *p)
{
	range(file_of(p), F_OFD_SETLKW, F_WRLCK, 5, 10);
}

static void wants_other_ofd(struct page *p)
{
	range(file_of(p), F_OFD_SETLKW, F_WRLCK, 205, 10);
}

/* Two of one process, whose lines the kernel prints without a pid. */
static void ofd_waiters(struct page *p)
{
	rig_await(&p->step, 2);
	rig_thread(p, 0, wants_ofd);
	rig_thread(p, 1, wants_other_ofd);
}

static void ofd_waiters_are_told_apart_by_their_bytes(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	make_file(&r);
	rig_start(&r, ofd_waiters);
	rig_start(&r, holds_bytes);
	rig_start(&r, holds_other_bytes);
	rig_blocked(&r, 0, 0, SYS_fcntl);
	rig_blocked(&r, 0, 1, SYS_fcntl);
	for (int i = 0; i < 2; i++) {
		d = rig_describe(&r, 0, atomic_load(&r.page->tid[i]), &w);
		assert_string_equal(w.kind, "ofd-lock");
		assert_int_equal(d->n_holds, 1);
		assert_int_equal(d->holds[0].hold.ref.tid, r.pids[1 + i]);
		assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
		description_free(d);
	}
	down(&r);
}

static int listener = -1; /* inherited by victims */

static void serves(struct page *p)
{
	flock(file_of(p), LOCK_EX);
	has(p);
	atomic_store(&p->tid[2], getpid());
	accept(listener, NULL, NULL);
}

static enum wait_class class_behind_a_server(void (*waiter)(struct page *))
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	enum wait_class class;
	struct description *d;
	struct rig r;

	make_file(&r);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&un, sizeof(sa_family_t)), 0);
	assert_int_equal(listen(listener, 1), 0);
	atomic_store(&r.page->id, 1);
	rig_start(&r, waiter);
	rig_start(&r, serves);
	close(listener);
	rig_blocked(&r, 1, 2, SYS_accept);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_flock), NULL);
	class = d->resource.resource.class;
	assert_int_equal(d->holds[0].hold.ref.tid, r.pids[1]);
	description_free(d);
	down(&r);
	return class;
}

/* A server whose predecessor keeps a lock: that they do not listen on one socket tells. */
static void another_server(struct page *p)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	close(listener);
	if (fd < 0 || listen(fd, 5))
		_exit(1);
	flock_waiter(p);
}

static void another_program(struct page *p)
{
	close(listener);
	flock_waiter(p);
}

/* A lock around accept() is kept by design, but only from those who want to accept, too. */
static void workers_take_turns(void **state)
{
	(void)state;
	assert_int_equal(class_behind_a_server(flock_waiter), CLASS_LOCK);
	assert_int_equal(class_behind_a_server(another_program), CLASS_FILE_LOCK);
	assert_int_equal(class_behind_a_server(another_server), CLASS_FILE_LOCK);
}

static void holds_lease(struct page *p)
{
	int fd = open(p->memory, O_RDONLY);

	signal(SIGIO, SIG_IGN);
	if (fd < 0 || fcntl(fd, F_SETLEASE, F_RDLCK))
		_exit(1);
	has(p);
}

static void opens(struct page *p)
{
	file_of(p);
}

static void opener(struct page *p)
{
	rig_await(&p->step, 1);
	rig_thread(p, 0, opens);
}

static void lease_is_found_by_who_breaks_it(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	make_file(&r);
	rig_start(&r, opener);
	rig_start(&r, holds_lease);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_openat), &w);
	assert_string_equal(w.kind, "lease");
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->holds[0].hold.ref.tid, r.pids[1]);
	description_free(d);
	down(&r);
}

/* The same call that takes what is free, or does not wait, is none of ours. */
static void a_call_that_does_not_wait_is_not_recognised(void **state)
{
	struct seen s = {.state = 'S', .syscall = SYS_flock, .args = {3, LOCK_EX | LOCK_NB}};
	struct wait w;
	struct rig r;

	(void)state;
	rig_up(&r);
	s.ref = (struct thread_ref){.pid = getpid(), .tid = getpid()};
	assert_int_equal(probes_recognise(&r.os, &s, &w), 0);
	s.syscall = SYS_fcntl;
	s.args[1] = F_SETLK;
	assert_int_equal(probes_recognise(&r.os, &s, &w), 0);
	/* an open() that sleeps, and of which nothing is known */
	s.syscall = SYS_openat;
	assert_int_equal(probes_recognise(&r.os, &s, &w), 0);
	rig_down(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owner_of_a_flock_is_exact),
		cmocka_unit_test(waiter_in_front_is_no_holder),
		cmocka_unit_test(heir_of_a_flock_is_found),
		cmocka_unit_test(shared_open_file_is_not_exact),
		cmocka_unit_test(only_bytes_in_the_way_count),
		cmocka_unit_test(each_reader_in_the_way_is_a_holder),
		cmocka_unit_test(own_lock_does_not_make_a_self_deadlock),
		cmocka_unit_test(ofd_waiters_are_told_apart_by_their_bytes),
		cmocka_unit_test(workers_take_turns),
		cmocka_unit_test(lease_is_found_by_who_breaks_it),
		cmocka_unit_test(a_call_that_does_not_wait_is_not_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
