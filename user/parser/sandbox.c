// SPDX-License-Identifier: GPL-2.0
#include "sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOBODY 65534

/* The debug files of a browser take several hundred megabytes. */
#define MOST_MEMORY (1024ul << 20)
#define MOST_CPU_S  3600 /* of its whole life: each question has a time of its own */
#define MOST_FILES  2048

#if defined(__SANITIZE_ADDRESS__)
#define WITH_SHADOW true /* which takes 20 TB of addresses */
#else
#define WITH_SHADOW false
#endif

/* An empty root, from which nothing leads out. */
static void empty_root(void)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("none", "/proc", "tmpfs", MS_RDONLY | MS_NOEXEC | MS_NOSUID | MS_NODEV,
		  "size=4k,mode=555") == 0 &&
	    chdir("/proc") == 0 && syscall(SYS_pivot_root, ".", ".") == 0)
		umount2(".", MNT_DETACH);
	else if (chroot("/proc/self/fdinfo") != 0) /* goes with the process; 3 and 4 at most */
		return;
	if (chdir("/") != 0)
		_exit(1);
}

static void leave_namespaces(void)
{
	const int flags = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET;

	if (unshare(flags) == 0 || unshare(flags | CLONE_NEWUSER) == 0)
		empty_root();
}

static int limit(int which, rlim_t most)
{
	struct rlimit l = {most, most};

	return setrlimit(which, &l) ? -errno : 0;
}

static int set_limits(void)
{
	int err = WITH_SHADOW ? 0 : limit(RLIMIT_AS, MOST_MEMORY);

	if (!err)
		err = limit(RLIMIT_CPU, MOST_CPU_S);
	if (!err)
		err = limit(RLIMIT_NOFILE, MOST_FILES);
	/* fewer may be allowed already */
	if (err == -EPERM)
		err = 0;
	if (!err)
		err = limit(RLIMIT_FSIZE, 0);
	if (!err)
		err = limit(RLIMIT_CORE, 0);
	if (!err)
		err = limit(RLIMIT_NPROC, 0);
	return err;
}

/* Another user than any. Where that is refused, there are no rights to lose with it. */
static void leave_user(void)
{
	if (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) != 0)
		return;
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {0}, left[2] = {0};

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capset, &head, none) || syscall(SYS_capget, &head, left))
		return -errno;
	for (int i = 0; i < 2; i++)
		if (left[i].effective | left[i].permitted | left[i].inheritable)
			return -EPERM;
	return 0;
}

int sandbox_enter(void)
{
	int err;

	leave_namespaces();
	err = set_limits();
	if (err)
		return err;
	for (int c = 0; c < 64; c++)
		if (prctl(PR_CAPBSET_DROP, c, 0, 0, 0) != 0 && errno != EPERM)
			break; /* past the last */
	leave_user();
	err = drop_capabilities();
	/* a change of user forgets these two */
	if (!err && (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
		     prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0))
		err = -errno;
	return err ? err : sandbox_filter();
}
