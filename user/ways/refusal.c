// SPDX-License-Identifier: GPL-2.0
#include "refusal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../rights.h"
#include "text.h"

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF	    39
#endif

/* The machine's first PID namespace has a fixed inode number (PROC_PID_INIT_INO). */
#define FIRST_PID_NAMESPACE 0xEFFFFFFCU

void refusal_lockdown(char *buf, size_t size)
{
	char text[128] = "", *begin, *end;
	int fd = open("/sys/kernel/security/lockdown", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	buf[0] = '\0';
	begin = strchr(text, '['); /* "none [integrity] confidentiality" */
	end = begin ? strchr(begin, ']') : NULL;
	if (!end)
		return;
	*end = '\0';
	text_copy(buf, size, begin + 1);
}

int refusal_pid_namespace(void)
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) < 0)
		return -errno;
	return st.st_ino == FIRST_PID_NAMESPACE ? 0 : -EXDEV;
}

static bool has_capabilities(void)
{
	return rights_has(CAP_SYS_ADMIN) || (rights_has(CAP_BPF) && rights_has(CAP_PERFMON));
}

void refusal_reason(int error, const char *tail, char *buf, size_t size)
{
	char lockdown[32];

	refusal_lockdown(lockdown, sizeof(lockdown));
	if (error == -EXDEV)
		snprintf(buf, size, "we are inside a PID namespace, and BPF shows the ids outside");
	else if (access("/sys/kernel/btf/vmlinux", R_OK) < 0)
		snprintf(buf, size, "this kernel does not describe its types (%s: %s)",
			 "/sys/kernel/btf/vmlinux", strerror(errno));
	else if ((error == -EPERM || error == -EACCES) && !has_capabilities())
		snprintf(buf, size, "the capabilities CAP_BPF and CAP_PERFMON are missing");
	else if (strcmp(lockdown, "confidentiality") == 0) /* a helper is "unknown" then: EINVAL */
		snprintf(buf, size,
			 "kernel lockdown (confidentiality) forbids BPF to read kernel memory");
	else if (error == -EPERM)
		snprintf(buf, size,
			 "the kernel refuses it although the rights are there (lockdown or a "
			 "security module): %s",
			 tail);
	else
		snprintf(buf, size, "%s (%s)", tail, strerror(-error));
}
