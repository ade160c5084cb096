// SPDX-License-Identifier: GPL-2.0
/*
 * Pipes and FIFOs: which end a thread is stuck at, and who has the other one.
 */
#include "rig.h"

#include <fcntl.h>
#include <sys/stat.h>

/* Ends that victims inherit, set before they start. */
static int ends[2];

static void make_pipe(void)
{
	assert_int_equal(pipe(ends), 0);
}

static void leave_pipe(void)
{
	close(ends[0]);
	close(ends[1]);
}

static void fill(struct page *p)
{
	static const char page[4096];

	(void)p;
	while (write(ends[1], page, sizeof(page)) > 0)
		;
}

static void writes(struct page *p)
{
	close(ends[0]);
	rig_thread(p, 0, fill);
}

/* As programs do that fork: the other end stays open. */
static void writes_and_keeps(struct page *p)
{
	rig_thread(p, 0, fill);
}

static void writes_alone(struct page *p)
{
	atomic_store(&p->tid[0], getpid());
	fill(p);
}

static void takes(struct page *p)
{
	char c;

	(void)p;
	while (read(ends[0], &c, 1) > 0)
		;
}

static void reads(struct page *p)
{
	close(ends[1]);
	rig_thread(p, 1, takes);
}

static void has_read_end(struct page *p)
{
	close(ends[1]);
	atomic_store(&p->tid[2], getpid());
}

static void has_write_end(struct page *p)
{
	close(ends[0]);
	atomic_store(&p->tid[2], getpid());
}

static void stuck_elsewhere(struct page *p)
{
	static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;

	(void)p;
	pthread_mutex_lock(&m);
	pthread_mutex_lock(&m);
}

static void idles(struct page *p)
{
	(void)p;
	for (;;)
		pause();
}

/* Of its three threads one is stuck: that is the one that does not read. */
static void has_read_end_and_threads(struct page *p)
{
	close(ends[1]);
	rig_thread(p, 3, stuck_elsewhere);
	rig_thread(p, 4, idles);
}

static void only_reader_is_exact(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	rig_up(&r);
	make_pipe();
	rig_start(&r, writes);
	rig_start(&r, has_read_end);
	rig_start(&r, has_write_end); /* another writer: cannot help */
	leave_pipe();
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_write), &w);
	assert_string_equal(w.kind, "pipe-full");
	assert_int_equal(w.class, CLASS_FULL);
	assert_non_null(strstr(d->resource.resource.name, "pipe:["));
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->holds[0].hold.ref.tid, r.pids[1]);
	assert_string_equal(d->holds[0].hold.why, "the only process with the read end open");
	description_free(d);
	rig_down(&r);
}

static void own_copy_of_the_other_end_does_not_count(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	rig_up(&r);
	make_pipe();
	rig_start(&r, writes_and_keeps);
	rig_start(&r, has_read_end);
	leave_pipe();
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_write), NULL);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.pid, r.pids[1]);
	assert_string_equal(d->holds[0].hold.why, "the only other process with the read end open");
	description_free(d);
	rig_down(&r);
}

static void nobody_else_has_the_other_end(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	rig_up(&r);
	make_pipe();
	rig_start(&r, writes_alone);
	leave_pipe();
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_write), NULL);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.pid, 0);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_UNKNOWN);
	assert_string_equal(d->holds[0].hold.why,
			    "only the thread that waits has the read end open");
	description_free(d);
	rig_down(&r);
}

static void stuck_thread_of_the_reader_is_meant(void **state)
{
	struct description *d;
	struct rig r;
	pid_t stuck;

	(void)state;
	rig_up(&r);
	make_pipe();
	rig_start(&r, writes);
	rig_start(&r, has_read_end_and_threads);
	leave_pipe();
	stuck = rig_blocked(&r, 1, 3, SYS_futex);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_write), NULL);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_INFERRED);
	assert_int_equal(d->holds[0].hold.ref.tid, stuck);
	description_free(d);
	rig_down(&r);
}

static void one_of_several_is_inferred(void **state)
{
	struct description *d;
	struct rig r;

	(void)state;
	rig_up(&r);
	make_pipe();
	rig_start(&r, writes);
	rig_start(&r, has_read_end);
	rig_start(&r, has_read_end);
	leave_pipe();
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_write), NULL);
	assert_int_equal(d->n_holds, 2);
	assert_false(rig_any_exact(d));
	description_free(d);
	rig_down(&r);
}

static void reader_waits_for_the_writer(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	rig_up(&r);
	make_pipe();
	rig_start(&r, reads);
	rig_start(&r, has_write_end);
	leave_pipe();
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 1, SYS_read), &w);
	assert_string_equal(w.kind, "pipe-empty");
	assert_int_equal(w.class, CLASS_EMPTY);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->holds[0].hold.ref.tid, r.pids[1]);
	assert_string_equal(d->holds[0].hold.why, "the only process with the write end open");
	description_free(d);
	rig_down(&r);
}

static int other[2];

static void splices(struct page *p)
{
	char page[4096] = "";

	(void)p;
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	while (write(ends[1], page, sizeof(page)) > 0)
		;
	fcntl(ends[1], F_SETFL, 0);
	if (write(other[1], "x", 1) == 1)
		splice(other[0], NULL, ends[1], NULL, 1, 0);
}

