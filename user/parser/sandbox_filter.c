// SPDX-License-Identifier: GPL-2.0
/*
 * The system calls that are left. What libelf, libdw and libc try, and can do
 * without, fails; anything else is not theirs, and the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "sandbox.h"

#ifdef __aarch64__
#define ARCH AUDIT_ARCH_AARCH64
#else
#define ARCH AUDIT_ARCH_X86_64
#endif

/* The low half of an argument: all that are looked at are ints. Little-endian. */
#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + 8 * (n))

#define LOAD(at)     BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at)
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
#define REFUSE	     (SECCOMP_RET_ERRNO | EACCES)

/* If the call is nr, this; else on. */
#define CALL(nr, what) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##nr, 0, 1), RETURN(what)
#define ALLOW(nr)      CALL(nr, SECCOMP_RET_ALLOW)
#define FAIL(nr)       CALL(nr, REFUSE)

/* If the call is nr: allowed if argument n has none of these bits. */
#define ALLOW_WITHOUT(nr, n, bits)                                                                 \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##nr, 0, 4), LOAD(ARGUMENT(n)),                   \
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1), RETURN(REFUSE),                  \
		RETURN(SECCOMP_RET_ALLOW)
/* ... if it has one of them */
#define ALLOW_WITH(nr, n, bits)                                                                    \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##nr, 0, 4), LOAD(ARGUMENT(n)),                   \
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 1, 0), RETURN(REFUSE),                  \
		RETURN(SECCOMP_RET_ALLOW)
/* ... if it is one of two values */
#define ALLOW_IF(nr, n, value, other)                                                              \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##nr, 0, 5), LOAD(ARGUMENT(n)),                   \
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 2, 0),                                  \
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, other, 1, 0), RETURN(REFUSE),                  \
		RETURN(SECCOMP_RET_ALLOW)

int sandbox_filter(void)
{
	static struct sock_filter code[] = {
		LOAD(offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		LOAD(offsetof(struct seccomp_data, nr)),

		/* to be asked and to ask: the only socket is the one it has */
		ALLOW(recvmsg),
		ALLOW(sendmsg),
		/* to read what was given */
		ALLOW(read),
		ALLOW(pread64),
		ALLOW(lseek),
		ALLOW(close),
		ALLOW(fstat),
		ALLOW_WITH(newfstatat, 3, AT_EMPTY_PATH),
		/* a file that is put away, to be read again, is one that it has twice for a moment
		 */
		ALLOW_IF(fcntl, 1, F_GETFD, F_DUPFD_CLOEXEC),
		/* memory, but none to run */
		ALLOW_WITHOUT(mmap, 2, PROT_EXEC),
		ALLOW_WITHOUT(mprotect, 2, PROT_EXEC),
		ALLOW(munmap),
		ALLOW(mremap),
		ALLOW(brk),
		ALLOW(madvise),
		/* libc and the sanitizers */
		ALLOW(futex),
		ALLOW(getrandom),
		ALLOW(clock_gettime),
		ALLOW(sched_yield),
		ALLOW(gettid),
		ALLOW(getpid),
		ALLOW(rt_sigprocmask),
		ALLOW(rt_sigreturn),
		ALLOW(restart_syscall),
		ALLOW(exit),
		ALLOW(exit_group),

	/* tried by libdw (realpath), qsort, lzma, malloc, abort; no harm if it fails */
#ifdef __NR_open
		FAIL(open),
		FAIL(stat),
		FAIL(lstat),
		FAIL(access),
		FAIL(readlink),
#endif
		FAIL(openat),
		FAIL(statx),
		FAIL(faccessat),
		FAIL(readlinkat),
		FAIL(getcwd),
		FAIL(sysinfo),
		FAIL(sched_getaffinity),
		FAIL(prlimit64),
		FAIL(ioctl),
		FAIL(write),
		FAIL(writev),
		FAIL(prctl),
		RETURN(SECCOMP_RET_KILL_PROCESS),
	};
	const struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) ? -errno : 0;
}
