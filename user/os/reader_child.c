// SPDX-License-Identifier: GPL-2.0
#include "reader_child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include "child.h"
#include "fd_message.h"
#include "nothing.h"
#include "proc_body.h"

#define SOCK	  3 /* where our end of the socket is */
#define PATH_ROOM (sizeof(((struct reader_request *)NULL)->name) + 16)

/* process_vm_readv reads nothing of an area that is partly unmapped: up to the border then. */
static int64_t read_memory(const struct reader_request *q, char *shared)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	size_t have = 0;

	while (have < q->size) {
		uint64_t from = q->addr + have;
		size_t want = q->size - have, to_border = page - from % page;
		struct iovec local = {.iov_base = shared + have, .iov_len = want};
		struct iovec remote = {.iov_len = want};

		/* an address over there, which is none of ours */
		memcpy(&remote.iov_base, &from, sizeof(remote.iov_base));
		ssize_t n = process_vm_readv(q->pid, &local, 1, &remote, 1, 0);

		if (n < 0 && errno == EFAULT && want > to_border) {
			local.iov_len = remote.iov_len = to_border;
			n = process_vm_readv(q->pid, &local, 1, &remote, 1, 0);
		}
		if (n <= 0)
			return have ? (int64_t)have : n < 0 ? -errno : -EIO;
		have += (size_t)n;
	}
	return (int64_t)have;
}

static int path_of(const struct reader_request *q, char path[PATH_ROOM])
{
	int n = snprintf(path, PATH_ROOM, "%d/%s", q->pid, q->name);

	return n < 0 || n >= (int)PATH_ROOM ? -ENAMETOOLONG : 0;
}

static int64_t read_file(const struct reader_request *q, int root, char *shared)
{
	char path[PATH_ROOM];
	int err = path_of(q, path);
	int fd = err ? -1 : openat(root, path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n = 1;

	if (fd < 0)
		return err ? err : -errno;
	while (have < READER_SHARED && n > 0) {
		n = read(fd, shared + have, READER_SHARED - have);
		if (n > 0)
			have += (size_t)n;
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	int64_t result = n < 0 ? -errno : have == READER_SHARED ? -E2BIG : (int64_t)have;

	close(fd);
	return result;
}

/* As the process sees it: its absolute links lead to its own files, not to ours. */
static int find_in_root(int root, pid_t pid, const char *name)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC,
			       .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
	char path[32];
	int dir, fd, err;

	snprintf(path, sizeof(path), "%d/root", pid);
	dir = openat(root, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	fd = (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));
	err = errno;
	close(dir);
	return fd < 0 ? -err : fd;
}

static int find(const struct reader_request *q, int root)
{
	static const char in_root[] = "root/";
	char path[PATH_ROOM];
	int fd, err;

	if (strncmp(q->name, in_root, sizeof(in_root) - 1) == 0) {
		fd = find_in_root(root, q->pid, q->name + sizeof(in_root) - 1);
		if (fd != -ENOSYS)
			return fd;
	}
	err = path_of(q, path);
	if (err)
		return err;
	fd = openat(root, path, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

#ifndef SMB2_SUPER_MAGIC
#define SMB2_SUPER_MAGIC 0xfe534d42 /* older headers do not have it */
#endif

static bool may_stop_answering(int fd)
{
	static const uint32_t servers[] = {FUSE_SUPER_MAGIC, NFS_SUPER_MAGIC, SMB_SUPER_MAGIC,
					   CIFS_SUPER_MAGIC, SMB2_SUPER_MAGIC};
	struct statfs fs;

	if (fstatfs(fd, &fs) != 0)
		return false;
	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++)
		if ((uint32_t)fs.f_type == servers[i])
			return true;
	return false;
}

/* Programs are smaller; their debug files may not be. */
#define COPY_MAX (64LL << 20)

static int copy(int from, off_t size)
{
	int fd, err = 0;

	if (size > COPY_MAX)
		return -EFBIG;
	fd = memfd_create("locktrace-copy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	while (!err && size > 0) {
		ssize_t n = sendfile(fd, from, NULL, (size_t)size);

		if (n <= 0)
			err = n < 0 ? -errno : -EIO;
		else
			size -= n;
	}
	if (!err && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
		err = -errno;
	if (err)
		close(fd);
	return err ? err : fd;
}

/*
 * A device or a FIFO under a target's root is a trap, and even to open one is
 * to use it: so it is found first, and opened when it is known to be a file.
 */
static int open_regular(const struct reader_request *q, int root)
{
	char self[32];
	struct stat st;
	int found = find(q, root), fd, result;

	if (found < 0)
		return found;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", found);
	if (fstat(found, &st) != 0)
		fd = -errno;
	else if (!S_ISREG(st.st_mode))
		fd = -EINVAL;
	else
		fd = open(self, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	result = fd == -1 ? -errno : fd;
	close(found);
	if (result < 0 || !may_stop_answering(result))
		return result;
	fd = result;
	result = copy(fd, st.st_size);
	close(fd);
	return result;
}

static int answer(int sock, int64_t result, int fd)
{
	struct reader_answer a = {.result = result};

	return fd_message_send(sock, &a, sizeof(a), fd);
}

static int64_t read_it(const struct reader_request *q, int root, char *shared)
{
	switch (q->op) {
	case READER_MEMORY:
		return read_memory(q, shared);
	case READER_FILE:
		return read_file(q, root, shared);
	case READER_OPEN:
		return open_regular(q, root);
	default:
		return -EINVAL;
	}
}

static int serve(struct reader_request *q, int sock, int root, char *shared)
{
	int64_t result = read_it(q, root, shared);
	bool is_fd = q->op == READER_OPEN && result >= 0;
	int err;

	if ((result == -ESRCH || result == -ENOENT || (result == 0 && !is_fd)) &&
	    proc_other_body(root, &q->pid)) {
		result = read_it(q, root, shared);
		is_fd = q->op == READER_OPEN && result >= 0;
	}
	err = answer(sock, is_fd ? 0 : result, is_fd ? (int)result : -1);
	if (is_fd)
		close((int)result);
	return err;
}

/*
 * Nothing of the parent's may stay with a child that may hang for ever: a
 * terminal, or the pipe whose reader waits for its end.
 */
static void leave_parent(int *sock)
{
	struct sigaction normal = {.sa_handler = SIG_DFL};
	sigset_t blocked;
	int null;

	/* Ctrl-C goes to the parent's group */
	setpgid(0, 0);
	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &normal, NULL);
	child_signals(&blocked);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	null = nothing_open();
	for (int fd = 0; fd < 3; fd++)
		if (fd != *sock && dup2(null, fd) < 0)
			close(fd);
	if (*sock != SOCK) {
		dup2(*sock, SOCK);
		*sock = SOCK;
	}
	if (syscall(SYS_close_range, SOCK + 1U, ~0U, 0U) != 0)
		for (int fd = SOCK + 1; fd < 4096; fd++)
			close(fd);
}

_Noreturn void reader_child_run(int sock, char *shared, const char *root, pid_t parent)
{
	static struct reader_request q; /* in the child alone; too large for a small stack */
	int root_fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	prctl(PR_SET_NAME, "locktrace-read");
	leave_parent(&sock);
	root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		_exit(1);
	while (recv(sock, &q, sizeof(q), 0) == sizeof(q)) {
		q.name[sizeof(q.name) - 1] = '\0';
		if (serve(&q, sock, root_fd, shared) != 0)
			break;
	}
	_exit(0);
}
