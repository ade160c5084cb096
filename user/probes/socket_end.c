// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "../os/holders.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "socket_end.h"
#include "state.h"
#include "which_thread.h"

/* Of more processes than this the threads are not looked at. */
#define LOOKED_INTO 4

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

bool socket_stack_hidden(const struct seen *s, const char *const *sleepers)
{
	if (s->n_kframes != 1)
		return !s->n_kframes;
	while (*sleepers && !seen_in_kernel(s, *sleepers))
		sleepers++;
	return *sleepers;
}

int socket_inode(struct os *os, pid_t pid, int fd, uint64_t *ret)
{
	char link[64];
	int r = proc_fd_name(os->proc_fd, pid, fd, link, sizeof(link));

	if (r < 0)
		return r;
	return sscanf(link, "socket:[%" SCNu64 "]", ret) == 1 ? 0 : -ENOTSOCK;
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

struct found {
	struct holder_list list;
	bool besides_waiter; /* the waiter has it too, and is left out */
	size_t n;	     /* without it */
};

static void explain(const struct found *f, const struct socket_end *end, char *buf, size_t size)
{
	const char *besides = f->besides_waiter ? " besides the one that waits" : "";

	if (!end->sure)
		snprintf(buf, size, "has %s%s", end->what, end->doubt);
	else if (f->n == 1 && f->list.unseen)
		snprintf(buf, size, "has %s; %zu other processes could not be looked at", end->what,
			 f->list.unseen);
	else if (f->n == 1)
		snprintf(buf, size, "the only process with %s%s", end->what, besides);
	else
		snprintf(buf, size, "one of %zu%s processes with %s%s", f->n,
			 f->list.more ? " or more" : "", end->what, besides);
}

struct at {
	const struct socket_end *end;
	bool sends; /* who could end the wait would send */
};

static bool at_socket(const void *ctx, struct os *os, const struct seen *s)
{
	bool accepts = s->syscall == SYS_accept || s->syscall == SYS_accept4;
	const struct at *at = ctx;
	uint64_t inode;
	int fd;
	/* splice() between two sockets is at both: the side that could end the wait counts */
	enum socket_side side = socket_call(s, at->sends, &fd);

	if ((side == SOCKET_NONE && !accepts) || socket_inode(os, s->ref.pid, fd, &inode) ||
	    inode != at->end->inode)
		return false;
	return accepts || (side == SOCKET_SENDS) == at->sends;
}

/* One thread of the process, if it can only be that one. */
static int state_one(const struct probe_env *env, const struct wait *w,
		     const struct socket_end *end, pid_t pid, enum evidence evidence,
		     const char *why)
{
	const struct at at = {.end = end, .sends = w->class == CLASS_EMPTY};
	const struct which_thread question = {
		.pid = pid,
		.key = w->key,
		.thing = "the socket",
		.doing = at.sends		     ? "sending through it"
			 : w->class == CLASS_BACKLOG ? "accepting from it"
						     : "receiving from it",
		.at_this_end = at_socket,
		.ctx = &at,
	};
	struct threads_meant meant;
	struct proc_stat st;
	char all[256];

	if (proc_stat(env->os->proc_fd, pid, pid, &st))
		return 0; /* went away: does not hold it any more */
	if (st.n_threads == 1 || which_thread(env, &question, &meant) || !meant.found)
		return state_process(env, w, pid, evidence, why);
	snprintf(all, sizeof(all), "%s%s", why, meant.why);
	return state_hold(env, w, &meant.one, EVIDENCE_INFERRED, all);
}

static int state_each(const struct probe_env *env, const struct seen *s, const struct wait *w,
		      const struct socket_end *end, struct found *f)
{
	const struct holder_list *l = &f->list;
	enum evidence evidence;
	char why[160];
	int r = 0;

	for (size_t i = 0; l->n > 1 && i < l->n; i++)
		f->besides_waiter |= is_waiter_alone(env, s, l->pids[i]);
	f->n = l->n - f->besides_waiter;
	evidence = end->sure && f->n == 1 && !l->unseen && !l->more ? EVIDENCE_EXACT
								    : EVIDENCE_INFERRED;
	explain(f, end, why, sizeof(why));
	for (size_t i = 0; !r && i < l->n; i++) {
		if (f->besides_waiter && l->pids[i] == s->ref.pid)
			continue;
		r = f->n > LOOKED_INTO ? state_process(env, w, l->pids[i], evidence, why)
				       : state_one(env, w, end, l->pids[i], evidence, why);
	}
	return r;
}

/*
 * The pid that the kernel keeps for a listener is that of listen(), which may
 * have handed the socket on (socket activation), and the one it keeps for a
 * peer is that of connect() or socketpair(); so whoever has it is asked.
 */
int socket_end_state(const struct probe_env *env, const struct seen *s, const struct wait *w,
		     const struct socket_end *end)
{
	struct held held = held_link("socket", end->inode);
	struct found f = {0};
	char why[160];
	int r;

	r = holders_of(env->os->holders, env->os->proc_fd, &held, &f.list);
	if (r)
		return state_nobody(env, w, "the descriptors of other processes cannot be read");
	if (f.list.n)
		return state_each(env, s, w, end, &f);
	snprintf(why, sizeof(why), "no process %swas found to have %s",
		 f.list.unseen ? "that may be looked at " : "", end->what);
	return state_nobody(env, w, why);
}
