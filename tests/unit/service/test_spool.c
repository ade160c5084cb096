// SPDX-License-Identifier: GPL-2.0
/*
 * The spool as it is on disk: ended at every step, refused at every step, on
 * disks that are full, out of inodes and read-only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "service/spool.h"
#include "service/spool_dir.h"
#include "emptied.h"

#define NOW_S 1795271952ULL /* 2026-11-21 */
#define LONG  200000	    /* bytes: more than one write() */

struct place {
	char dir[64];
};

/* What is made to go wrong: the at-th step, by ending or by failing. */
struct fault {
	int at, n;
	int err; /* 0: ends the process */
	enum spool_step step;
};

static int on_step(void *ctx, enum spool_step step)
{
	struct fault *f = ctx;

	if (f->n++ != f->at)
		return 0;
	f->step = step;
	if (!f->err)
		_exit(9);
	return f->err;
}

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->dir, "/tmp/test_spool.XXXXXX");
	*state = p;
	return mkdtemp(p->dir) ? 0 : -1;
}

static int teardown(void **state)
{
	struct place *p = *state;

	empty(p->dir);
	rmdir(p->dir);
	free(p);
	return 0;
}

static struct spool *new_spool(const struct place *p, struct spool_limits limits, struct fault *f)
{
	struct spool_config c = {
		.dir = p->dir, .limits = limits, .form = SPOOL_PLAIN, .in_place = true};
	struct spool *s;

	c.step = f ? on_step : NULL;
	c.ctx = f;
	assert_int_equal(spool_new(&c, &s), 0);
	return s;
}

/* All of one letter, so that what is on disk tells which it is, and whether it is whole. */
static void put_at(struct spool *s, const char *id, const char *signature, char letter, size_t size,
		   uint64_t wall_s)
{
	char *text = malloc(size);

	memset(text, letter, size);
	spool_put(s, &(struct spool_report){.id = id,
					    .signature = signature,
					    .wall_s = wall_s,
					    .text = text,
					    .size = size});
	free(text);
}

static void put(struct spool *s, const char *id, const char *signature, char letter, size_t size)
{
	put_at(s, id, signature, letter, size, NOW_S);
}

/* The letter of a report that is there and whole; '-' if it is not there. */
static char letter_of(const struct place *p, const char *id, size_t size)
{
	char pattern[128], first = '-';
	glob_t g;

	snprintf(pattern, sizeof(pattern), "%s/*-%s-*.json", p->dir, id);
	if (glob(pattern, 0, NULL, &g) == 0) {
		char *text = malloc(size + 1);
		FILE *f = fopen(g.gl_pathv[0], "r");

		assert_int_equal(g.gl_pathc, 1);
		assert_int_equal(fread(text, 1, size + 1, f), size);
		first = text[0];
		for (size_t i = 0; i < size; i++)
			assert_int_equal(text[i], first);
		fclose(f);
		free(text);
		globfree(&g);
	}
	return first;
}

static size_t count(const struct place *p, const char *what)
{
	char pattern[128];
	glob_t g;
	size_t n = 0;

	snprintf(pattern, sizeof(pattern), "%s/%s", p->dir, what);
	if (glob(pattern, 0, NULL, &g) == 0) {
		n = g.gl_pathc;
		globfree(&g);
	}
	return n;
}

static const struct spool_limits no_limits;

