// SPDX-License-Identifier: GPL-2.0
/*
 * Names of code that a program makes while it runs: the file as such, and a
 * process that sleeps below a function of its own making.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "os/stacks.h"
#include "parser/perf_map.h"
#include "victim.h"

/* ---- The file ---- */

static int file_of(const char *text, size_t size)
{
	int fd = memfd_create("map", MFD_CLOEXEC);

	assert_int_equal(write(fd, text, size), size);
	return fd;
}

/* The name of one address, in a static buffer; "" for none. */
static const char *name_in(const char *text, uint64_t pc)
{
	static char name[2048];
	struct jit_name j[2] = {{.pc = pc}, {.pc = 1}};
	int fd = file_of(text, strlen(text));

	assert_int_equal(perf_map_names(fd, j, 2, UINT64_MAX), 0);
	name[0] = '\0';
	for (size_t i = 0; i < 2; i++)
		if (j[i].pc == pc && j[i].name)
			snprintf(name, sizeof(name), "%s", j[i].name);
	jit_names_free(j, 2);
	close(fd);
	return name;
}

static void a_name_covers_its_size(void **state)
{
	static const char text[] = "1000 10 first\n0x1010 0x8 JS:~second /a b.js:2:18\n";

	(void)state;
	assert_string_equal(name_in(text, 0xfff), "");
	assert_string_equal(name_in(text, 0x1000), "first");
	assert_string_equal(name_in(text, 0x100f), "first");
	assert_string_equal(name_in(text, 0x1017), "JS:~second /a b.js:2:18");
	assert_string_equal(name_in(text, 0x1018), "");
}

static void the_last_of_several_counts(void **state)
{
	(void)state;
	assert_string_equal(name_in("1000 100 old\n1040 10 new\n", 0x1048), "new");
	assert_string_equal(name_in("1040 10 old\n1000 100 new\n", 0x1048), "new");
	assert_string_equal(name_in("1000 100 old\n1040 10 new\n", 0x1050), "old");
}

static void a_line_that_is_being_written_is_none(void **state)
{
	(void)state;
	assert_string_equal(name_in("1000 100 whole\n1000 100 ha", 0x1008), "whole");
	assert_string_equal(name_in("1000 100 ha", 0x1008), "");
}

static void lines_of_nonsense(void **state)
{
	static const char *const texts[] = {
		"\n\n",
		"x\n",
		"1000\n",
		"1000 10\n",
		"1000 10 \n",
		"-1000 2000 minus\n",
		"11111111111111111 ffffffffffffffff too large\n",
		"1000 fffffffffffffffff too large\n",
		" 1000 10 blank\n",
		"1000  10 blanks\n",
		"0x 10 none\n",
		"ffffffffffffffff 0 empty\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_string_equal(name_in(texts[i], 0x1008), "");
}

static void long_lines_are_cut(void **state)
{
	const size_t size = 1 << 20;
	char *text = malloc(size);

	(void)state;
	assert_non_null(text);
	memset(text, 'a', size - 20);
	memcpy(text, "1000 10 ", 8); /* NOLINT(bugprone-not-null-terminated-result): goes on */
	snprintf(text + size - 20, 20, "\n1010 10 next\n");
	assert_int_equal(strlen(name_in(text, 0x1000)), 1024);
	assert_string_equal(name_in(text, 0x1010), "next");
	free(text);
}

static void a_file_that_is_too_large_is_not_read(void **state)
{
	struct jit_name j = {.pc = 0x1000};
	int fd = file_of("1000 10 name\n", 13);

	(void)state;
	assert_int_equal(ftruncate(fd, PERF_MAP_MAX), 0);
	assert_int_equal(perf_map_names(fd, &j, 1, UINT64_MAX), 0);
	assert_string_equal(j.name, "name");
	jit_names_free(&j, 1);
	j.name = NULL;
	assert_int_equal(ftruncate(fd, PERF_MAP_MAX + 1), 0);
	assert_int_equal(perf_map_names(fd, &j, 1, UINT64_MAX), -EFBIG);
	assert_null(j.name);
	close(fd);
}

/* What was found up to there may since have been overwritten. */
static void one_that_takes_too_long_names_nothing(void **state)
{
	struct jit_name j = {.pc = 0x1000};
	int fd = file_of("1000 10 name\n", 13);

	(void)state;
	assert_int_equal(perf_map_names(fd, &j, 1, 1), -ETIME);
	assert_null(j.name);
	close(fd);
}

/* ---- The process ---- */

#ifdef __x86_64__
/* push rbp; mov rbp,rsp; call rdi; pop rbp; ret: calls its argument. */
static const uint8_t code[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};

/* By the tables alone it is known who called this, without a frame pointer. */
static void __attribute__((noinline, optimize("omit-frame-pointer"))) sleep_for_ever(void)
{
	for (;;)
		pause();
}

static void write_map(const void *made)
{
	char path[64];
	FILE *out;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", getpid());
	out = fopen(path, "w");
	if (!out || fprintf(out, "%lx %zx made by hand\n", (unsigned long)made, sizeof(code)) < 0)
		_exit(1);
	fclose(out);
}

static void run_made_code(void)
{
	void *made = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void (*call)(void (*fn)(void));

	if (made == MAP_FAILED)
		_exit(1);
	memcpy(made, code, sizeof(code));
	memcpy(&call, &made, sizeof(call));
	write_map(made);
	call(sleep_for_ever);
}

/* Its name for the function of its own making, "" for none. */
static const char *name_of_made(struct os *os, pid_t pid)
{
	static char name[256];
	struct fact_stack stack;
	struct seen seen;

	victim_look(os, pid, pid, SYS_pause, &seen);
	assert_int_equal(stacks_unwind(os->stacks, os, &seen, 64, true, &stack), 0);
	for (size_t i = 0; i < stack.n_frames; i++) {
		const struct fact_frame *f = &stack.frames[i];

		if (strcmp(f->module, "[anonymous]") != 0)
			continue;
		if (f->symbol)
			assert_int_equal(f->symbol_offset, 6);
		snprintf(name, sizeof(name), "%s", f->symbol ? f->symbol : "");
		return name;
	}
	fail_msg("the frame is not in the stack");
	return "";
}

static pid_t start_made(void)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run_made_code();
	}
	assert_true(pid > 0);
	return pid;
}

