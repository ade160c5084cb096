// SPDX-License-Identifier: GPL-2.0
/*
 * Separate debug files: each of the places where they may lie, and that only
 * the right one counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <ftw.h>

#include "files.h"
#include "os/debug_dirs.h"
#include "os/reader.h"
#include "parser/source.h"
#include "victim.h"

struct rig {
	char dir[64]; /* the test's own, as --debug-dir */
	char build_id_path[128];
	struct debug_dirs *dirs;
	struct reader *reader;
	uint64_t local; /* address of local_name() */
};

static int set_up(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));
	struct elf_file *f;
	char path[PATH_MAX];

	assert_non_null(r);
	snprintf(r->dir, sizeof(r->dir), "/tmp/locktrace-debug-XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	assert_int_equal(reader_new("/proc", &r->reader), 0);
	assert_int_equal(setenv("DEBUGINFOD_CACHE_PATH", r->dir, 1), 0);
	assert_int_equal(debug_dirs_new(&r->dirs), 0);
	assert_int_equal(debug_dirs_add(r->dirs, r->dir), 0);
	f = file_open_at("names/whole", "/usr/bin/names");
	assert_int_equal(strlen(f->build_id), 40);
	snprintf(r->build_id_path, sizeof(r->build_id_path), ".build-id/%.2s/%s.debug", f->build_id,
		 f->build_id + 2);
	elf_file_unref(f);
	file_built("names/whole", path);
	r->local = file_symbol(path, "local_name");
	assert_true(r->local != 0);
	*state = r;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int tear_down(void **state)
{
	struct rig *r = *state;

	nftw(r->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	debug_dirs_free(r->dirs);
	reader_free(r->reader);
	free(r);
	return 0;
}

/* What the parser's parent answers, of a process that has its program at path. */
struct asked {
	const struct rig *rig;
	char dir[PATH_MAX];
	pid_t pid;
};

static int give_debug(void *ctx, const struct source_debug *wanted)
{
	const struct asked *a = ctx;
	const struct debug_wanted w = {wanted->build_id, wanted->link, a->dir};

	return debug_dirs_open(a->rig->dirs, a->rig->reader, a->pid, &w, wanted->nth);
}

/* The name that a program gives an address, "" for none, and the line; as pid has it at path. */
static const char *place_at(const struct rig *r, const char *built, const char *path, uint64_t addr,
			    pid_t pid, int *ret_line)
{
	static char name[256];
	struct asked asked = {r, "", pid};
	const struct source source = {.ctx = &asked, .debug = give_debug};
	struct elf_file *f = file_open_at(built, path);
	const struct elf_place *p;

	snprintf(asked.dir, sizeof(asked.dir), "%.*s", (int)(strrchr(path, '/') - path), path);
	f->source = &source;
	p = elf_file_place(f, addr);
	snprintf(name, sizeof(name), "%s", p && p->symbol ? p->symbol : "");
	*ret_line = p ? p->line : 0;
	elf_file_unref(f);
	return name;
}

static const char *name_at(const struct rig *r, const char *built, const char *path, uint64_t addr,
			   pid_t pid)
{
	int line;

	return place_at(r, built, path, addr, pid, &line);
}

static void put(const struct rig *r, const char *built, const char *path)
{
	char from[PATH_MAX];

	file_built(built, from);
	file_put(from, r->dir, path);
}

static void without_one_there_is_no_name(void **state)
{
	struct rig *r = *state;

	assert_string_equal(name_at(r, "names/whole", "/bin/n", r->local, getpid()), "local_name");
	assert_string_equal(name_at(r, "names/whole.stripped", "/bin/n", r->local, getpid()), "");
}

static void by_build_id(void **state)
{
	struct rig *r = *state;

	put(r, "names/whole.debug", r->build_id_path);
	assert_string_equal(name_at(r, "names/whole.stripped", "/bin/n", r->local, getpid()),
			    "local_name");
}

static void another_file_by_that_name_is_refused(void **state)
{
	struct rig *r = *state;

	put(r, "names/no_id.debug", r->build_id_path);
	assert_string_equal(name_at(r, "names/whole.stripped", "/bin/n", r->local, getpid()), "");
}

static void by_debug_link(void **state)
{
	static const char *const places[] = {"usr/bin/whole.debug", "whole.debug"};
	struct rig *r = *state;

	for (size_t i = 0; i < 2; i++) {
		char path[PATH_MAX];

		assert_string_equal(
			name_at(r, "names/whole.linked", "/usr/bin/n", r->local, getpid()), "");
		put(r, "names/whole.debug", places[i]);
		assert_string_equal(
			name_at(r, "names/whole.linked", "/usr/bin/n", r->local, getpid()),
			"local_name");
		snprintf(path, sizeof(path), "%s/%s", r->dir, places[i]);
		assert_int_equal(unlink(path), 0);
	}
}

/* Without a build-id the checksum says which is the right one. */
static void by_checksum(void **state)
{
	struct rig *r = *state;
	char path[PATH_MAX];
	uint64_t local;

	file_built("names/no_id", path);
	local = file_symbol(path, "local_name");
	put(r, "names/whole.debug", "usr/bin/no_id.debug");
	assert_string_equal(name_at(r, "names/no_id.linked", "/usr/bin/n", local, getpid()), "");
	put(r, "names/no_id.debug", "usr/bin/no_id.debug");
	assert_string_equal(name_at(r, "names/no_id.linked", "/usr/bin/n", local, getpid()),
			    "local_name");
}

static void beside_the_program(void **state)
{
	struct rig *r = *state;
	char at[PATH_MAX];

	snprintf(at, sizeof(at), "%s/bin/n", r->dir);
	put(r, "names/whole.debug", "bin/.debug/whole.debug");
	assert_string_equal(name_at(r, "names/whole.linked", at, r->local, getpid()), "local_name");
}

static void fetched_by_debuginfod(void **state)
{
	struct rig *r = *state;
	struct elf_file *f = file_open_at("names/whole", "/bin/n");
	char path[128];

	snprintf(path, sizeof(path), "%s/debuginfo", f->build_id);
	elf_file_unref(f);
	put(r, "names/whole.debug", path);
	assert_string_equal(name_at(r, "names/whole.stripped", "/bin/n", r->local, getpid()),
			    "local_name");
}

/* A container brings its debug files with it. */
static void in_the_root_of_the_process(void **state)
{
	struct rig *r = *state;
	char path[512], own[128];
	pid_t pid;

	if (geteuid() != 0) {
		print_message("chroot needs root\n");
		skip();
	}
	snprintf(path, sizeof(path), "%s/root%s/%s", r->dir, r->dir, r->build_id_path);
	put(r, "names/whole.debug", path + strlen(r->dir) + 1);
	snprintf(own, sizeof(own), "%s/root", r->dir);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (chroot(own) != 0)
			_exit(1);
		for (;;)
			pause();
	}
	snprintf(path, sizeof(path), "/proc/%d/root", pid);
	for (int i = 0; i < 2000; i++) {
		char to[256] = "";

		if (readlink(path, to, sizeof(to) - 1) > 1)
			break;
		usleep(5000);
	}
	assert_string_equal(name_at(r, "names/whole.stripped", "/bin/n", r->local, pid),
			    "local_name");
	assert_string_equal(name_at(r, "names/whole.stripped", "/bin/n", r->local, getpid()), "");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Without what several debug files share there are no lines, and the name is there all the same. */
static void shared_by_several(void **state)
{
	static const char *const places[] = {"bin/shared.dwz", "bin/.debug/shared.dwz",
					     "shared.dwz"};
	struct rig *r = *state;
	char built[PATH_MAX], at[PATH_MAX];
	int line;

	file_built("names/shared", built);
	if (access(built, R_OK) != 0) {
		print_message("dwz is not installed\n");
		skip();
	}
	snprintf(at, sizeof(at), "%s/bin/n", r->dir);
	for (size_t i = 0; i < 3; i++) {
		char path[PATH_MAX];

		assert_string_equal(place_at(r, "names/shared", at, r->local, getpid(), &line),
				    "local_name");
		assert_int_equal(line, 0);
		put(r, "names/shared.dwz", places[i]);
		assert_string_equal(place_at(r, "names/shared", at, r->local, getpid(), &line),
				    "local_name");
		assert_true(line > 0);
		/* that of another program is none */
		put(r, "names/whole", places[i]);
		place_at(r, "names/shared", at, r->local, getpid(), &line);
		assert_int_equal(line, 0);
		snprintf(path, sizeof(path), "%s/%s", r->dir, places[i]);
		assert_int_equal(unlink(path), 0);
	}
}

/* Symbols in the program itself, as Fedora has them: xz in a section. */
static void packed_into_the_program(void **state)
{
	struct rig *r = *state;
	char path[PATH_MAX];

	file_built("names/whole.mini", path);
	if (access(path, R_OK) != 0) {
		print_message("xz is not installed\n");
		skip();
	}
	assert_string_equal(name_at(r, "names/whole.mini", "/bin/n", r->local, getpid()),
			    "local_name");
}

/* What a program asks for stays below the directories, and opens no device. */
static void requests_of_anybody(void **state)
{
	static const struct debug_wanted wanted[] = {
		{"../../../../etc/passwd", NULL, ""},
		{"ab", NULL, ""},
		{"AB cd", NULL, ""},
		{NULL, "passwd", "/../../.."},
		{NULL, "../passwd", "/etc"},
		{NULL, "..", "/etc"},
		{NULL, "group/../passwd", "/etc"},
		{NULL, ".dwz/../../../../etc/passwd", ""},
		{NULL, "null", "/dev"},
		{NULL, "0", "/proc/self/fd"},
		{NULL, "", ""},
		{NULL, NULL, ""},
	};
	struct rig *r = *state;
	char fifo[128];

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		assert_true(debug_dirs_open(r->dirs, r->reader, getpid(), &wanted[i], 0) < 0);
	snprintf(fifo, sizeof(fifo), "%s/fifo", r->dir);
	assert_int_equal(mkfifo(fifo, 0666), 0);
	assert_int_equal(debug_dirs_open(r->dirs, r->reader, getpid(),
					 &(struct debug_wanted){NULL, "fifo", "/"}, 0),
			 -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
		CASE(without_one_there_is_no_name),
		CASE(by_build_id),
		CASE(another_file_by_that_name_is_refused),
		CASE(by_debug_link),
		CASE(by_checksum),
		CASE(beside_the_program),
		CASE(fetched_by_debuginfod),
		CASE(in_the_root_of_the_process),
		CASE(shared_by_several),
		CASE(packed_into_the_program),
		CASE(requests_of_anybody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
