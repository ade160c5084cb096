// SPDX-License-Identifier: GPL-2.0
/*
 * The /proc way of seeing, first on a made-up /proc whose files say what the
 * story needs, then on real threads that know when they fell asleep.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/lost.h"
#include "os/os.h"
#include "os/proc.h"
#include "target.h"
#include "ways/way.h"

#define MS	 1000000ULL
#define S	 (1000 * MS)
#define SEEN_MAX 256

struct looker {
	struct os os;
	struct target *target;
	void *way;
	struct seen seen[SEEN_MAX]; /* of the last scan */
	size_t n;
	uint32_t threads;
	char note[256];
	uint64_t lost;
};

static int put(void *ctx, const struct fact *fact)
{
	struct looker *l = ctx;

	if (fact->type == FACT_NOTE)
		snprintf(l->note, sizeof(l->note), "%s", fact->note.text);
	if (fact->type == FACT_LOST)
		l->lost += fact->lost.count;
	return 0;
}

static int keep(void *ctx, const struct seen *s)
{
	struct looker *l = ctx;

	assert_true(l->n < SEEN_MAX);
	l->seen[l->n++] = *s;
	return 0;
}

static int open_looker(struct looker *l, const char *root, pid_t pid)
{
	struct fact_sink notes = {put, l};

	memset(l, 0, sizeof(*l));
	l->os.proc_fd = open(root, O_RDONLY | O_DIRECTORY);
	assert_int_equal(lost_new(&l->os.lost), 0);
	assert_int_equal(target_new(l->os.proc_fd, pid, false, &l->target), 0);
	struct way_config config = {.os = &l->os, .target = l->target, .notes = &notes};

	return way_proc.open(&config, &l->way);
}

static void close_looker(struct looker *l)
{
	if (l->way)
		way_proc.close(l->way);
	target_free(l->target);
	lost_free(l->os.lost);
	close(l->os.proc_fd);
}

static void scan(struct looker *l, uint64_t now_ns, uint64_t min_age_ns)
{
	l->n = 0;
	assert_int_equal(way_proc.scan(l->way, now_ns, min_age_ns, keep, l, &l->threads), 0);
}

/* A made-up /proc */

static char root[] = "/tmp/way-XXXXXX";

