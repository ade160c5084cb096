// SPDX-License-Identifier: GPL-2.0
/* Reading under an open /proc; proc_parse.c has the parsers. */
#include "proc.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ssize_t proc_read(int proc_fd, const char *path, char *buf, size_t size)
{
	int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	do {
		n = read(fd, buf + have, size - 1 - have);
		if (n > 0)
			have += (size_t)n;
	} while ((n > 0 && have < size - 1) || (n < 0 && errno == EINTR));
	int err = n < 0 ? -errno : 0;

	close(fd);
	if (err)
		return err;
	buf[have] = '\0';
	return (ssize_t)have;
}

static ssize_t read_task(int proc_fd, pid_t pid, pid_t tid, const char *name, char *buf,
			 size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/task/%d/%s", pid, tid, name);
	return proc_read(proc_fd, path, buf, size);
}

int proc_stat(int proc_fd, pid_t pid, pid_t tid, struct proc_stat *ret)
{
	char buf[1024];
	ssize_t n = read_task(proc_fd, pid, tid, "stat", buf, sizeof(buf));

	return n < 0 ? (int)n : proc_parse_stat(buf, ret);
}

/*
 * The switches stand last, after the list of groups, and a process may be in
 * 65,536 of these: then 4 KB become 700.
 */
#define STATUS_MAX (1U << 20)

static int read_status(int proc_fd, const char *path, struct proc_status *ret)
{
	char small[4096], *large;
	ssize_t n = proc_read(proc_fd, path, small, sizeof(small));
	int err;

	if (n < 0)
		return (int)n;
	if ((size_t)n < sizeof(small) - 1)
		return proc_parse_status(small, ret);
	large = malloc(STATUS_MAX);
	if (!large)
		return -ENOMEM;
	n = proc_read(proc_fd, path, large, STATUS_MAX);
	err = n < 0 ? (int)n : n == STATUS_MAX - 1 ? -E2BIG : proc_parse_status(large, ret);
	free(large);
	return err;
}

int proc_status(int proc_fd, pid_t pid, pid_t tid, struct proc_status *ret)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/task/%d/status", pid, tid);
	return read_status(proc_fd, path, ret);
}

int proc_syscall(int proc_fd, pid_t pid, pid_t tid, struct proc_syscall *ret)
{
	char buf[256];
	ssize_t n = read_task(proc_fd, pid, tid, "syscall", buf, sizeof(buf));

	return n < 0 ? (int)n : proc_parse_syscall(buf, ret);
}

/* wchan is the innermost function alone, but open to more readers than the stack is. */
void proc_kernel_stack(int proc_fd, pid_t pid, pid_t tid, struct seen *ret)
{
	char buf[4096];
	ssize_t size = read_task(proc_fd, pid, tid, "stack", buf, sizeof(buf));

	proc_parse_stack(size > 0 ? buf : "", ret);
	if (ret->n_kframes)
		return;
	size = read_task(proc_fd, pid, tid, "wchan", buf, sizeof(buf));
	if (size > 1 && size < SEEN_KNAME && buf[0] != '0')
		seen_add_kframe(ret, buf, (size_t)size, "", 0);
}

pid_t proc_tgid(int proc_fd, pid_t tid)
{
	char path[32];
	struct proc_status st;

	snprintf(path, sizeof(path), "%d/status", tid);
	int err = read_status(proc_fd, path, &st);

	return err ? err : st.tgid;
}

/* As the kernel writes it; the C library's struct dirent64 has the same form. */
static int each_number(const char *buf, size_t size, int (*fn)(void *ctx, pid_t id), void *ctx)
{
	for (size_t at = 0; at < size;) {
		const struct dirent64 *e = (const void *)(buf + at);
		int result = 0;

		if (isdigit((unsigned char)e->d_name[0]))
			result = fn(ctx, (pid_t)strtol(e->d_name, NULL, 10));
		if (result)
			return result;
		at += e->d_reclen;
	}
	return 0;
}

int proc_each_id(int dir_fd, int (*fn)(void *ctx, pid_t id), void *ctx)
{
	_Alignas(struct dirent64) char buf[32768]; /* a thousand ids at a time */
	int result = 0;

	if (lseek(dir_fd, 0, SEEK_SET) < 0)
		return -errno;
	while (!result) {
		ssize_t n = getdents64(dir_fd, buf, sizeof(buf));

		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		result = each_number(buf, (size_t)n, fn, ctx);
	}
	return result;
}

int proc_each_id_at(int proc_fd, const char *path, int (*fn)(void *ctx, pid_t id), void *ctx)
{
	int fd = openat(proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	int result = proc_each_id(fd, fn, ctx);

	close(fd);
	return result;
}

int proc_each_pid(int proc_fd, int (*fn)(void *ctx, pid_t pid), void *ctx)
{
	return proc_each_id_at(proc_fd, ".", fn, ctx);
}

int proc_each_tid(int proc_fd, pid_t pid, int (*fn)(void *ctx, pid_t tid), void *ctx)
{
	char path[32];

	snprintf(path, sizeof(path), "%d/task", pid);
	return proc_each_id_at(proc_fd, path, fn, ctx);
}
