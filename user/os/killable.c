// SPDX-License-Identifier: GPL-2.0
#include "killable.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "proc.h"

void killable_set(struct killable *k, pid_t pid)
{
	k->pid = pid;
	k->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
}

char killable_state(const struct killable *k, int proc_fd)
{
	struct proc_stat st;

	return proc_stat(proc_fd, k->pid, k->pid, &st) == 0 ? st.state : 0;
}

uint64_t killable_ran_ns(const struct killable *k)
{
	struct timespec ran;
	clockid_t clock;

	if (clock_getcpuclockid(k->pid, &clock) != 0 || clock_gettime(clock, &ran) != 0)
		return 0;
	return (uint64_t)ran.tv_sec * 1000000000 + (uint64_t)ran.tv_nsec;
}

/* Gone, or not ours to wait for any more (SIGCHLD ignored, or somebody else waited for it)? */
static bool reaped(const struct killable *k)
{
	pid_t result;

	do {
		result = waitpid(k->pid, NULL, WNOHANG);
	} while (result < 0 && errno == EINTR);
	if (result == 0)
		return false;
	if (k->pidfd >= 0)
		close(k->pidfd);
	return true;
}

void graveyard_reap(struct graveyard *g)
{
	size_t kept = 0;

	for (size_t i = 0; i < g->n; i++)
		if (!reaped(&g->left[i]))
			g->left[kept++] = g->left[i];
	g->n = kept;
}

bool graveyard_full(const struct graveyard *g)
{
	return g->n == GRAVES;
}

/* By its descriptor, since the id may be another's by now if somebody else reaped it. */
void graveyard_bury(struct graveyard *g, const struct killable *k)
{
	if (k->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, k->pidfd, SIGKILL, NULL, 0);
	else
		kill(k->pid, SIGKILL);
	if (!reaped(k))
		g->left[g->n++] = *k;
}

void graveyard_leave(struct graveyard *g)
{
	graveyard_reap(g);
	for (size_t i = 0; i < g->n; i++)
		if (g->left[i].pidfd >= 0)
			close(g->left[i].pidfd);
	g->n = 0;
}
