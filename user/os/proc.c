// SPDX-License-Identifier: GPL-2.0
#include "proc.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* comm stands in parentheses and may hold anything, also ") R 1": the last ')' ends it. */
int proc_parse_stat(const char *text, struct proc_stat *ret)
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	struct proc_stat st = {.cpu = -1};
	long long fields[40];
	int n = 0;

	if (!open || !close || close < open || sscanf(text, "%d", &st.pid) != 1)
		return -EBADMSG;
	size_t len = (size_t)(close - open - 1);

	if (len >= sizeof(st.comm))
		len = sizeof(st.comm) - 1;
	memcpy(st.comm, open + 1, len);
	if (close[1] != ' ' || !close[2])
		return -EBADMSG;
	st.state = close[2];
	/* from field 4 on they are all numbers */
	for (const char *p = close + 3; n < 40; n++) {
		char *end;

		fields[n] = strtoll(p, &end, 10);
		if (end == p)
			break;
		p = end;
	}
	if (n < 19)
		return -EBADMSG;
	st.ppid = (pid_t)fields[0];
	st.flags = (uint32_t)fields[5];
	st.n_threads = (uint32_t)fields[16];
	st.start = (uint64_t)fields[18];
	if (n > 35)
		st.cpu = (int)fields[35];
	*ret = st;
	return 0;
}

/* The value of a line "Name:\tvalue" in a status file, or NULL. */
static const char *status_line(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, len) == 0 && line[len] == ':')
			return line + len + 1;
	}
	return NULL;
}

int proc_parse_status(const char *text, struct proc_status *ret)
{
	struct proc_status st = {.ns_depth = 1};
	const char *v = status_line(text, "Tgid");

	if (!v || sscanf(v, "%d", &st.tgid) != 1)
		return -EBADMSG;
	v = status_line(text, "TracerPid");
	if (v)
		st.tracer = (pid_t)strtol(v, NULL, 10);
	v = status_line(text, "voluntary_ctxt_switches");
	if (v)
		st.nvcsw = strtoull(v, NULL, 10);
	v = status_line(text, "nonvoluntary_ctxt_switches");
	if (v)
		st.nivcsw = strtoull(v, NULL, 10);
	/* NSpid has one number for each namespace, ours first */
	v = status_line(text, "NSpid");
	for (int depth = 0; v && *v != '\n' && *v; depth++) {
		char *end;
		long id = strtol(v, &end, 10);

		if (end == v)
			break;
		st.ns_tid = (pid_t)id;
		st.ns_depth = depth + 1;
		v = end;
	}
	*ret = st;
	return 0;
}

int proc_parse_syscall(const char *text, struct proc_syscall *ret)
{
	struct proc_syscall c = {.nr = -1};

	if (strncmp(text, "running", 7) == 0) {
		c.running = true;
		*ret = c;
		return 0;
	}
	if (strncmp(text, "-1 ", 3) == 0) {
		if (sscanf(text, "-1 %" SCNx64 " %" SCNx64, &c.sp, &c.pc) != 2)
			return -EBADMSG;
		*ret = c;
		return 0;
	}
	if (sscanf(text,
		   "%" SCNd32 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64
		   " %" SCNx64 " %" SCNx64 " %" SCNx64,
		   &c.nr, &c.args[0], &c.args[1], &c.args[2], &c.args[3], &c.args[4], &c.args[5],
		   &c.sp, &c.pc) != 9)
		return -EBADMSG;
	*ret = c;
	return 0;
}

/* Lines like "[<0>] do_msgsnd+0x1c0/0x5d0", in old kernels with an address in the brackets. */
int proc_parse_stack(const char *text, char names[][SEEN_KNAME], int max)
{
	int n = 0;

	for (const char *line = text; *line && n < max;) {
		const char *end = strchrnul(line, '\n');
		const char *name = memchr(line, ']', (size_t)(end - line));

		if (name) {
			name++;
			while (name < end && *name == ' ')
				name++;
			size_t len = strcspn(name, "+\n /");

			if (len >= SEEN_KNAME)
				len = SEEN_KNAME - 1;
			/* old kernels end with a bare 0xffffffffffffffff */
			if (len > 0 && name + len <= end && strncmp(name, "0x", 2) != 0) {
				memcpy(names[n], name, len);
				names[n++][len] = '\0';
			}
		}
		line = *end ? end + 1 : end;
	}
	return n;
}

/*
 * What follows the colon of a line of /proc/.../sched, or NULL. The first line
 * begins with the thread's name as it is, and that may hold a line of its own:
 * "x\nse.exec_start:1". So nothing counts before the rule of dashes, which is
 * longer than a name can be.
 */
static const char *sched_value(const char *text, const char *field)
{
	const char *line = strstr(text, "\n--------------------");
	size_t len = strlen(field);

	while (line && (line = strchr(line + 1, '\n'))) {
		if (strncmp(line + 1, field, len) != 0)
			continue;
		const char *value = line + 1 + len;

		value += strspn(value, " ");
		if (*value == ':')
			return value + 1;
	}
	return NULL;
}

int proc_parse_sched_ns(const char *text, const char *field, uint64_t *ret)
{
	const char *value = sched_value(text, field);
	uint64_t ms, ns;

	if (!value)
		return -ENOENT;
	value += strspn(value, " ");
	if (!isdigit((unsigned char)*value) ||
	    sscanf(value, "%" SCNu64 ".%6" SCNu64, &ms, &ns) != 2 ||
	    __builtin_mul_overflow(ms, 1000000, &ms))
		return -EBADMSG;
	*ret = ms + ns;
	return 0;
}

int proc_parse_sched_count(const char *text, const char *field, uint64_t *ret)
{
	const char *value = sched_value(text, field);

	if (!value)
		return -ENOENT;
	value += strspn(value, " ");
	if (!isdigit((unsigned char)*value))
		return -EBADMSG;
	*ret = strtoull(value, NULL, 10);
	return 0;
}

int proc_parse_schedstat(const char *text, struct proc_schedstat *ret)
{
	struct proc_schedstat st;

	if (sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, &st.ran_ns, &st.waited_ns,
		   &st.turns) != 3)
		return -EBADMSG;
	*ret = st;
	return 0;
}

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
int proc_kernel_stack(int proc_fd, pid_t pid, pid_t tid, char names[][SEEN_KNAME], int max)
{
	char buf[4096];
	ssize_t size = read_task(proc_fd, pid, tid, "stack", buf, sizeof(buf));
	int n = size > 0 ? proc_parse_stack(buf, names, max) : 0;

	if (n > 0)
		return n;
	size = read_task(proc_fd, pid, tid, "wchan", buf, sizeof(buf));
	if (size <= 1 || size >= SEEN_KNAME || buf[0] == '0')
		return 0;
	memcpy(names[0], buf, (size_t)size + 1);
	return 1;
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

static int each_id_at(int proc_fd, const char *path, int (*fn)(void *ctx, pid_t id), void *ctx)
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
	return each_id_at(proc_fd, ".", fn, ctx);
}

int proc_each_tid(int proc_fd, pid_t pid, int (*fn)(void *ctx, pid_t tid), void *ctx)
{
	char path[32];

	snprintf(path, sizeof(path), "%d/task", pid);
	return each_id_at(proc_fd, path, fn, ctx);
}

int proc_fd_name(int proc_fd, pid_t pid, int fd, char *buf, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "%d/fd/%d", pid, fd);
	ssize_t n = readlinkat(proc_fd, path, buf, size - 1);

	if (n < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	buf[n] = '\0';
	return 0;
}