static void put_file(const char *name, const char *format, ...)
{
	char path[128];
	va_list args;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	f = fopen(path, "w");
	assert_non_null(f);
	va_start(args, format);
	vfprintf(f, format, args);
	va_end(args);
	fclose(f);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static int new_root(void **state)
{
	(void)state;
	memcpy(root, "/tmp/way-XXXXXX", sizeof(root));
	return mkdtemp(root) ? 0 : -1;
}

static int remove_root(void **state)
{
	(void)state;
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* A thread's files; turn is its number of turns on a CPU. */
static void put_thread(int tid, char st, int call, int turn)
{
	char name[64];

	snprintf(name, sizeof(name), "306/task/%d/stat", tid);
	put_file(name,
		 "%d (worker) %c 1 306 306 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 2 0 5678 1000 200 "
		 "1 1 1 1 1 1 0 0 0 0 0 0 17 0 0 0\n",
		 tid, st);
	snprintf(name, sizeof(name), "%d/status", tid);
	put_file(name, "Tgid:\t306\n");
	if (tid == 306)
		put_file("306/stat",
			 "306 (worker) S 1 306 306 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 2 0 5678\n");
	snprintf(name, sizeof(name), "306/task/%d/syscall", tid);
	put_file(name, "%d 0x1000 0x80 0x2 0x0 0x0 0x0 0x7ffe10 0x7f99\n", call);
	snprintf(name, sizeof(name), "306/task/%d/status", tid);
	put_file(name, "Tgid:\t306\nvoluntary_ctxt_switches:\t%d\nnonvoluntary_ctxt_switches:\t3\n",
		 turn);
	snprintf(name, sizeof(name), "306/task/%d/schedstat", tid);
	put_file(name, "1000 20 %d\n", turn);
	snprintf(name, sizeof(name), "306/task/%d/stack", tid);
	put_file(name, "[<0>] futex_do_wait+0x1/0x2\n[<0>] do_futex+0x1/0x2\n");
	put_file("306/auxv", "%c%c%c%c%c%c%c%c", 33, 0, 0, 0, 0, 0, 0, 0);
}

static void a_thread_that_stands_still_is_given_and_its_time_stays(void **state)
{
	struct looker l;
	uint64_t first;

	(void)state;
	put_file("thread-self/schedstat", "1 1 1\n");
	put_thread(306, 'S', SYS_futex, 5);
	put_thread(307, 'S', SYS_nanosleep, 6);
	put_thread(308, 'R', SYS_futex, 7);
	assert_int_equal(open_looker(&l, root, 306), 0);
	scan(&l, 10 * S, 0);
	assert_int_equal(l.threads, 3);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.seen[0].ref.tid, 306);
	assert_int_equal(l.seen[0].ref.start, 5678);
	assert_int_equal(l.seen[0].syscall, SYS_futex);
	assert_int_equal(l.seen[0].args[0], 0x1000);
	assert_int_equal(l.seen[0].sp, 0x7ffe10);
	assert_int_equal(l.seen[0].nvcsw, 5);
	assert_int_equal(l.seen[0].nivcsw, 3);
	assert_string_equal(l.seen[0].comm, "worker");
	/* nothing tells when it last ran, and this is our first sight of it */
	assert_int_equal(l.seen[0].ran_quality, SINCE_UNKNOWN);
	assert_int_equal(l.seen[0].ran_ns, 0);
	for (int i = 1; i <= 3; i++) {
		scan(&l, (10 + i) * S, S);
		assert_int_equal(l.n, 1);
		assert_int_equal(l.seen[0].ran_quality, SINCE_AT_LEAST);
		first = l.seen[0].ran_ns;
		assert_int_equal(first, 10 * S);
	}
	close_looker(&l);
}

static void a_thread_that_ran_begins_anew(void **state)
{
	struct looker l;

	(void)state;
	put_file("thread-self/schedstat", "1 1 1\n");
	put_thread(306, 'S', SYS_futex, 5);
	assert_int_equal(open_looker(&l, root, 306), 0);
	scan(&l, 10 * S, 0);
	scan(&l, 12 * S, S);
	assert_int_equal(l.n, 1);
	/* it ran some time after 12 s: that is not a second ago at 12.9, but may be at 13.5 */
	put_thread(306, 'S', SYS_futex, 6);
	scan(&l, 12 * S + 900 * MS, S);
	assert_int_equal(l.n, 0);
	scan(&l, 13 * S + 500 * MS, S);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.seen[0].nvcsw, 6);
	assert_int_equal(l.seen[0].ran_ns, 12 * S + 900 * MS);
	/* the same calls in another place: its files are read again */
	put_thread(306, 'S', SYS_msgsnd, 7);
	scan(&l, 20 * S, S);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.seen[0].syscall, SYS_msgsnd);
	assert_string_equal(l.seen[0].kframes[0], "futex_do_wait");
	close_looker(&l);
}

/* Between two looks nothing is read of it but whether it ran: the proof is a file that is gone. */
static void a_thread_that_stands_still_is_not_read_again(void **state)
{
	struct looker l;
	char path[128];

	(void)state;
	put_file("thread-self/schedstat", "1 1 1\n");
	put_thread(306, 'S', SYS_futex, 5);
	assert_int_equal(open_looker(&l, root, 306), 0);
	scan(&l, 10 * S, 0);
	snprintf(path, sizeof(path), "%s/306/task/306/syscall", root);
	unlink(path);
	scan(&l, 11 * S, 0);
	assert_int_equal(l.n, 1);
	put_file("306/task/306/schedstat", "1000 20 6\n");
	scan(&l, 12 * S, 0);
	assert_int_equal(l.n, 0);
	close_looker(&l);
}