static void a_stall_is_one_file_that_is_written_anew(void **state)
{
	struct spool *s = new_spool(*state, no_limits, NULL);
	char path[192];
	struct stat st;

	umask(077);
	put(s, "aaa", "sig1", 'o', 100);
	put(s, "bbb", "sig1", 'x', 100);
	put_at(s, "aaa", "sig1", 'r', LONG, NOW_S + 50);
	assert_int_equal(letter_of(*state, "aaa", LONG), 'r');
	assert_int_equal(letter_of(*state, "bbb", 100), 'x');
	assert_int_equal(count(*state, "*"), 2);
	snprintf(path, sizeof(path), "%s/20261121T143912Z-00000001-aaa-sig1.json",
		 ((struct place *)*state)->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(spool_counts(s)->written, 3);
	assert_true(spool_close(s));
}

/* What was there is there; what was being written is as before or as after. */
static void whenever_it_is_killed_nothing_is_broken(void **state)
{
	const struct spool_limits limits = {.files = 3};
	bool unfinished = false, old = false, new = false;
	int at, status = -1;

	for (at = 0; status != 0 && at < 100; at++) {
		struct spool *s = new_spool(*state, limits, NULL);
		pid_t pid;

		empty(((struct place *)*state)->dir);
		put(s, "aaa", "sig1", 'a', 100);
		put(s, "bbb", "sig2", 'o', LONG);
		put(s, "ccc", "sig1", 'c', 100);
		assert_true(spool_close(s));
		pid = fork();
		if (pid == 0) {
			struct fault f = {.at = at};

			s = new_spool(*state, limits, &f);
			put(s, "bbb", "sig2", 'n', LONG);
			put(s, "ddd", "sig2", 'd', LONG);
			_exit(spool_close(s) ? 0 : 1);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 1);
		char now = letter_of(*state, "bbb", LONG), more = letter_of(*state, "ddd", LONG);

		old |= now == 'o';
		new |= now == 'n';
		assert_true(now == 'o' || now == 'n');
		assert_int_equal(letter_of(*state, "aaa", 100), 'a');
		assert_true(more == '-' || (more == 'd' && now == 'n'));
		unfinished |= count(*state, ".*.tmp") > 0;
		/* whoever comes next tidies up, and goes on */
		s = new_spool(*state, no_limits, NULL);
		put(s, "eee", "sig3", 'e', 10);
		assert_true(spool_close(s));
		assert_int_equal(count(*state, ".*.tmp"), 0);
		assert_int_equal(letter_of(*state, "eee", 10), 'e');
	}
	assert_int_equal(status, 0);
	assert_true(at > 2 * (N_STEPS - 3)); /* two reports, all of whose steps were tried */
	assert_true(unfinished && old && new);
}

static void whatever_fails_is_said_once_and_tried_again(void **state)
{
	static const int errors[] = {-ENOSPC, -EROFS, -EIO, -EDQUOT, -EMFILE};
	unsigned int seen = 0;

	for (size_t e = 0; e < sizeof(errors) / sizeof(errors[0]); e++) {
		for (int at = 0; at < 100; at++) {
			struct fault f = {.at = at, .err = errors[e]};
			struct spool *s = new_spool(*state, no_limits, &f);

			empty(((struct place *)*state)->dir);
			put(s, "aaa", "sig1", 'a', LONG);
			const struct spool_counts *c = spool_counts(s);

			if (f.n <= at) {
				assert_true(spool_close(s));
				break;
			}
			seen |= 1U << f.step;
			assert_int_equal(c->waiting, 1);
			assert_int_equal(c->failed, 1);
			assert_int_equal(c->said, 1);
			f.at = f.n; /* the next step fails as well */
			put(s, "aaa", "sig1", 'b', 100);
			assert_int_equal(c->waiting, 1);
			assert_int_equal(c->said, 1);
			spool_look_after(s, 1000);
			spool_look_after(s, 2000); /* too early */
			assert_int_equal(c->waiting, 1);
			spool_look_after(s, 20000000000);
			assert_int_equal(c->waiting, 0);
			assert_int_equal(c->said, 2);
			assert_int_equal(c->lost, 0);
			assert_int_equal(letter_of(*state, "aaa", 100), 'b');
			assert_int_equal(count(*state, ".*.tmp"), 0);
			assert_true(spool_close(s));
		}
	}
	assert_int_equal(seen, (1U << N_STEPS) - 1 - (1U << STEP_REMOVE));
}

static void what_waits_has_an_end_and_is_counted(void **state)
{
	struct place p = {.dir = "/proc/no-such/reports"};
	struct spool *s = new_spool(&p, no_limits, NULL);
	char id[16];

	(void)state;
	for (int i = 0; i < 400; i++) {
		snprintf(id, sizeof(id), "id%d", i);
		put(s, id, "sig1", 'a', 10);
	}
	assert_int_equal(spool_counts(s)->waiting + spool_counts(s)->lost, 400);
	assert_true(spool_counts(s)->waiting >= 50 && spool_counts(s)->waiting < 400);
	assert_int_equal(spool_counts(s)->said, 1);
	assert_false(spool_close(s));
}

static void the_first_of_each_signature_stays_longest(void **state)
{
	struct spool *s = new_spool(*state, (struct spool_limits){.files = 3}, NULL);

	put(s, "aaa", "sig1", 'a', 10);
	put(s, "bbb", "sig1", 'b', 10);
	put(s, "ccc", "sig2", 'c', 10);
	put(s, "ddd", "sig3", 'd', 10);
	assert_int_equal(letter_of(*state, "bbb", 10), '-');
	put(s, "eee", "sig3", 'e', 10); /* there is no room for a second one */
	assert_int_equal(letter_of(*state, "eee", 10), '-');
	assert_int_equal(spool_counts(s)->left_out, 1);
	put(s, "fff", "sig4", 'f', 10);
	assert_int_equal(letter_of(*state, "aaa", 10), '-');
	assert_int_equal(letter_of(*state, "ccc", 10), 'c');
	assert_int_equal(count(*state, "*"), 3);
	assert_true(spool_close(s));
}

static void a_clock_that_jumps_back_does_no_harm(void **state)
{
	const struct spool_limits limits = {.files = 3, .age_s = 86400};
	struct spool *s = new_spool(*state, limits, NULL);
	struct spool_list l;
	int fd = open(((struct place *)*state)->dir, O_RDONLY | O_DIRECTORY);

	put_at(s, "aaa", "sig1", 'a', 10, NOW_S);
	put_at(s, "bbb", "sig1", 'b', 10, 5); /* 1970 */
	put_at(s, "aaa", "sig1", 'A', 10, 6);
	put_at(s, "ccc", "sig1", 'c', 10, NOW_S - 1000);
	assert_int_equal(count(*state, "*"), 3);
	assert_int_equal(letter_of(*state, "aaa", 10), 'A');
	assert_int_equal(spool_list_read(fd, &l), 0);
	assert_int_equal(l.n, 3);
	assert_string_equal(l.entries[0].id, "aaa");
	assert_true(l.entries[0].first);
	assert_string_equal(l.entries[1].id, "bbb");
	assert_string_equal(l.entries[2].id, "ccc");
	spool_list_free(&l);
	close(fd);
	assert_true(spool_close(s));
}

static void one_writer_at_a_time(void **state)
{
	struct spool *one = new_spool(*state, no_limits, NULL);
	struct spool *other = new_spool(*state, no_limits, NULL);

	put(one, "aaa", "sig1", 'a', 10);
	put(other, "bbb", "sig1", 'b', 10);
	assert_int_equal(spool_counts(other)->waiting, 1);
	assert_true(spool_close(one));
	assert_true(spool_close(other)); /* tried once more */
	assert_int_equal(letter_of(*state, "bbb", 10), 'b');
}

static void a_directory_that_is_gone_is_made_again(void **state)
{
	struct place *p = *state;
	struct spool *s = new_spool(p, no_limits, NULL);

	put(s, "aaa", "sig1", 'a', 10);
	empty(p->dir);
	assert_int_equal(rmdir(p->dir), 0);
	put(s, "bbb", "sig1", 'b', 10);
	put(s, "ccc", "sig1", 'c', 10);
	assert_int_equal(spool_counts(s)->said, 0);
	assert_int_equal(letter_of(p, "bbb", 10), 'b');
	assert_int_equal(letter_of(p, "ccc", 10), 'c');
	assert_true(spool_close(s));
}

/* In a mount namespace of its own; returns an exit status for the parent to judge. */
static int on_tmpfs(const struct place *p, const char *options,
		    void (*run)(const struct place *p, struct spool *s))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (unshare(CLONE_NEWNS) != 0 ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		    mount("none", p->dir, "tmpfs", 0, options) != 0)
			_exit(77);
		struct spool *s = new_spool(p, no_limits, NULL);

		run(p, s);
		_exit(spool_close(s) ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void expect(bool yes, int which)
{
	if (!yes)
		_exit(which);
}

static void run_full(const struct place *p, struct spool *s)
{
	char path[128];
	int fd;

	put(s, "aaa", "sig1", 'a', 10000);
	put(s, "bbb", "sig1", 'b', 10000);
	snprintf(path, sizeof(path), "%s/stuffing", p->dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	while (write(fd, path, sizeof(path)) == sizeof(path))
		;
	/* the second of a signature makes room, the first one stays */
	put(s, "ccc", "sig2", 'c', 10000);
	expect(letter_of(p, "bbb", 10000) == '-' && letter_of(p, "ccc", 10000) == 'c', 10);
	put(s, "ddd", "sig3", 'd', 100000);
	put(s, "aaa", "sig1", 'A', 50000);
	expect(spool_counts(s)->waiting == 2 && spool_counts(s)->said == 1, 11);
	expect(letter_of(p, "aaa", 10000) == 'a' && count(p, ".*.tmp") == 0, 12);
	unlink(path);
	close(fd);
	put(s, "eee", "sig4", 'e', 10);
	expect(letter_of(p, "ddd", 100000) == 'd' && letter_of(p, "aaa", 50000) == 'A', 13);
	expect(spool_counts(s)->said == 2 && spool_counts(s)->lost == 0, 14);
}

static void run_no_inodes(const struct place *p, struct spool *s)
{
	for (int i = 0; i < 12; i++) {
		char id[16], signature[16];

		snprintf(id, sizeof(id), "a%d", i);
		snprintf(signature, sizeof(signature), "s%d", i);
		put(s, id, signature, 'a', 10);
	}
	size_t there = count(p, "*.json");

	expect(there > 3 && there < 12 && spool_counts(s)->waiting == 12 - there, 10);
	expect(spool_counts(s)->said == 1, 11);
	mount(NULL, p->dir, NULL, MS_REMOUNT, "nr_inodes=100");
	put(s, "b", "s13", 'b', 10);
	expect(count(p, "*.json") == 13 && spool_counts(s)->waiting == 0, 12);
}

static void run_read_only(const struct place *p, struct spool *s)
{
	put(s, "aaa", "sig1", 'a', 10);
	mount(NULL, p->dir, NULL, MS_REMOUNT | MS_RDONLY, NULL);
	put(s, "aaa", "sig1", 'A', 10);
	put(s, "bbb", "sig1", 'b', 10);
	expect(letter_of(p, "aaa", 10) == 'a' && spool_counts(s)->waiting == 2, 10);
	expect(spool_counts(s)->said == 1, 11);
	mount(NULL, p->dir, NULL, MS_REMOUNT, NULL);
	put(s, "ccc", "sig1", 'c', 10);
	expect(letter_of(p, "aaa", 10) == 'A' && letter_of(p, "bbb", 10) == 'b', 12);
}

static void disks_that_refuse(void **state)
{
	static const struct {
		const char *name, *options;
		void (*run)(const struct place *p, struct spool *s);
	} disks[] = {
		{"full", "size=400k", run_full},
		{"no inodes", "nr_inodes=8", run_no_inodes},
		{"read-only", "size=400k", run_read_only},
	};

	for (size_t i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
		int status = on_tmpfs(*state, disks[i].options, disks[i].run);

		if (status == 77) {
			print_message("skipped: mounting a tmpfs needs root\n");
			skip();
		}
		if (status)
			fail_msg("%s: %d", disks[i].name, status);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_stall_is_one_file_that_is_written_anew),
		TEST(whenever_it_is_killed_nothing_is_broken),
		TEST(whatever_fails_is_said_once_and_tried_again),
		TEST(what_waits_has_an_end_and_is_counted),
		TEST(the_first_of_each_signature_stays_longest),
		TEST(a_clock_that_jumps_back_does_no_harm),
		TEST(one_writer_at_a_time),
		TEST(a_directory_that_is_gone_is_made_again),
		TEST(disks_that_refuse),
	};

	return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
