// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "../os/os.h"
#include "../os/proc.h"
#include "../os/sockets.h"
#include "socket_end.h"
#include "state.h"

enum socket_side socket_call(const struct seen *s, bool sends, int *ret_fd)
{
	*ret_fd = (int)s->args[0];
	switch (s->syscall) {
	case SYS_write:
	case SYS_writev:
	case SYS_sendto:
	case SYS_sendmsg:
	case SYS_sendmmsg:
	case SYS_sendfile:
		return SOCKET_SENDS;
	case SYS_read:
	case SYS_readv:
	case SYS_recvfrom:
	case SYS_recvmsg:
	case SYS_recvmmsg:
		return SOCKET_RECEIVES;
	case SYS_splice:
		if (sends)
			*ret_fd = (int)s->args[2];
		return sends ? SOCKET_SENDS : SOCKET_RECEIVES;
	default:
		return SOCKET_NONE;
	}
}

int socket_inode(struct os *os, pid_t pid, int fd, uint64_t *ret)
{
	char link[64];
	int r = proc_fd_name(os->proc_fd, pid, fd, link, sizeof(link));

	if (r < 0)
		return r;
	return sscanf(link, "socket:[%" SCNu64 "]", ret) == 1 ? 0 : -ENOTSOCK;
}

/* The whole process, or its only thread. Returns 1 if it was stated, 0 if it has gone. */
static int state_process(const struct probe_env *env, const struct wait *w, pid_t pid,
			 enum evidence evidence, const char *why)
{
	struct thread_ref ref = {.pid = pid};
	struct proc_stat st;
	int r;

	if (proc_stat(env->os->proc_fd, pid, pid, &st))
		return 0; /* went away: does not hold it any more */
	ref.start = st.start;
	if (st.n_threads == 1)
		ref.tid = pid;
	r = state_hold(env, w, &ref, evidence, why);
	return r ? r : 1;
}

/*
 * A process of one thread that waits at one end does nothing with the other,
 * even if it has it: after fork() both ends of a pair often stay open in both.
 */
static bool is_waiter_alone(const struct probe_env *env, const struct seen *s, pid_t pid)
{
	struct proc_stat st;

	return pid == s->ref.pid && !proc_stat(env->os->proc_fd, pid, pid, &st) &&
	       st.n_threads == 1;
}

struct holders {
	const pid_t *pids;
	size_t n, unseen;
	bool besides_waiter; /* the waiter has it too, and is left out */
};

static void explain(const struct holders *h, const struct socket_end *end, char *buf, size_t size)
{
	const char *besides = h->besides_waiter ? " besides the one that waits" : "";

	if (!end->sure)
		snprintf(buf, size, "has %s%s", end->what, end->doubt);
	else if (h->n == 1 && h->unseen)
		snprintf(buf, size, "has %s; %zu other processes could not be looked at", end->what,
			 h->unseen);
	else if (h->n == 1)
		snprintf(buf, size, "the only process with %s%s", end->what, besides);
	else
		snprintf(buf, size, "one of %zu processes with %s%s", h->n, end->what, besides);
}

static int state_each(const struct probe_env *env, const struct seen *s, const struct wait *w,
		      const struct socket_end *end, struct holders *h)
{
	bool exact = false;
	size_t stated = 0;
	char why[160];

	for (size_t i = 0; h->n > 1 && i < h->n; i++)
		h->besides_waiter |= is_waiter_alone(env, s, h->pids[i]);
	h->n -= h->besides_waiter;
	exact = end->sure && h->n == 1 && !h->unseen;
	explain(h, end, why, sizeof(why));
	for (size_t i = 0; i < h->n + h->besides_waiter; i++) {
		int r;

		if (h->besides_waiter && h->pids[i] == s->ref.pid)
			continue;
		r = state_process(env, w, h->pids[i], exact ? EVIDENCE_EXACT : EVIDENCE_INFERRED,
				  why);
		if (r < 0)
			return r;
		stated += r;
	}
	return stated ? 0 : -ESTALE;
}

/*
 * The pid that the kernel keeps for a listener is that of listen(), which may
 * have handed the socket on (socket activation), and the one it keeps for a
 * peer is that of connect() or socketpair(); so whoever has it is asked.
 */
int socket_end_state(const struct probe_env *env, const struct seen *s, const struct wait *w,
		     const struct socket_end *end)
{
	struct holders h = {0};
	char why[160];
	int r;

	r = sockets_holders(env->os->sockets, env->os->proc_fd, end->inode, &h.pids, &h.n,
			    &h.unseen);
	if (r)
		return state_nobody(env, w, "the descriptors of other processes cannot be read");
	if (h.n)
		return state_each(env, s, w, end, &h);
	snprintf(why, sizeof(why), "no process %swas found to have %s",
		 h.unseen ? "that may be looked at " : "", end->what);
	return state_nobody(env, w, why);
}