static void without_schedstat_the_switches_tell(void **state)
{
	struct looker l;

	(void)state;
	put_file("thread-self/schedstat", "0 0 0\n");
	put_thread(306, 'S', SYS_futex, 5);
	put_file("306/task/306/schedstat", "0 0 0\n");
	assert_int_equal(open_looker(&l, root, 306), 0);
	scan(&l, 10 * S, 0);
	scan(&l, 12 * S, S);
	assert_int_equal(l.n, 1);
	assert_int_equal(l.seen[0].ran_ns, 10 * S);
	put_thread(306, 'S', SYS_futex, 6);
	put_file("306/task/306/schedstat", "0 0 0\n");
	scan(&l, 12 * S + 900 * MS, S);
	assert_int_equal(l.n, 0);
	close_looker(&l);
}

static void a_32_bit_program_is_not_misread_and_not_forgotten(void **state)
{
	struct looker l;
	struct seen s;
	struct fact_sink sink = {put, &l};

	(void)state;
	put_file("thread-self/schedstat", "1 1 1\n");
	put_thread(306, 'S', SYS_futex, 5);
	put_file("306/auxv", "%c%c%c%c%c%c%c%c", 32, 0, 0, 0, 0x50, 0x75, 0xf7, 0xf7);
	assert_int_equal(open_looker(&l, root, 306), 0);
	scan(&l, 10 * S, 0);
	assert_int_equal(l.n, 0);
	assert_int_equal(way_proc.look(l.way, 306, 306, &s), 0);
	assert_true(s.compat);
	assert_int_equal(s.syscall, -1);
	lost_state(l.os.lost, &sink);
	assert_int_equal(l.lost, 1);
	close_looker(&l);
}

static void one_look_tells_of_any_state(void **state)
{
	struct looker l;
	struct seen s;

	(void)state;
	put_file("thread-self/schedstat", "1 1 1\n");
	put_thread(306, 'S', SYS_futex, 5);
	put_thread(307, 'R', SYS_futex, 5);
	put_thread(308, 'T', SYS_futex, 5);
	put_thread(309, 'S', SYS_nanosleep, 5);
	assert_int_equal(open_looker(&l, root, 306), 0);
	scan(&l, 10 * S, 0);
	assert_int_equal(l.n, 1);
	assert_int_equal(way_proc.look(l.way, 306, 0, &s), 0);
	assert_int_equal(s.ref.tid, 306);
	/* a scan leaves the stack of a futex out, a look does not */
	assert_int_equal(l.seen[0].n_kframes, 0);
	assert_string_equal(s.kframes[0], "futex_do_wait");
	assert_true(seen_same_wait(&l.seen[0], &s));
	assert_int_equal(way_proc.look(l.way, 306, 307, &s), 0);
	assert_int_equal(s.state, 'R');
	assert_int_equal(s.syscall, -1);
	assert_int_equal(way_proc.look(l.way, 306, 308, &s), 0);
	assert_int_equal(s.state, 'T');
	assert_int_equal(way_proc.look(l.way, 306, 309, &s), 0);
	assert_int_equal(s.syscall, SYS_nanosleep);
	assert_int_equal(way_proc.look(l.way, 306, 310, &s), -ESRCH);
	assert_int_equal(way_proc.look(l.way, 999, 999, &s), -ESRCH);
	/* what a look read of it does not make a scan give it */
	scan(&l, 11 * S, 0);
	assert_int_equal(l.n, 1);
	close_looker(&l);
}

/*
 * A thread that wants a CPU and has the same turn at the next look has not run.
 * That it slept before is no starving, and a turn that goes on changes.
 */
