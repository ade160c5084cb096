// SPDX-License-Identifier: GPL-2.0
/*
 * What a parser may not do, tried by somebody who has taken it over; and what
 * the one that runs says of itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "os/parser.h"
#include "os/stacks.h"
#include "parser/sandbox.h"
#include "parser_pids.h"
#include "files.h"
#include "victim.h"

enum { DENIED = 10, DONE, NOT_LOCKED_IN };

/* Each is a system call by its number, so that nothing of libc is in between. */
static const struct attempt {
	const char *what;
	long nr, args[6];
} attempts[] = {
	{"open", SYS_openat, {AT_FDCWD, (long)"/etc/passwd", O_RDONLY}},
	{"open to write", SYS_openat, {AT_FDCWD, (long)"/x", O_RDWR | O_CREAT, 0600}},
	{"socket", SYS_socket, {AF_INET, SOCK_STREAM, 0}},
	{"socketpair", SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0, 0}},
	{"kill", SYS_kill, {1, 0}},
	{"tgkill", SYS_tgkill, {1, 1, 0}},
	{"ptrace", SYS_ptrace, {16, 1, 0, 0}},
	{"process_vm_readv", SYS_process_vm_readv, {1, 0, 0, 0, 0, 0}},
	{"clone", SYS_clone, {SIGCHLD, 0, 0, 0, 0}},
	{"execve", SYS_execve, {(long)"/bin/true", 0, 0}},
	{"unshare", SYS_unshare, {0x10000000}},
	{"setuid", SYS_setuid, {0}},
	{"mount", SYS_mount, {(long)"x", (long)"/", (long)"tmpfs", 0, 0}},
	{"chroot", SYS_chroot, {(long)"/"}},
	{"bpf", SYS_bpf, {0, 0, 0}},
	{"perf_event_open", SYS_perf_event_open, {0, 0, 0, 0, 0}},
	{"io_uring_setup", SYS_io_uring_setup, {1, 0}},
	{"pidfd_open", SYS_pidfd_open, {1, 0}},
	{"memfd_create", SYS_memfd_create, {(long)"x", 0}},
	{"dup", SYS_dup, {2}},
	{"readlinkat", SYS_readlinkat, {AT_FDCWD, (long)"/proc/self/exe", 0, 0}},
	{"stat by name", SYS_newfstatat, {AT_FDCWD, (long)"/", 0, 0}},
	{"write", SYS_write, {1, (long)"x", 1}},
	{"code that was written",
	 SYS_mmap,
	 {0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0}},
	{"an end to the limits", SYS_prctl, {22, 0, 0, 0, 0}},
	{"a call of 32 bits more", 0x40000000 + SYS_getpid, {0}},
};

static int attempt(const struct attempt *a)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		long r;

		if (sandbox_enter())
			syscall(SYS_exit_group, NOT_LOCKED_IN);
		r = syscall(a->nr, a->args[0], a->args[1], a->args[2], a->args[3], a->args[4],
			    a->args[5]);
		/* a call that would fail anyway must be refused for the right reason */
		syscall(SYS_exit_group, r == -1 && errno == EACCES ? DENIED : DONE);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? DENIED : DONE;
	return WEXITSTATUS(status);
}

static void nothing_is_left_to_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		int r = attempt(&attempts[i]);

		if (r != DENIED)
			print_error("%s: %d\n", attempts[i].what, r);
		assert_int_equal(r, DENIED);
	}
}

/* The test itself can tell: what a parser needs is not denied. */
static void to_read_is_left(void **state)
{
	static const struct attempt allowed[] = {
		{"getpid", SYS_getpid, {0}},
		{"memory", SYS_mmap, {0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0}},
		{"lseek", SYS_lseek, {0, 0, SEEK_CUR}},
	};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(attempt(&allowed[i]), DONE);
}

/* That is what keeps its memory bounded: what was read of a file goes, its descriptor stays. */
static void a_file_can_be_put_away_and_read_again(void **state)
{
	struct elf_file *f = file_open_at("names/whole", "/bin/n");
	char path[PATH_MAX];
	uint64_t local;
	int status;
	pid_t pid;

	(void)state;
	file_built("names/whole", path);
	local = file_symbol(path, "local_name");
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		const struct elf_place *p;

		if (sandbox_enter())
			syscall(SYS_exit_group, NOT_LOCKED_IN);
		p = elf_file_place(f, local);
		if (!p || !p->symbol)
			syscall(SYS_exit_group, 1);
		elf_file_sleep(f);
		if (!f->asleep)
			syscall(SYS_exit_group, 2);
		p = elf_file_place(f, local);
		syscall(SYS_exit_group, p && p->symbol && !f->asleep ? DONE : 3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), DONE);
	elf_file_unref(f);
}

static void field(pid_t pid, const char *name, char value[128])
{
	char path[64], line[256];
	FILE *f;

	value[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			sscanf(line + strlen(name), ": %127[^\n]", value);
	fclose(f);
}

static void the_parser_at_work(void **state)
{
	static const char *const caps[] = {"CapInh", "CapPrm", "CapEff", "CapAmb"};
	pid_t pids[PARSERS_MAX] = {0};
	char value[128], path[PATH_MAX];
	struct fact_stack stack;
	struct seen seen;
	struct victim v;
	struct os os;
	int tid;

	(void)state;
	assert_int_equal(os_open(&os), 0);
	parser_names_until(&os, os_now_ns() + 600000000000ull);
	victim_path("victim_o2", path);
	v = victim_start(path, (char *[]){path, "plain", NULL});
	assert_int_equal(fscanf(v.out, "%d", &tid), 1);
	victim_look(&os, v.pid, tid, SYS_pause, &seen);
	assert_int_equal(parser_pids(getpid(), pids), 0); /* none before it is needed */
	assert_int_equal(stacks_unwind(os.stacks, &os, &seen, 64, true, &stack), 0);
	if (!stack.complete)
		print_error("%zu frames, %s\n", stack.n_frames, stack.note);
	assert_true(stack.complete);
	assert_int_equal(parser_pids(getpid(), pids), 1);
	field(pids[0], "Seccomp", value);
	assert_string_equal(value, "2");
	field(pids[0], "NoNewPrivs", value);
	assert_string_equal(value, "1");
	for (size_t i = 0; i < 4; i++) {
		field(pids[0], caps[i], value);
		assert_string_equal(value, "0000000000000000");
	}
	if (geteuid() == 0) {
		field(pids[0], "Uid", value);
		assert_string_equal(value, "65534\t65534\t65534\t65534");
		field(pids[0], "CapBnd", value);
		assert_string_equal(value, "0000000000000000");
	}
	victim_end(&v);
	os_close(&os);
	for (int i = 0; i < 2000 && parser_pids(getpid(), pids); i++)
		usleep(1000);
	assert_int_equal(parser_pids(getpid(), pids), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_left_to_do),
		cmocka_unit_test(to_read_is_left),
		cmocka_unit_test(a_file_can_be_put_away_and_read_again),
		cmocka_unit_test(the_parser_at_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
