// SPDX-License-Identifier: GPL-2.0
/*
 * Reports from a device to a desk and back: nothing gets lost, nothing is
 * removed that is not safe elsewhere, and no bundle writes but where it may.
 */
#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bundle/ack.h"
#include "bundle/export.h"
#include "bundle/import.h"
#include "bundle/tar.h"
#include "commands.h"
#include "exit_status.h"
#include "message.h"

static char top[64];

static int sh(const char *format, ...)
{
	char command[2000];
	va_list args;
	int n = snprintf(command, sizeof(command), "cd %s && ", top);

	va_start(args, format);
	vsnprintf(command + n, sizeof(command) - (size_t)n, format, args);
	va_end(args);
	return system(command);
}

#define assert_sh(...) assert_int_equal(sh(__VA_ARGS__), 0)

static const char *in_top(const char *name)
{
	static char paths[4][256];
	static int i;

	i = (i + 1) % 4;
	snprintf(paths[i], sizeof(paths[i]), "%s/%s", top, name);
	return paths[i];
}

static int quietly(int (*run)(int argc, char **argv), int argc, char **argv)
{
	int out = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY), status;

	fflush(stdout);
	dup2(null, STDOUT_FILENO);
	status = run(argc, argv);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	close(null);
	return status;
}

/* A device whose spool has two reports. */
static int set_up(void **state)
{
	static const char *const traces[] = {"abba", "devlog"};
	char trace[64];

	(void)state;
	strcpy(top, "/tmp/locktrace-bundle.XXXXXX");
	assert_non_null(mkdtemp(top));
	for (size_t i = 0; i < 2; i++) {
		snprintf(trace, sizeof(trace), "tests/golden/%s.trace", traces[i]);
		char *argv[] = {"replay", trace, "--spool", (char *)in_top("spool"), NULL};

		assert_int_equal(quietly(cmd_replay, 4, argv), EXIT_STUCK);
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return sh("cd / && rm -rf %s", top);
}

static struct export_count export_as(const char *name, struct export_asked a)
{
	int fd = open(in_top(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	struct export_count count;
	bool output;

	a.spool = in_top("spool");
	assert_true(fd >= 0);
	assert_int_equal(export_write(&a, fd, PACK_GZIP, &count, &output), 0);
	close(fd);
	return count;
}

static struct export_count export_to(const char *name)
{
	return export_as(name, (struct export_asked){0});
}

static int import_with(const char *name, struct import_asked a)
{
	int fd = open(in_top(name), O_RDONLY), out = dup(STDOUT_FILENO);
	int null = open("/dev/null", O_WRONLY), status;

	assert_true(fd >= 0);
	fflush(stdout);
	dup2(null, STDOUT_FILENO);
	if (!a.spool)
		a.dir = in_top("desk");
	a.max_bytes = a.max_bytes ? a.max_bytes : IMPORT_BYTES_DEFAULT;
	status = import_bundle(&a, fd, name);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	close(null);
	return status;
}

static int import(const char *name)
{
	return import_with(name, (struct import_asked){.ack = in_top("ack")});
}

static struct ack_count acked(void)
{
	struct ack_count n;

	assert_int_equal(ack_apply(in_top("ack"), in_top("spool"), &n), 0);
	return n;
}

/* ---- Stories ---- */

static void reports_arrive_as_they_were(void **state)
{
	(void)state;
	assert_int_equal(export_to("b").reports, 2);
	assert_int_equal(import("b"), 0);
	assert_sh("mkdir plain && for f in spool/*; do case $f in"
		  " *.zst) zstdcat $f >plain/$(basename $f .zst) ;;"
		  " *.gz) zcat $f >plain/$(basename $f .gz) ;; *) cp $f plain ;; esac; done");
	assert_sh("for f in plain/*; do cmp $f desk/*/${f##*/} || exit 1; done");
	assert_sh("grep -q '\"event\":\"bundle\"' desk/*/bundle.json");
	/* and the reports alone */
	assert_int_equal(import_with("b", (struct import_asked){.spool = in_top("other")}), 0);
	assert_sh("[ $(ls other/*.json | wc -l) = 2 ] && [ ! -e other/bundle.json ]");
}

static void what_was_confirmed_goes_and_the_next_bundle_is_empty(void **state)
{
	(void)state;
	export_to("b");
	assert_int_equal(import("b"), 0);
	assert_int_equal(acked().removed, 2);
	assert_sh("[ $(ls spool | wc -l) = 0 ]");
	assert_int_equal(export_to("c").reports, 0);
	assert_int_equal(import("c"), 0);
	assert_int_equal(acked().gone, 2); /* again does no harm */
}

static void what_changed_since_is_kept(void **state)
{
	struct ack_count n;

	(void)state;
	export_to("b");
	assert_int_equal(import("b"), 0);
	/* it is resolved, and written anew, as a plain file or a packed one */
	assert_sh(
		"f=$(ls spool/*he64m1fasa*) && case $f in *.zst) zstdcat $f ;; *) cat $f ;; esac |"
		" sed 's/\"event\":\"[a-z]*\"/\"event\":\"resolved\"/; s/\"at\":\"2026/\"at\":\"2027/' >x &&"
		" rm $f && mv x spool/20261121T082206Z-00000001-he64m1fasa-6cedb0bc47a4a3ec.json");
	n = acked();
	assert_int_equal(n.removed, 1);
	assert_int_equal(n.changed, 1);
	assert_int_equal(export_to("c").reports, 1);
	assert_int_equal(import("c"), 0);
	assert_sh("grep -q '\"event\":\"resolved\"' desk/*/*he64m1fasa*");
	/* an older bundle that comes late turns nothing back, and confirms nothing newer */
	assert_int_equal(import("b"), 0);
	assert_sh("grep -q '\"event\":\"resolved\"' desk/*/*he64m1fasa*");
	assert_int_equal(acked().changed, 1);
	assert_int_equal(import("c"), 0);
	assert_int_equal(acked().removed, 1);
}

/* The watch goes on writing, and does not wait for anybody. */
static void write_on(const char *path)
{
	char unfinished[300], text[32];

	snprintf(unfinished, sizeof(unfinished), "%s.new", in_top("x"));
	for (int i = 1; i <= 3000; i++) {
		int fd = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		int n = snprintf(text, sizeof(text), i % 3 ? "first" : "state %d", i);

		if (fd < 0 || write(fd, text, (size_t)n) != n || close(fd) != 0 ||
		    rename(unfinished, path) != 0)
			_exit(1);
		/* it may be taken aside for a moment, but comes back */
		for (int tries = 0; i % 3 == 0 && access(path, F_OK) != 0; tries++) {
			if (tries == 2000)
				_exit(2);
			usleep(1000);
		}
	}
	_exit(0);
}

static void what_is_written_meanwhile_is_not_lost(void **state)
{
	static const char name[] = "20261121T082206Z-00000001-aaaaaaaaaa-6cedb0bc47a4a3ec.json";
	char path[300];
	struct bundle_items items = {0};
	struct bundle_key key;
	char digest[SHA256_HEX];
	size_t removed = 0;
	int status = -1;
	pid_t writer;

	(void)state;
	snprintf(path, sizeof(path), "%s/spool/%s", top, name);
	bundle_key_get(&key);
	bundle_digest(&key, "first", 5, digest);
	assert_int_equal(bundle_items_add(&items, name, digest), 0);
	assert_int_equal(ack_write(in_top("ack"), "0123456789abcdef", NULL, &items), 0);
	bundle_items_free(&items);
	writer = fork();
	if (writer == 0)
		write_on(path);
	while (waitpid(writer, &status, WNOHANG) == 0)
		removed += acked().removed;
	assert_int_equal(status, 0);
	assert_true(removed > 0);
	/* the last one of all, which nobody has confirmed */
	assert_int_equal(acked().removed, 0);
	assert_sh("grep -qx 'state 3000' %s && ! ls -A spool | grep -q acked", path);
}

static void nobody_confirms_what_he_has_not_had(void **state)
{
	struct ack_count n;

	(void)state;
	export_as("b",
		  (struct export_asked){.select = {.ids = (char *[]){"he64m1fasa"}, .n_ids = 1}});
	assert_int_equal(import("b"), 0);
	/* of the other one he knows the name, say */
	assert_sh("f=$(ls spool | grep -v he64 | sed 's/\\.zst$//;s/\\.gz$//') &&"
		  " sed -i \"s/\\\"file\\\": .*/\\\"file\\\": \\\"$f\\\",/\" ack");
	n = acked();
	assert_int_equal(n.removed, 0);
	assert_int_equal(n.changed, 1);
	assert_sh("[ $(ls spool | wc -l) = 2 ]");
}

static void an_ack_that_is_none_removes_nothing(void **state)
{
	static const struct {
		const char *text;
		int status;
	} bad[] = {
		{"", EXIT_TRACE_FOREIGN},
		{"{}", EXIT_TRACE_FOREIGN},
		{"[]", EXIT_TRACE_FOREIGN},
		{"{\"event\":\"ack\",\"schema\":9,\"bundle\":\"0123456789abcdef\"}",
		 EXIT_TRACE_NEWER},
		{"{\"event\":\"ack\",\"schema\":1,\"bundle\":\"0123456789abcdef\"}",
		 EXIT_TRACE_BROKEN},
		{"{\"event\":\"ack\",\"schema\":1,\"bundle\":\"0123456789abcdef\","
		 "\"reports\":[{\"file\":\"../x\",\"digest\":null}]}",
		 EXIT_TRACE_BROKEN},
	};
	struct ack_count n;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_sh("printf %%s '%s' >ack", bad[i].text);
		assert_int_equal(ack_apply(in_top("ack"), in_top("spool"), &n), bad[i].status);
	}
	assert_int_equal(ack_apply(in_top("none"), in_top("spool"), &n), EXIT_INPUT);
	assert_sh("[ $(ls spool | wc -l) = 2 ]");
}

static void without_names_all_of_it_works_the_same(void **state)
{
	(void)state;
	assert_int_equal(export_as("b", (struct export_asked){.redact = true}).reports, 2);
	assert_sh("! zcat b | grep -q 'device-7\\|\"scene\\|logger\\|/tmp\\|locktrace-scene'");
	assert_sh("! zcat b | grep -aq \"$(cat /etc/machine-id 2>/dev/null || echo none)\"");
	assert_int_equal(import("b"), 0);
	assert_sh("! grep -q \"\\\"name\\\":\\\"$(uname -n)\\\"\" desk/*/bundle.json");
	if (access("/etc/machine-id", R_OK) == 0)
		assert_int_equal(acked().removed, 2);
}

static void what_is_asked_for_is_in_it(void **state)
{
	struct export_asked a = {0};

	(void)state;
	a.select.since_s = 4000000000; /* nothing is that young */
	assert_int_equal(export_as("b", a).reports, 0);
	a.select.since_s = 0;
	assert_int_equal(spool_select_filter(&a.select, LIST_ONLY, "rule=deadlock"), 0);
	assert_int_equal(export_as("b", a).reports, 1);
	filters_free(&a.select.filters);
	a = (struct export_asked){.traces = {"tests/golden/abba.trace"}};
	assert_int_equal(export_as("b", a).traces, 1);
	assert_int_equal(import("b"), 0);
	assert_sh("cmp desk/*/traces/abba.trace %s/tests/golden/abba.trace", getenv("PWD"));
}

static void a_broken_report_is_left_out_and_said(void **state)
{
	(void)state;
	assert_sh("echo '{' >spool/20261121T082206Z-00000099-aaaaaaaaaa-6cedb0bc47a4a3ec.json");
	assert_int_equal(export_to("b").broken, 1);
	assert_int_equal(import("b"), 0);
	assert_int_equal(acked().removed, 2);
	assert_sh("ls spool/*aaaaaaaaaa*");
}

/* ---- What strangers send ---- */

static void cut_anywhere_what_was_whole_is_kept(void **state)
{
	struct stat st;

	(void)state;
	export_to("b");
	assert_sh("zcat b >b.tar");
	assert_int_equal(stat(in_top("b.tar"), &st), 0);
	for (off_t size = 0; size < st.st_size - 1024; size += 1700) {
		int status;

		assert_sh("rm -rf desk ack && head -c %ld b.tar >cut", (long)size);
		status = import("cut");
		assert_int_equal(status, size < 512 ? EXIT_TRACE_FOREIGN : EXIT_TRACE_BROKEN);
		assert_sh("[ ! -e ack ]");
		assert_sh("[ ! -d desk ] || for f in desk/*/2*.json; do [ ! -e $f ] ||"
			  " tail -c 2 $f | grep -q '}' || exit 1; done");
		assert_sh("! ls -A desk/* 2>/dev/null | grep -q '\\.tmp$'");
	}
}

static uint32_t next_random(uint32_t *x)
{
	*x = *x * 1664525 + 1013904223;
	return *x >> 8;
}

/* Whatever a byte becomes: it is said, and what is written is a report, or what was told of the
 * machine. */
static void damaged_anywhere_it_does_no_harm(void **state)
{
	static char whole[256 * 1024], bad[sizeof(whole)];
	const char *rounds = getenv("FUZZ_ROUNDS");
	uint32_t x = 7;
	size_t n;
	FILE *f;

	(void)state;
	export_to("b");
	assert_sh("zcat b >b.tar");
	f = fopen(in_top("b.tar"), "r");
	n = fread(whole, 1, sizeof(whole), f);
	fclose(f);
	assert_true(n > 10000 && n < sizeof(whole));
	for (int i = 0; i < (rounds ? atoi(rounds) : 150); i++) {
		int status;

		memcpy(bad, whole, n);
		/* half of them in headers, where there are few bytes and much is decided */
		for (uint32_t k = next_random(&x) % 8 + 1; k; k--) {
			size_t at = next_random(&x) % n;

			bad[i & 1 ? at / 512 * 512 + at % 160 : at] = (char)next_random(&x);
		}
		f = fopen(in_top("bad"), "w");
		fwrite(bad, 1, n, f);
		fclose(f);
		status = import_with("bad", (struct import_asked){.spool = in_top("desk"),
								  .ack = in_top("ack")});
		if (status != 0 && status != EXIT_TRACE_BROKEN && status != EXIT_TRACE_FOREIGN &&
		    status != EXIT_TRACE_NEWER)
			fail_msg("round %d: status %d", i, status);
	}
	assert_sh("! ls -A | grep -qvx 'b\\|b.tar\\|bad\\|desk\\|ack\\|spool'");
	assert_sh("! ls -A desk | grep -qv '^20261121T[0-9]*Z-.*\\.json$'");
}

/* Puts one entry, named as it says, in front of the end of a bundle. */
static void put_evil(const char *name, const char *text)
{
	int fd = open(in_top("evil"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	struct pack *p;
	static const char first[] =
		"{\"schema\":1,\"event\":\"bundle\",\"locktrace\":\"1\","
		"\"id\":\"0123456789abcdef\",\"host\":{\"name\":\"../../x y\"}}\n";

	assert_int_equal(pack_open(fd, PACK_NONE, &p), 0);
	assert_int_equal(tar_put(p, "locktrace-bundle", "bundle.json", first, strlen(first), 0), 0);
	assert_int_equal(tar_put(p, "", name, text, strlen(text), 0), 0);
	assert_int_equal(tar_put_end(p), 0);
	pack_free(p);
	close(fd);
}

static void nothing_is_written_elsewhere(void **state)
{
	static const char *const names[] = {
		"../evil",
		"/tmp/locktrace-evil",
		"locktrace-bundle/../../evil",
		"locktrace-bundle/reports/../../../evil.json",
		"locktrace-bundle/reports/20261121T082206Z-00000001-aaaaaaaaaa-6cedb0bc47a4a3ec.json/..",
		"locktrace-bundle/traces/../../evil",
		"locktrace-bundle/traces/.bashrc",
		"locktrace-bundle/traces/",
		"locktrace-bundle/traces/a/b",
		"locktrace-bundle/.ssh/authorized_keys",
		"locktrace-bundle/x.ack",
		"reports/.20261121T082206Z-00000001-aaaaaaaaaa-6cedb0bc47a4a3ec.json.tmp",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		put_evil(names[i], "evil");
		assert_sh("rm -rf desk && find . ! -name before | sort >before");
		assert_int_equal(import("evil"), EXIT_TRACE_BROKEN);
		assert_sh("find . ! -name before ! -path './desk*' | sort | cmp - before");
		/* one directory, under a harmless name, with what was told of it */
		assert_sh("[ \"$(find desk -type f)\" = \"desk/_._.._x_y/bundle.json\" ]");
	}
	assert_int_equal(access("/tmp/locktrace-evil", F_OK), -1);
}

static void links_are_not_followed(void **state)
{
	(void)state;
	export_to("b");
	/* a link where a directory is to be, in the archive and on the disk */
	assert_sh("mkdir target && zcat b | tar x && rm -rf locktrace-bundle/reports &&"
		  " ln -s %s/target locktrace-bundle/reports &&"
		  " tar cf evil locktrace-bundle/bundle.json locktrace-bundle/reports",
		  top);
	assert_int_equal(import("evil"), EXIT_TRACE_BROKEN);
	assert_sh("[ -z \"$(ls target)\" ] && [ -z \"$(find desk -type l)\" ]");
	assert_sh("d=$(ls desk) && rm -rf desk/$d && ln -s %s/target desk/$d", top);
	assert_int_equal(import("b"), EXIT_OUTPUT);
	assert_sh("[ -z \"$(ls target)\" ]");
}

static void a_report_is_what_its_name_says(void **state)
{
	(void)state;
	put_evil("reports/20261121T082206Z-00000001-he64m1fasa-6cedb0bc47a4a3ec.json", "{}");
	assert_int_equal(import("evil"), EXIT_TRACE_BROKEN);
	export_to("b");
	assert_sh("zcat b | tar x && cd locktrace-bundle/reports &&"
		  " mv 2*he64m1fasa* 20261121T082206Z-00000001-bbbbbbbbbb-6cedb0bc47a4a3ec.json &&"
		  " cd ../.. && tar cf evil locktrace-bundle/bundle.json locktrace-bundle/reports"
		  " locktrace-bundle/contents.json && rm -rf desk");
	assert_int_equal(import("evil"), EXIT_TRACE_BROKEN);
	assert_sh("[ $(ls desk/*/2*.json | wc -l) = 1 ]");
	/* of what is whole the device may remove its own */
	assert_int_equal(acked().removed, 1);
	assert_sh("ls spool/*he64m1fasa*");
}

/* Its name is of when it was first told; another rule made it another bug since. */
static void a_report_whose_signature_changed_arrives(void **state)
{
	(void)state;
	assert_sh("f=$(ls spool/*he64m1fasa*) &&"
		  " mv $f spool/20261121T082206Z-00000001-he64m1fasa-0123456789abcdef.${f#*.}");
	assert_int_equal(export_to("b").reports, 2);
	assert_int_equal(import("b"), 0);
	assert_sh("grep -q '\"signature\":\"6cedb0bc47a4a3ec\"'"
		  " desk/*/*-he64m1fasa-0123456789abcdef.json");
	assert_int_equal(acked().removed, 2);
	assert_sh("[ $(ls spool | wc -l) = 0 ]");
}

static void it_is_no_larger_than_allowed(void **state)
{
	struct import_asked a = {.ack = in_top("ack"), .max_bytes = 12000};

	(void)state;
	export_to("b");
	assert_int_equal(import_with("b", a), EXIT_TRACE_BROKEN);
	assert_sh("[ ! -e ack ]");
	/* what unpacks to very much */
	assert_sh(
		"{ head -c 1M /dev/zero | tr '\\0' ' '; } >x; for i in 1 2 3 4; do cat x; done | gzip >b");
	assert_int_equal(import("b"), EXIT_TRACE_FOREIGN);
}

static void what_is_no_bundle_is_said_to_be_none(void **state)
{
	(void)state;
	assert_sh("tar cf b spool && echo hello >c && : >d");
	assert_int_equal(import("b"), EXIT_TRACE_FOREIGN);
	assert_int_equal(import("c"), EXIT_TRACE_FOREIGN);
	assert_int_equal(import("d"), EXIT_TRACE_FOREIGN);
	assert_sh("[ ! -e desk ]");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reports_arrive_as_they_were),
		TEST(what_was_confirmed_goes_and_the_next_bundle_is_empty),
		TEST(what_changed_since_is_kept),
		TEST(what_is_written_meanwhile_is_not_lost),
		TEST(nobody_confirms_what_he_has_not_had),
		TEST(an_ack_that_is_none_removes_nothing),
		TEST(without_names_all_of_it_works_the_same),
		TEST(what_is_asked_for_is_in_it),
		TEST(a_broken_report_is_left_out_and_said),
		TEST(cut_anywhere_what_was_whole_is_kept),
		TEST(damaged_anywhere_it_does_no_harm),
		TEST(nothing_is_written_elsewhere),
		TEST(links_are_not_followed),
		TEST(a_report_is_what_its_name_says),
		TEST(a_report_whose_signature_changed_arrives),
		TEST(it_is_no_larger_than_allowed),
		TEST(what_is_no_bundle_is_said_to_be_none),
	};

	return cmocka_run_group_tests_name("bundle", tests, NULL, NULL);
}