static void who_gets_no_cpu_is_seen(void **state)
{
	struct looker l;
	struct seen s;
	uint64_t first;

	(void)state;
	put_file("thread-self/schedstat", "1 1 1\n");
	put_thread(306, 'S', SYS_futex, 5);
	assert_int_equal(open_looker(&l, root, 306), 0);
	assert_int_equal(way_proc.look(l.way, 306, 306, &s), 0);
	put_thread(306, 'R', SYS_futex, 5);
	assert_int_equal(way_proc.look(l.way, 306, 306, &s), 0);
	assert_int_equal(s.ran_ns, 0);
	usleep(1000);
	assert_int_equal(way_proc.look(l.way, 306, 306, &s), 0);
	first = s.ran_ns;
	assert_true(first > 0);
	usleep(1000);
	assert_int_equal(way_proc.look(l.way, 306, 306, &s), 0);
	assert_int_equal(s.ran_ns, first);
	assert_int_equal(s.ran_quality, SINCE_AT_LEAST);
	put_thread(306, 'R', SYS_futex, 6);
	assert_int_equal(way_proc.look(l.way, 306, 306, &s), 0);
	assert_int_equal(s.ran_ns, 0);
	close_looker(&l);
}

/* Who asks may have a thread's id for that of a process; nothing may be forgotten for that. */
static void a_look_by_a_threads_id_spoils_nothing(void **state)
{
	struct looker l;
	struct seen s;

	(void)state;
	put_file("thread-self/schedstat", "1 1 1\n");
	put_thread(306, 'S', SYS_futex, 5);
	put_thread(307, 'S', SYS_futex, 5);
	/* as the real one: /proc/307 is there, though it is not listed */
	put_file("307/status", "Tgid:\t306\n");
	put_file("307/task/307/schedstat", "1000 20 5\n");
	assert_int_equal(open_looker(&l, root, 306), 0);
	scan(&l, 10 * S, 0);
	assert_int_equal(l.n, 2);
	assert_int_equal(way_proc.look(l.way, 307, 307, &s), 0);
	assert_int_equal(s.ref.pid, 306);
	assert_int_equal(s.ref.tid, 307);
	scan(&l, 11 * S, 5 * S);
	scan(&l, 16 * S, 5 * S);
	assert_int_equal(l.n, 2);
	assert_int_equal(l.seen[0].ran_ns, 10 * S);
	assert_int_equal(l.seen[1].ran_ns, 10 * S);
	close_looker(&l);
}

/* Real threads */

#define THREADS 200

struct parked {
	pthread_mutex_t lock;
	atomic_int begun, n;
	struct {
		_Atomic pid_t tid;
		_Atomic uint64_t asleep_ns;
	} threads[THREADS];
};

static struct parked *shared;

static void *park(void *arg)
{
	int i = shared->begun++;

	(void)arg;
	shared->threads[i].tid = gettid();
	shared->threads[i].asleep_ns = os_now_ns();
	shared->n++;
	pthread_mutex_lock(&shared->lock);
	pthread_mutex_unlock(&shared->lock);
	return NULL;
}

static pid_t start_parked(void)
{
	pid_t pid;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	assert_ptr_not_equal(shared, MAP_FAILED);
	pthread_mutex_init(&shared->lock, NULL);
	pid = fork();
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pthread_mutex_lock(&shared->lock);
	for (int i = 0; i < THREADS; i++) {
		pthread_t t;

		if (pthread_create(&t, NULL, park, NULL) != 0)
			_exit(1);
	}
	for (;;)
		pause();
}

/* Until all of them are in the kernel's wait. */
static void wait_parked(int proc_fd, pid_t pid)
{
	while (shared->n < THREADS)
		sched_yield();
	for (int i = 0; i < THREADS; i++) {
		struct proc_syscall c = {.nr = -1};

		while (proc_syscall(proc_fd, pid, shared->threads[i].tid, &c) != 0 || c.running ||
		       c.nr != SYS_futex)
			sched_yield();
	}
}

