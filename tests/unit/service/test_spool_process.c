// SPDX-License-Identifier: GPL-2.0
/*
 * The process that writes: a disk that does not answer holds nobody up, and if
 * it dies, at whatever step, nothing is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "service/spool.h"
#include "service/spool_dir.h"
#include "service/spool_file.h"
#include "emptied.h"

#define NOW_S	1795271952ULL
#define SIZE	100000
#define WAIT_MS 60000 /* machines that run tests are slow; nothing takes that long */

/* Seen by the process that writes, too. */
struct shared {
	int n, at;	   /* steps so far, and which is the fatal one; -1: none */
	volatile int hang; /* no step gets any further */
};

struct place {
	char dir[64];
	struct shared *shared;
};

static int on_step(void *ctx, enum spool_step step)
{
	struct shared *s = ctx;

	(void)step;
	while (s->hang)
		usleep(1000);
	if (s->n++ == s->at)
		_exit(9);
	return 0;
}

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	strcpy(p->dir, "/tmp/test_spool_process.XXXXXX");
	p->shared = mmap(NULL, sizeof(*p->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	p->shared->at = -1;
	*state = p;
	return mkdtemp(p->dir) ? 0 : -1;
}

static int teardown(void **state)
{
	struct place *p = *state;

	empty(p->dir);
	rmdir(p->dir);
	munmap(p->shared, sizeof(*p->shared));
	free(p);
	return 0;
}

static struct spool *new_spool(const struct place *p, enum spool_form form)
{
	struct spool_config c = {.dir = p->dir, .form = form, .step = on_step, .ctx = p->shared};
	struct spool *s;

	assert_int_equal(spool_new(&c, &s), 0);
	return s;
}

static void put(struct spool *s, const char *id, char letter)
{
	char *text = malloc(SIZE);

	memset(text, letter, SIZE);
	assert_int_equal(spool_put(s, &(struct spool_report){.id = id,
							     .signature = "sig",
							     .wall_s = NOW_S,
							     .text = text,
							     .size = SIZE}),
			 0);
	free(text);
}

/* What all of the file is made of; '-' if there is none. */
static char letter_of(const struct place *p, const char *id, const char *suffix)
{
	char pattern[128], *text, letter = '-';
	size_t size;
	glob_t g;

	snprintf(pattern, sizeof(pattern), "%s/*-%s-sig.json%s", p->dir, id, suffix);
	if (glob(pattern, 0, NULL, &g) != 0)
		return letter;
	assert_int_equal(g.gl_pathc, 1);
	assert_int_equal(spool_file_read(AT_FDCWD, g.gl_pathv[0], &text, &size), 0);
	assert_int_equal(size, SIZE);
	letter = text[0];
	for (size_t i = 0; i < size; i++)
		assert_int_equal(text[i], letter);
	free(text);
	globfree(&g);
	return letter;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void what_is_put_is_written(void **state)
{
	static const struct {
		enum spool_form form;
		const char *suffix;
	} forms[] = {{SPOOL_PLAIN, ""}, {SPOOL_GZIP, ".gz"}, {SPOOL_ZSTD, ".zst"}};

	for (size_t i = 0; i < 3; i++) {
		struct spool *s;

		if (!spool_form_is_known(forms[i].form))
			continue;
		empty(((struct place *)*state)->dir);
		s = new_spool(*state, forms[i].form);
		put(s, "aaa", 'a');
		put(s, "bbb", 'b');
		assert_true(spool_settle(s, WAIT_MS));
		assert_int_equal(letter_of(*state, "aaa", forms[i].suffix), 'a');
		put(s, "aaa", 'A');
		assert_true(spool_close(s));
		assert_int_equal(letter_of(*state, "aaa", forms[i].suffix), 'A');
		assert_int_equal(letter_of(*state, "bbb", forms[i].suffix), 'b');

		/* a file keeps its form, whatever is asked for later */
		s = new_spool(*state, SPOOL_GZIP);
		put(s, "aaa", 'x');
		assert_true(spool_close(s));
		assert_int_equal(letter_of(*state, "aaa", forms[i].suffix), 'x');
	}
}

static void a_disk_that_does_not_answer_holds_nobody_up(void **state)
{
	struct place *p = *state;
	struct spool *s = new_spool(p, SPOOL_PLAIN);
	const struct spool_counts *c = spool_counts(s);
	uint64_t longest = 0, end;
	char id[16];

	put(s, "first", 'a');
	assert_true(spool_settle(s, WAIT_MS));
	p->shared->hang = 1;
	end = now_ns() + WAIT_MS * 1000000ULL;
	for (int i = 0; !c->said || i < 300; i++) {
		uint64_t begin = now_ns(), took;

		if (i < 300) {
			snprintf(id, sizeof(id), "id%d", i);
			put(s, id, 'b');
		}
		spool_look_after(s, now_ns());
		took = now_ns() - begin;
		longest = took > longest ? took : longest;
		assert_true(now_ns() < end);
		usleep(i < 300 ? 0 : 20000);
	}
	/* it waits once for room, and never for the disk */
	assert_true(longest < 2000000000);
	assert_int_equal(c->said, 1);
	assert_int_equal(c->written, 1);
	assert_true(c->lost > 0 && c->waiting + c->lost == 300);

	p->shared->hang = 0;
	assert_true(spool_settle(s, WAIT_MS));
	assert_int_equal(c->said, 2);
	assert_int_equal(c->waiting, 0);
	assert_int_equal(letter_of(p, "id299", ""), 'b');
	assert_false(spool_close(s)); /* some were lost */
}

static void one_that_never_answers_is_left_behind(void **state)
{
	struct place *p = *state;
	struct spool *s = new_spool(p, SPOOL_PLAIN);
	uint64_t begin = now_ns();

	p->shared->hang = 1;
	put(s, "aaa", 'a');
	assert_false(spool_close(s));
	assert_true(now_ns() - begin < 20000000000);
	assert_int_equal(letter_of(p, "aaa", ""), '-');
}

static void whatever_it_dies_of_nothing_is_lost(void **state)
{
	struct place *p = *state;
	bool all = false;
	int at;

	for (at = 0; !all && at < 100; at++) {
		struct spool *s;

		empty(p->dir);
		*p->shared = (struct shared){.at = at};
		s = new_spool(p, SPOOL_PLAIN);
		assert_int_equal(spool_keep(s, SPOOL_STATE_PREFIX "0.json", "state", 5), 0);
		put(s, "aaa", 'a');
		put(s, "bbb", 'b');
		spool_look_after(s, now_ns());
		assert_true(spool_close(s));
		assert_int_equal(letter_of(p, "aaa", ""), 'a');
		assert_int_equal(letter_of(p, "bbb", ""), 'b');
		all = p->shared->n <= at;
	}
	assert_true(all && at > 2 * (N_STEPS - 3));
}

/* The state is on disk before the reports that come with it, whenever it ends. */
static void the_state_comes_first(void **state)
{
	struct place *p = *state;
	bool seen_without = false, all = false;

	for (int at = 0; !all && at < 100; at++) {
		struct spool *s;
		char *text;
		size_t size;
		int status, err;
		pid_t pid;

		empty(p->dir);
		*p->shared = (struct shared){.at = at};
		pid = fork();
		if (pid == 0) {
			struct spool_config c = {.dir = p->dir,
						 .form = SPOOL_PLAIN,
						 .step = on_step,
						 .ctx = p->shared,
						 .in_place = true};

			spool_new(&c, &s);
			spool_keep(s, ".open-0.json", "state", 5);
			put(s, "aaa", 'a');
			_exit(spool_close(s) ? 0 : 1);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		all = WIFEXITED(status) && WEXITSTATUS(status) == 0;
		p->shared->at = -1;
		s = new_spool(p, SPOOL_PLAIN);
		err = spool_load(s, ".open-0.json", WAIT_MS, &text, &size);
		assert_true(err == 0 || err == -ENOENT);
		if (err == 0) {
			assert_int_equal(size, 5);
			assert_string_equal(text, "state");
			free(text);
			seen_without |= letter_of(p, "aaa", "") == '-';
		} else {
			assert_int_equal(letter_of(p, "aaa", ""), '-');
		}
		if (all) {
			assert_int_equal(spool_aside(s, ".open-0.json", WAIT_MS), 0);
			assert_int_equal(spool_load(s, ".open-0.json", WAIT_MS, &text, &size),
					 -ENOENT);
		}
		assert_true(spool_close(s));
	}
	assert_true(all && seen_without);
}

static void forms(void **state)
{
	static const char text[] = "{\"a\": 1}\n";
	enum spool_form form = SPOOL_AUTO;
	char *packed, *back;
	size_t n, size;

	(void)state;
	assert_non_null(spool_form_parse("lzma", &form));
	assert_null(spool_form_parse("gzip", &form));
	assert_int_equal(form, SPOOL_GZIP);
	assert_int_equal(spool_form_of("x.json.zst"), SPOOL_ZSTD);
	assert_int_equal(spool_form_of("x.json"), SPOOL_PLAIN);
	for (form = SPOOL_GZIP; form <= SPOOL_ZSTD; form++) {
		if (!spool_form_is_known(form))
			continue;
		assert_int_equal(spool_pack(form, text, sizeof(text) - 1, &packed, &n), 0);
		assert_int_equal(spool_unpack(form, packed, n, &back, &size), 0);
		assert_int_equal(size, sizeof(text) - 1);
		assert_string_equal(back, text);
		free(back);
		/* cut anywhere, or with any byte another one, it is damaged, and never something
		 * else */
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(spool_unpack(form, packed, i, &back, &size), -EBADMSG);
			packed[i] ^= 0x55;
			if (spool_unpack(form, packed, n, &back, &size) == 0) {
				assert_string_equal(back, text); /* a byte of gzip's head */
				free(back);
			}
			packed[i] ^= 0x55;
		}
		free(packed);
	}
	assert_int_equal(spool_pack(SPOOL_AUTO, text, 1, &packed, &n), -ENOTSUP);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_is_put_is_written),
		TEST(a_disk_that_does_not_answer_holds_nobody_up),
		TEST(one_that_never_answers_is_left_behind),
		TEST(whatever_it_dies_of_nothing_is_lost),
		TEST(the_state_comes_first),
		TEST(forms),
	};

	return cmocka_run_group_tests_name("spool_process", tests, NULL, NULL);
}
