/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_STACK_VICTIM_H
#define TESTS_STACK_VICTIM_H

/*
 * Starting a program that blocks, and seeing its thread as the way by /proc
 * does. Included after cmocka.h.
 */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/os.h"
#include "os/parser.h"
#include "os/proc.h"
#include "seen.h"

struct victim {
	pid_t pid;
	FILE *out;
	int in; /* it ends when this is closed */
};

/* Programs lie beside the test. */
static inline void victim_path(const char *name, char path[PATH_MAX])
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	assert_true(n > 0);
	self[n] = '\0';
	snprintf(path, PATH_MAX, "%.3900s/%s", dirname(self), name);
}

static inline struct victim victim_start(const char *path, char *const argv[])
{
	struct victim v;
	int out[2], in[2];

	assert_int_equal(pipe2(out, 0), 0);
	assert_int_equal(pipe2(in, 0), 0);
	v.pid = fork();
	assert_true(v.pid >= 0);
	if (!v.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		close(in[1]);
		close(out[0]);
		execvp(path, argv);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	v.in = in[1];
	v.out = fdopen(out[0], "r");
	assert_non_null(v.out);
	return v;
}

static inline void victim_end(struct victim *v)
{
	close(v->in);
	fclose(v->out);
	kill(v->pid, SIGKILL);
	waitpid(v->pid, NULL, 0);
}

/* Waits until the thread sleeps in that system call; by sp and pc alone. */
static inline void victim_look(const struct os *os, pid_t pid, pid_t tid, long nr, struct seen *ret)
{
	struct proc_syscall call = {.running = true};
	struct proc_status status = {0}, again = {0};
	struct proc_stat stat;

	for (int i = 0; i < 2000; i++) {
		assert_int_equal(proc_status(os->proc_fd, pid, tid, &status), 0);
		assert_int_equal(proc_syscall(os->proc_fd, pid, tid, &call), 0);
		assert_int_equal(proc_status(os->proc_fd, pid, tid, &again), 0);
		if (!call.running && call.nr == nr && status.nvcsw == again.nvcsw)
			break;
		usleep(5000);
	}
	assert_false(call.running);
	assert_int_equal(call.nr, nr);
	assert_int_equal(proc_stat(os->proc_fd, pid, tid, &stat), 0);
	*ret = (struct seen){
		.ref = {pid, tid, stat.start},
		.state = stat.state,
		.syscall = call.nr,
		.sp = call.sp,
		.pc = call.pc,
		.nvcsw = again.nvcsw,
		.nivcsw = again.nivcsw,
	};
	memcpy(ret->args, call.args, sizeof(ret->args));
}

/* The frames with their pcs, which facts do not have. */
static inline void victim_unwind(struct os *os, const struct seen *seen, struct parser_walk *ret)
{
	const struct parser_walking how = {.max = PARSER_FRAMES};

	assert_int_equal(parser_walk(os, seen, &how, ret), 0);
}

#ifdef __x86_64__
/* All registers, as BPF gives them. 0 or -errno. */
static inline int victim_registers(pid_t tid, struct seen *seen)
{
	struct user_regs_struct u;

	if (ptrace(PTRACE_ATTACH, tid, NULL, NULL))
		return -errno;
	assert_int_equal(waitpid(tid, NULL, __WALL), tid);
	assert_int_equal(ptrace(PTRACE_GETREGS, tid, NULL, &u), 0);
	assert_int_equal(ptrace(PTRACE_DETACH, tid, NULL, NULL), 0);
	const uint64_t regs[] = {u.rax, u.rdx, u.rcx, u.rbx, u.rsi, u.rdi, u.rbp, u.rsp, u.r8,
				 u.r9,	u.r10, u.r11, u.r12, u.r13, u.r14, u.r15, u.rip};

	memcpy(seen->regs, regs, sizeof(regs));
	seen->have_regs = true;
	return 0;
}
#else
static inline int victim_registers(pid_t tid, struct seen *seen)
{
	(void)tid, (void)seen;
	return -ENOTSUP;
}
#endif

#endif