static uint64_t asleep_of(pid_t tid)
{
	for (int i = 0; i < THREADS; i++)
		if (shared->threads[i].tid == tid)
			return shared->threads[i].asleep_ns;
	fail_msg("thread %d is none of them", tid);
	return 0;
}

static void two_hundred_parked_threads_are_all_given_with_their_times(void **state)
{
	pid_t pid = start_parked();
	static uint64_t ran[THREADS];
	struct looker l;
	int64_t worst = 0, least = INT64_MAX;
	int late = 0;

	(void)state;
	assert_true(pid > 0);
	assert_int_equal(open_looker(&l, "/proc", pid), 0);
	wait_parked(l.os.proc_fd, pid);
	for (int look = 0; look < 3; look++) {
		scan(&l, os_now_ns(), 0);
		assert_int_equal(l.n, THREADS);
		assert_int_equal(l.threads, THREADS + 1);
		for (size_t i = 0; i < l.n; i++) {
			if (look == 0)
				ran[i] = l.seen[i].ran_ns;
			assert_int_equal(l.seen[i].ran_ns, ran[i]);
			assert_int_equal(l.seen[i].args[0], (uintptr_t)&shared->lock);
			if (!ran[i])
				continue;
			int64_t off = (int64_t)(ran[i] - asleep_of(l.seen[i].ref.tid));

			worst = off > worst ? off : worst;
			least = off < least ? off : least;
			late += look == 0 && off > 50 * (int64_t)MS;
		}
		if (!ran[0]) {
			print_message("# this kernel does not tell when a thread last ran\n");
			break;
		}
	}
	print_message("# since: off by %+" PRId64 " to %+" PRId64 " us\n", least / 1000,
		      worst / 1000);
	/* never earlier than true; later by what it took to fall asleep, on a busy machine long */
	assert_true(ran[0] == 0 || least >= 0);
	assert_true(late < THREADS / 10);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	scan(&l, os_now_ns(), 0);
	assert_int_equal(l.n, 0);
	close_looker(&l);
	munmap(shared, sizeof(*shared));
}

static void descriptors_stay_within_their_share(void **state)
{
	pid_t pid = start_parked();
	struct looker l;
	int n = 0;
	DIR *dir;

	(void)state;
	assert_int_equal(open_looker(&l, "/proc", pid), 0);
	wait_parked(l.os.proc_fd, pid);
	for (int i = 0; i < 4; i++)
		scan(&l, os_now_ns(), 0);
	assert_int_equal(l.n, THREADS);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* it is gone, and so are the files that were kept of it, two looks later */
	for (int i = 0; i < 4; i++)
		scan(&l, os_now_ns(), 0);
	dir = opendir("/proc/self/fd");
	while (readdir(dir))
		n++;
	closedir(dir);
	assert_true(n < 50);
	close_looker(&l);
	munmap(shared, sizeof(*shared));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_thread_that_stands_still_is_given_and_its_time_stays, new_root,
			remove_root),
		cmocka_unit_test_setup_teardown(a_thread_that_ran_begins_anew, new_root,
						remove_root),
		cmocka_unit_test_setup_teardown(a_thread_that_stands_still_is_not_read_again,
						new_root, remove_root),
		cmocka_unit_test_setup_teardown(without_schedstat_the_switches_tell, new_root,
						remove_root),
		cmocka_unit_test_setup_teardown(a_32_bit_program_is_not_misread_and_not_forgotten,
						new_root, remove_root),
		cmocka_unit_test_setup_teardown(one_look_tells_of_any_state, new_root, remove_root),
		cmocka_unit_test_setup_teardown(who_gets_no_cpu_is_seen, new_root, remove_root),
		cmocka_unit_test_setup_teardown(a_look_by_a_threads_id_spoils_nothing, new_root,
						remove_root),
		cmocka_unit_test(two_hundred_parked_threads_are_all_given_with_their_times),
		cmocka_unit_test(descriptors_stay_within_their_share),
	};

	return cmocka_run_group_tests_name("way_proc", tests, NULL, NULL);
}
