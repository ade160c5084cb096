// SPDX-License-Identifier: GPL-2.0
/* The file that a watch keeps its numbers in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "service/metrics_out.h"

#define S 1000000000ULL

struct place {
	char dir[64], file[96];
};

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	*state = p;
	strcpy(p->dir, "/tmp/test_metrics_out.XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->file, sizeof(p->file), "%s/m.prom", p->dir);
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", p->dir);
	assert_int_equal(system(command), 0);
	free(p);
	return 0;
}

/* "" if there is none. */
static const char *content(const struct place *p)
{
	static char text[65536];
	FILE *f = fopen(p->file, "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[n] = '\0';
	if (f)
		fclose(f);
	return text;
}

static bool has(const struct place *p, const char *line)
{
	return strstr(content(p), line) != NULL;
}

struct watching {
	struct metrics_out *m;
	struct engine_out out;
};

static struct watching begin(const char *path, bool keep)
{
	const struct fact session = {
		.type = FACT_SESSION,
		.session = {.via = "proc",
			    .target = "1 x",
			    .threshold_ns = S / 4,
			    .wall_ns = 1793404931 * S},
	};
	const struct engine_out next = {.report = NULL};
	struct watching w;

	assert_int_equal(metrics_out_new(path, keep, &next, &w.m, &w.out), 0);
	metrics_out_fact(w.m, &session);
	return w;
}

static void look(const struct watching *w, uint64_t now_ns)
{
	metrics_out_looked(w->m, &(struct metrics_look){.began_ns = now_ns - S / 1000,
							.now_ns = now_ns,
							.wall_ns = 1793404931 * S + now_ns,
							.hooks = ""});
}

static void tell(const struct watching *w, enum report_event event)
{
	const struct report r = {
		.event = event, .id = "a", .rule = "deadlock", .severity = SEVERITY_STALL};

	assert_int_equal(w->out.report(w->out.ctx, &r), 0);
}

#define OPEN "\nlocktrace_stalls_open{rule=\"deadlock\",severity=\"stall\",unit=\"none\"} "

static void it_is_there_after_the_first_look_and_gone_in_the_end(void **state)
{
	const struct place *p = *state;
	struct watching w = begin(p->file, false);
	struct stat st;

	umask(0077);
	assert_string_equal(content(p), "");
	look(&w, 10 * S);
	assert_true(has(p, "\nlocktrace_last_look_timestamp_seconds 1793404941\n"));
	assert_true(has(p, "locktrace_watch_info{via=\"proc\",target=\"1 x\"} 1\n"));
	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	assert_true(metrics_out_close(w.m));
	assert_int_not_equal(access(p->file, F_OK), 0);
}

static void news_are_written_sooner(void **state)
{
	const struct place *p = *state;
	struct watching w = begin(p->file, false);

	look(&w, 10 * S);
	tell(&w, EVENT_OPENED);
	look(&w, 10 * S + S / 2);
	assert_false(has(p, OPEN));
	look(&w, 11 * S);
	assert_true(has(p, OPEN "1\n"));
	/* without news not before 5 s are over */
	look(&w, 15 * S);
	assert_true(has(p, "locktrace_last_look_timestamp_seconds 1793404942\n"));
	look(&w, 16 * S);
	assert_true(has(p, "locktrace_last_look_timestamp_seconds 1793404947\n"));
	assert_true(has(p, "\nlocktrace_look_duration_seconds_count 5\n"));
	tell(&w, EVENT_RESOLVED);
	look(&w, 18 * S);
	assert_true(has(p, OPEN "0\n"));
	metrics_out_close(w.m);
}

static void of_one_look_it_stays(void **state)
{
	const struct place *p = *state;
	struct watching w = begin(p->file, true);

	look(&w, 10 * S);
	tell(&w, EVENT_SNAPSHOT);
	assert_true(metrics_out_close(w.m));
	assert_true(has(p, OPEN "1\n"));
	w = begin("/proc/no-such/m.prom", true);
	look(&w, 10 * S);
	assert_false(metrics_out_close(w.m));
}

static void losses_are_counted_once(void **state)
{
	const struct place *p = *state;
	struct watching w = begin(p->file, false);

	/* what is stated of a reason is the sum so far */
	for (uint64_t n = 1; n <= 3; n++) {
		metrics_out_fact(w.m,
				 &(struct fact){.type = FACT_LOST, .lost = {"parser-died", n}});
		metrics_out_fact(
			w.m, &(struct fact){.type = FACT_LOST, .lost = {"parser-timeout", 2 * n}});
	}
	look(&w, 10 * S);
	assert_true(has(p, "\nlocktrace_lost_total{reason=\"parser-died\"} 3\n"));
	assert_true(has(p, "\nlocktrace_parser_failures_total 9\n"));
	assert_true(has(p, "\nlocktrace_facts_total 7\n"));
	metrics_out_close(w.m);
}

static void a_directory_that_is_missing_is_made(void **state)
{
	struct place *p = *state;
	struct watching w;
	struct stat st;

	umask(0077);
	snprintf(p->file, sizeof(p->file), "%s/run/m.prom", p->dir);
	w = begin(p->file, false);
	look(&w, 10 * S);
	assert_true(has(p, "locktrace_build_info"));
	snprintf(p->file, sizeof(p->file), "%s/run", p->dir);
	assert_int_equal(stat(p->file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0755);
	metrics_out_close(w.m);
}

static void what_fails_is_tried_again(void **state)
{
	struct place *p = *state;
	struct watching w;
	char dir[80];

	snprintf(p->file, sizeof(p->file), "%s/a/b/m.prom", p->dir);
	w = begin(p->file, false);
	look(&w, 10 * S);
	assert_string_equal(content(p), "");
	snprintf(dir, sizeof(dir), "%s/a", p->dir);
	assert_int_equal(mkdir(dir, 0755), 0);
	look(&w, 20 * S);
	assert_true(has(p, "locktrace_build_info"));
	metrics_out_close(w.m);
}

/* Whoever may write into the directory does not make us write elsewhere. */
static void links_are_not_followed(void **state)
{
	const struct place *p = *state;
	char victim[96], temporary[128];
	struct watching w;
	struct stat st;

	snprintf(victim, sizeof(victim), "%s/victim", p->dir);
	fclose(fopen(victim, "w"));
	snprintf(temporary, sizeof(temporary), "%s/.m.prom.%d", p->dir, getpid());
	assert_int_equal(symlink(victim, temporary), 0);
	assert_int_equal(symlink(victim, p->file), 0);
	w = begin(p->file, false);
	look(&w, 10 * S);
	assert_true(has(p, "locktrace_build_info"));
	assert_int_equal(lstat(p->file, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(stat(victim, &st), 0);
	assert_int_equal(st.st_size, 0);
	metrics_out_close(w.m);
}

static void the_file_of_another_watch_is_left(void **state)
{
	const struct place *p = *state;
	struct watching w = begin(p->file, false), other = begin(p->file, false);

	look(&w, 10 * S);
	look(&other, 10 * S);
	metrics_out_close(w.m);
	assert_true(has(p, "locktrace_build_info"));
	metrics_out_close(other.m);
	assert_string_equal(content(p), "");
}

/* A process writes as fast as it can, and is killed at any moment. */
static void whoever_reads_reads_it_whole(void **state)
{
	const struct place *p = *state;

	for (int round = 0; round < 20; round++) {
		pid_t child = fork();

		if (child == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL); /* if the test fails */
			struct watching w = begin(p->file, false);

			for (uint64_t now = 10 * S;; now += 5 * S)
				look(&w, now);
		}
		for (int reads = 0; reads < 20;) {
			const char *text = content(p);
			size_t n = strlen(text);

			if (!n)
				continue; /* the first one is on its way */
			assert_true(strncmp(text, "# HELP locktrace_build_info", 27) == 0);
			assert_int_equal(text[n - 1], '\n');
			assert_non_null(strstr(text, "\nlocktrace_parser_failures_total 0\n"));
			reads++;
		}
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		assert_true(has(p, "\nlocktrace_parser_failures_total 0\n"));
	}
}

#define PLACED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACED(it_is_there_after_the_first_look_and_gone_in_the_end),
		PLACED(news_are_written_sooner),
		PLACED(of_one_look_it_stays),
		PLACED(losses_are_counted_once),
		PLACED(a_directory_that_is_missing_is_made),
		PLACED(what_fails_is_tried_again),
		PLACED(links_are_not_followed),
		PLACED(the_file_of_another_watch_is_left),
		PLACED(whoever_reads_reads_it_whole),
	};

	return cmocka_run_group_tests_name("metrics_out", tests, NULL, NULL);
}