static void end(pid_t pid)
{
	char path[64];

	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", pid);
	unlink(path);
}

static void made_code_has_a_name(void **state)
{
	pid_t pid = start_made();

	assert_string_equal(name_of_made(*state, pid), "made by hand");
	end(pid);
}

static void a_file_of_before_it_began_is_none(void **state)
{
	const struct timespec before[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	pid_t pid = start_made();
	struct seen seen;
	char path[64];

	victim_look(*state, pid, pid, SYS_pause, &seen);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", pid);
	assert_int_equal(utimensat(AT_FDCWD, path, before, 0), 0);
	assert_string_equal(name_of_made(*state, pid), "");
	end(pid);
}

static void a_file_of_another_user_is_none(void **state)
{
	pid_t pid;
	struct seen seen;
	char path[64];

	if (geteuid() != 0) {
		print_message("chown needs root\n");
		skip();
	}
	pid = start_made();
	victim_look(*state, pid, pid, SYS_pause, &seen);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", pid);
	assert_int_equal(chown(path, 65534, 65534), 0);
	assert_string_equal(name_of_made(*state, pid), "");
	end(pid);
}

/* In a container it is process 1, and writes into a /tmp of its own. */
static void in_namespaces_of_its_own(void **state)
{
	int tell[2];
	pid_t outer, pid;

	if (geteuid() != 0) {
		print_message("namespaces need root\n");
		skip();
	}
	assert_int_equal(pipe(tell), 0);
	outer = fork();
	if (!outer) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNS | CLONE_NEWPID) ||
		    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("tmp", "/tmp", "tmpfs", 0, NULL))
			_exit(1);
		pid = fork();
		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			run_made_code();
		}
		if (write(tell[1], &pid, sizeof(pid)) != sizeof(pid))
			_exit(1);
		waitpid(pid, NULL, 0);
		_exit(0);
	}
	close(tell[1]);
	if (read(tell[0], &pid, sizeof(pid)) != sizeof(pid)) {
		waitpid(outer, NULL, 0);
		close(tell[0]);
		print_message("namespaces are not allowed here\n");
		skip();
	}
	close(tell[0]);
	assert_string_equal(name_of_made(*state, pid), "made by hand");
	kill(pid, SIGKILL);
	waitpid(outer, NULL, 0);
}
#endif

/* The real thing. Node's own code is C++; the functions below are made by it as it runs. */
static void node_says_what_it_made(void **state)
{
	static char script[] = "const a = new Int32Array(new SharedArrayBuffer(4));"
			       "function sleepsForEver() { Atomics.wait(a, 0, 0); }"
			       "function callsIt() { sleepsForEver(); }"
			       "require('fs').writeSync(1, 'ready\\n'); callsIt();";
	static char *const node[] = {
		"node", "--perf-basic-prof", "--interpreted-frames-native-stack",
		/* it writes one of these, too, wherever it is */
		"--no-logfile-per-isolate", "--logfile=build/v8.log", "-e", script, NULL};
	struct os *os = *state;
	struct fact_stack stack;
	struct victim v = victim_start("node", node);
	struct seen seen;
	char line[16] = "", path[64];
	size_t found = 0;

	if (!fgets(line, sizeof(line), v.out)) {
		victim_end(&v);
		print_message("node is not installed\n");
		skip();
	}
	victim_look(os, v.pid, v.pid, SYS_futex, &seen);
	assert_int_equal(stacks_unwind(os->stacks, os, &seen, 128, true, &stack), 0);
	for (size_t i = 0; i < stack.n_frames; i++) {
		const char *name = stack.frames[i].symbol;

		if (name && strncmp(name, "JS:", 3) == 0 &&
		    strstr(name, found ? "callsIt" : "sleepsForEver"))
			found++;
	}
	victim_end(&v);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", v.pid);
	unlink(path);
	assert_in_range(found, 2, 8);
}

static int open_os(void **state)
{
	static struct os os;

	*state = &os;
	return os_open(&os);
}

static int close_os(void **state)
{
	os_close(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_covers_its_size),
		cmocka_unit_test(the_last_of_several_counts),
		cmocka_unit_test(a_line_that_is_being_written_is_none),
		cmocka_unit_test(lines_of_nonsense),
		cmocka_unit_test(long_lines_are_cut),
		cmocka_unit_test(a_file_that_is_too_large_is_not_read),
		cmocka_unit_test(one_that_takes_too_long_names_nothing),
#ifdef __x86_64__
		cmocka_unit_test(made_code_has_a_name),
		cmocka_unit_test(a_file_of_before_it_began_is_none),
		cmocka_unit_test(a_file_of_another_user_is_none),
		cmocka_unit_test(in_namespaces_of_its_own),
#endif
		cmocka_unit_test(node_says_what_it_made),
	};

	return cmocka_run_group_tests(tests, open_os, close_os);
}
