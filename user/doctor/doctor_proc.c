// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "doctor.h"
#include "../os/ksyms.h"
#include "../ways/text.h"

/* Reads the beginning of a file. Returns 0 or -errno. */
static int read_some(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	int err = 0;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	if (n < 0)
		err = -errno;
	close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return err;
}

/* Can a file of another process be read, and does it say anything? */
static bool ask_file(struct doctor *d, const char *name, pid_t pid, const char *file,
		     const char *follows)
{
	struct doctor_check *c = doctor_add(d, name);
	char path[64], text[128] = "";
	int err;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	err = read_some(path, text, sizeof(text));
	if (err == 0 && !text[0])
		err = -ENODATA;
	c->answer = err == 0 ? DOCTOR_YES : DOCTOR_NO;
	if (err == 0)
		return true;
	text_copy(c->detail, sizeof(c->detail), strerror(-err));
	text_copy(c->follows, sizeof(c->follows), follows);
	return false;
}

static bool ask_memory(struct doctor *d, pid_t pid, const void *word)
{
	long here = 0;
	struct iovec local = {&here, sizeof(here)}, remote = {(void *)word, sizeof(here)};
	bool yes = process_vm_readv(pid, &local, 1, &remote, 1, 0) == sizeof(here);
	struct doctor_check *c = doctor_add(d, "memory of others");

	c->answer = yes ? DOCTOR_YES : DOCTOR_NO;
	if (yes)
		return true;
	text_copy(c->detail, sizeof(c->detail), strerror(errno));
	text_copy(c->follows, sizeof(c->follows), "owners of locks and stacks are not seen");
	return false;
}

static void ask_yama(struct doctor *d)
{
	struct doctor_check *c = doctor_add(d, "ptrace_scope (Yama)");
	char text[16] = "";
	int err = read_some("/proc/sys/kernel/yama/ptrace_scope", text, sizeof(text));

	text[strcspn(text, "\n")] = '\0';
	c->answer = strcmp(text, "3") == 0 ? DOCTOR_NO : DOCTOR_YES;
	snprintf(c->detail, sizeof(c->detail), "%s", err < 0 ? "no Yama here" : text);
	if (c->answer == DOCTOR_NO)
		text_copy(c->follows, sizeof(c->follows),
			  "even root may not read the memory of others until the next boot");
}

static void ask_hidepid(struct doctor *d)
{
	struct doctor_check *c = doctor_add(d, "processes of others");
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char line[1024], *found;

	c->answer = DOCTOR_YES;
	while (f && fgets(line, sizeof(line), f)) {
		found = strstr(line, " /proc ") ? strstr(line, "hidepid=") : NULL;
		if (!found || strncmp(found, "hidepid=0", 9) == 0 ||
		    strncmp(found, "hidepid=off", 11) == 0)
			continue;
		found[strcspn(found, ", \n")] = '\0';
		snprintf(c->detail, sizeof(c->detail), "/proc is mounted with %s", found);
		/* It does not count for those who may trace. */
		c->answer = access("/proc/1/stat", R_OK) == 0 ? DOCTOR_YES : DOCTOR_NO;
	}
	if (f)
		fclose(f);
}

static int try_unix_diag(void)
{
	struct {
		struct nlmsghdr head;
		struct unix_diag_req request;
	} ask = {
		.head = {.nlmsg_len = sizeof(ask),
			 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		.request = {.sdiag_family = AF_UNIX, .udiag_states = 1U << 10 /* listening */},
	};
	char reply[8192] __attribute__((aligned(8)));
	const struct nlmsghdr *head = (const struct nlmsghdr *)reply;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	ssize_t n = -1;
	int err = 0;

	if (fd < 0)
		return -errno;
	if (send(fd, &ask, sizeof(ask), 0) < 0 || (n = recv(fd, reply, sizeof(reply), 0)) < 0)
		err = -errno;
	close(fd);
	if (err == 0 && n >= (ssize_t)NLMSG_LENGTH(sizeof(int)) && head->nlmsg_type == NLMSG_ERROR)
		err = ((const struct nlmsgerr *)NLMSG_DATA(head))->error;
	return err;
}

static void ask_result(struct doctor *d, const char *name, int err, const char *follows)
{
	struct doctor_check *c = doctor_add(d, name);

	c->answer = err == 0 ? DOCTOR_YES : DOCTOR_NO;
	if (err == 0)
		return;
	text_copy(c->detail, sizeof(c->detail), strerror(-err));
	text_copy(c->follows, sizeof(c->follows), follows);
}

static void ask_kallsyms(struct doctor *d)
{
	int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct ksyms *ksyms = NULL;
	int err = proc_fd < 0 ? -errno : ksyms_new(proc_fd, &ksyms);

	ask_result(d, "kernel symbols", err, "kernel frames have no names when seen by BPF");
	if (err == 0)
		ksyms_free(ksyms);
	if (proc_fd >= 0)
		close(proc_fd);
}

/* A process of ours to look at: asleep in pause(), or about to be. */
static pid_t start_sleeper(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_DUMPABLE, 1);
		for (;;)
			pause();
	}
	return pid;
}

void doctor_ask_proc(struct doctor *d)
{
	static const long word = 42;
	pid_t pid = start_sleeper();
	bool call = false, memory = false;

	ask_hidepid(d);
	ask_yama(d);
	if (pid > 0) {
		call = ask_file(d, "/proc/PID/syscall", pid, "syscall",
				"/proc does not tell in which call a thread waits");
		ask_file(d, "/proc/PID/stack", pid, "stack", "kernel stacks are not seen by /proc");
		ask_file(d, "/proc/PID/sched", pid, "sched",
			 "since when is not told by /proc for waits that began before us");
		memory = ask_memory(d, pid, &word);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	ask_result(d, "unix_diag", try_unix_diag(),
		   "two listeners of one path cannot be told apart");
	ask_kallsyms(d);
	d->proc = call && memory;
}