static void splicer(struct page *p)
{
	if (pipe(other))
		_exit(1);
	close(ends[0]);
	rig_thread(p, 0, splices);
}

/* Two pipes in one call: the kernel's stack tells at which one it sleeps. */
static void splice_sleeps_at_the_full_one(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	if (geteuid())
		skip(); /* the stack needs rights */
	rig_up(&r);
	make_pipe();
	rig_start(&r, splicer);
	rig_start(&r, has_read_end);
	leave_pipe();
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_splice), &w);
	assert_string_equal(w.kind, "pipe-full");
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.ref.pid, r.pids[1]);
	description_free(d);
	rig_down(&r);
}

static void opens_for_writing(struct page *p)
{
	if (open(p->memory, O_WRONLY) < 0)
		_exit(1);
}

static void fifo_opener(struct page *p)
{
	rig_thread(p, 0, opens_for_writing);
}

static void open_of_a_fifo_waits_for_nobody_yet(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;

	(void)state;
	if (geteuid())
		skip();
	rig_up(&r);
	snprintf(r.page->memory, sizeof(r.page->memory), "/tmp/locktrace-test-%d.fifo", getpid());
	assert_int_equal(mkfifo(r.page->memory, 0600), 0);
	rig_start(&r, fifo_opener);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_openat), &w);
	unlink(r.page->memory);
	assert_string_equal(w.kind, "fifo-open");
	assert_int_equal(d->n_holds, 1);
	assert_string_equal(d->holds[0].hold.why, "nobody has opened it for reading yet");
	description_free(d);
	rig_down(&r);
}

static void opens_fifo_and_reads(struct page *p)
{
	int fd = open(p->memory, O_RDONLY);
	char c;

	atomic_store(&p->step, 1);
	while (read(fd, &c, 1) > 0)
		;
}

static void fifo_reader(struct page *p)
{
	rig_thread(p, 0, opens_fifo_and_reads);
}

static void fifo_writer(struct page *p)
{
	if (open(p->memory, O_WRONLY) < 0)
		_exit(1);
	rig_await(&p->step, 1);
}

static void fifo_is_known_by_its_inode(void **state)
{
	struct description *d;
	struct wait w;
	struct rig r;
	char name[100];

	(void)state;
	rig_up(&r);
	snprintf(r.page->memory, sizeof(r.page->memory), "/tmp/locktrace-test-%d.fifo", getpid());
	snprintf(name, sizeof(name), "FIFO %.80s", r.page->memory);
	assert_int_equal(mkfifo(r.page->memory, 0600), 0);
	rig_start(&r, fifo_reader);
	rig_start(&r, fifo_writer);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_read), &w);
	unlink(r.page->memory);
	assert_string_equal(w.kind, "pipe-empty");
	assert_string_equal(d->resource.resource.name, name);
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
	assert_int_equal(d->holds[0].hold.ref.tid, r.pids[1]);
	description_free(d);
	rig_down(&r);
}

static void reads_inotify(struct page *p)
{
	/* asleep in read(), and it is no pipe */
	int fd = (int)syscall(SYS_inotify_init1, 0);
	char c;

	(void)p;
	if (read(fd, &c, 1) < 0)
		pause();
}

static void inotify_reader(struct page *p)
{
	rig_thread(p, 0, reads_inotify);
}

static void another_read_is_no_pipe(void **state)
{
	struct seen seen;
	struct wait w;
	struct rig r;
	pid_t tid;

	(void)state;
	rig_up(&r);
	rig_start(&r, inotify_reader);
	rig_watch(&r);
	tid = rig_blocked(&r, 0, 0, SYS_read);
	assert_int_equal(way_proc.look(r.way, r.pids[0], tid, &seen), 0);
	assert_int_equal(probes_recognise(&r.os, &seen, &w), 0);
	/* nor without the kernel's stack */
	seen.n_kframes = 0;
	assert_int_equal(probes_recognise(&r.os, &seen, &w), 0);
	rig_down(&r);
}

static void a_read_without_a_stack_is_known_by_its_descriptor(void **state)
{
	struct seen seen;
	struct wait w;
	struct rig r;
	pid_t tid;

	(void)state;
	rig_up(&r);
	make_pipe();
	rig_start(&r, reads);
	rig_start(&r, has_write_end);
	leave_pipe();
	rig_watch(&r);
	tid = rig_blocked(&r, 0, 1, SYS_read);
	assert_int_equal(way_proc.look(r.way, r.pids[0], tid, &seen), 0);
	seen.n_kframes = 0;
	assert_int_equal(probes_recognise(&r.os, &seen, &w), 1);
	assert_string_equal(w.kind, "pipe-empty");
	rig_down(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_reader_is_exact),
		cmocka_unit_test(own_copy_of_the_other_end_does_not_count),
		cmocka_unit_test(nobody_else_has_the_other_end),
		cmocka_unit_test(stuck_thread_of_the_reader_is_meant),
		cmocka_unit_test(one_of_several_is_inferred),
		cmocka_unit_test(reader_waits_for_the_writer),
		cmocka_unit_test(splice_sleeps_at_the_full_one),
		cmocka_unit_test(open_of_a_fifo_waits_for_nobody_yet),
		cmocka_unit_test(fifo_is_known_by_its_inode),
		cmocka_unit_test(another_read_is_no_pipe),
		cmocka_unit_test(a_read_without_a_stack_is_known_by_its_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
