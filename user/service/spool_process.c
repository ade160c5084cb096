// SPDX-License-Identifier: GPL-2.0
#include "spool_process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../os/child.h"
#include "../os/nothing.h"

#define SOCK 3 /* where the child's end is */

int spool_process_new(struct spool_process *p, const struct spool_config *c)
{
	*p = (struct spool_process){.c = c, .sock = -1};
	p->batch = mmap(NULL, sizeof(*p->batch), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return p->batch == MAP_FAILED ? -ENOMEM : 0;
}

/*
 * It may hang for longer than we live: so nothing of ours stays with it, no
 * hooks, no pipe whose reader waits for its end. And it finishes what it has:
 * a signal that ends all of a service is not for it, the end of its socket is.
 */
static void leave_parent(int sock)
{
	struct sigaction normal = {.sa_handler = SIG_DFL};
	sigset_t blocked;
	int null;

	setpgid(0, 0);
	for (int sig = 1; sig < NSIG; sig++)
		sigaction(sig, &normal, NULL);
	child_signals(&blocked);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
	if (sock != SOCK)
		dup2(sock, SOCK);
	null = nothing_open();
	for (int fd = 0; fd < SOCK; fd++)
		if (null >= 0 && dup2(null, fd) < 0)
			close(fd);
	if (syscall(SYS_close_range, SOCK + 1U, ~0U, 0U) != 0)
		for (int fd = SOCK + 1; fd < 4096; fd++)
			close(fd);
}

static _Noreturn void serve(const struct spool_process *p, int sock)
{
	struct spool_writer w = {.c = p->c, .dir_fd = -1, .removed = p->batch->removed};
	char word;

	prctl(PR_SET_NAME, "locktrace-spool");
	leave_parent(sock);
	while (recv(SOCK, &word, 1, 0) == 1) {
		spool_batch_run(p->batch, &w);
		if (send(SOCK, &word, 1, MSG_NOSIGNAL) != 1)
			break;
	}
	_exit(0);
}

static int start(struct spool_process *p)
{
	int socks[2], err = 0;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, socks) != 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		serve(p, socks[1]);
	if (pid < 0) {
		err = -errno;
		close(socks[0]);
	} else {
		killable_set(&p->child, pid);
		p->sock = socks[0];
	}
	close(socks[1]);
	return err;
}

/* Killed, and gone now or, if it hangs in the kernel, whenever that lets it go. */
static void end(struct spool_process *p)
{
	struct graveyard left = {.n = 0};

	if (!p->child.pid)
		return;
	graveyard_bury(&left, &p->child);
	for (int i = 0; left.n && i < 20; i++) {
		usleep(1000);
		graveyard_reap(&left);
	}
	graveyard_leave(&left);
	close(p->sock);
	p->child.pid = 0;
	p->sock = -1;
}

int spool_process_send(struct spool_process *p)
{
	int err = p->child.pid ? 0 : start(p);

	if (!err && send(p->sock, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1) {
		end(p); /* it died while it had nothing to do */
		err = start(p);
		if (!err && send(p->sock, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1)
			err = -EPIPE;
	}
	p->busy = !err;
	return err;
}

bool spool_process_done(struct spool_process *p, int timeout_ms)
{
	struct pollfd pfd = {.fd = p->sock, .events = POLLIN};
	char word;

	if (!p->busy)
		return true;
	if (poll(&pfd, 1, timeout_ms) <= 0)
		return false;
	if (recv(p->sock, &word, 1, MSG_DONTWAIT) != 1)
		end(p);
	p->busy = false;
	return true;
}

void spool_process_free(struct spool_process *p)
{
	if (p->child.pid && !p->busy) {
		/* it leaves by itself, and lets go of the directory before we say that we are done
		 */
		struct pollfd pfd = {.fd = p->sock, .events = POLLIN};

		shutdown(p->sock, SHUT_WR);
		poll(&pfd, 1, 1000);
	}
	end(p);
	munmap(p->batch, sizeof(*p->batch));
}
