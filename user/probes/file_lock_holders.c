// SPDX-License-Identifier: GPL-2.0
/*
 * Who keeps a file locked. The lines in fdinfo tell which processes have an
 * open file with a lock in the way; the kernel's list tells of locks whose
 * process was not found so.
 *
 * Who waits in front of the waiter is none of them: it holds nothing, and gets
 * the lock from the same holder.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../os/holders.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "file_lock.h"
#include "queue_end.h"
#include "state.h"
#include "takes_turns.h"

/* Locks of one open file that are looked at, and of all processes together. */
#define LOCKS_OF_FD 64
#define FOUND_MAX   64

struct found {
	pid_t pid; /* has the file open that this lock belongs to */
	struct file_lock lock;
};

struct search {
	const struct probe_env *env;
	const struct seen *waiter;
	const struct wait *wait;
	const struct file_lock *want;
	struct file_lock own[LOCKS_OF_FD]; /* of the very open file that the waiter uses */
	size_t n_own;
	struct found found[FOUND_MAX];
	size_t n_found;
	pid_t pid; /* whose descriptors are gone through */
	bool cut;  /* not all was seen: nobody is the only one */
};

static bool same_lock(const struct file_lock *a, const struct file_lock *b)
{
	return a->sort == b->sort && a->write == b->write && a->pid == b->pid &&
	       a->start == b->start && a->end == b->end;
}

/* Locks of one owner do not conflict: of one process, or of one open file. */
static bool is_own(const struct search *f, const struct file_lock *l)
{
	if (l->sort == FILE_LOCK_POSIX)
		return f->want->sort == FILE_LOCK_POSIX && l->pid == f->waiter->ref.pid;
	if (l->sort != FILE_LOCK_OFD || f->want->sort != FILE_LOCK_OFD)
		return false;
	for (size_t i = 0; i < f->n_own; i++) {
		if (same_lock(&f->own[i], l))
			return true;
	}
	return false;
}

static bool is_in_the_way(const struct search *f, const struct file_lock *l)
{
	if (l->waits || is_own(f, l))
		return false;
	/* what whoever breaks a lease asks for says little about which leases are in the way */
	if (l->sort == FILE_LOCK_LEASE && f->want->sort == FILE_LOCK_LEASE)
		return l->breaking && file_id_same(&l->file, &f->want->file);
	return file_lock_conflicts(l, f->want);
}

static int note_fd(void *ctx, pid_t fd)
{
	struct search *f = ctx;
	struct file_lock locks[LOCKS_OF_FD];
	int n = file_locks_of_fd(f->env->os->proc_fd, f->pid, fd, locks, LOCKS_OF_FD);

	f->cut |= n == LOCKS_OF_FD;
	for (int i = 0; i < n; i++) {
		bool known = false;

		if (!is_in_the_way(f, &locks[i]))
			continue;
		/* a descriptor and its duplicate */
		for (size_t k = 0; k < f->n_found; k++)
			known |= f->found[k].pid == f->pid &&
				 same_lock(&f->found[k].lock, &locks[i]);
		if (known)
			continue;
		if (f->n_found == FOUND_MAX) {
			f->cut = true;
			return 1;
		}
		f->found[f->n_found++] = (struct found){f->pid, locks[i]};
	}
	return 0;
}

/* Goes through all processes that have an open file with a lock on this one. */
static void search_descriptors(struct search *f)
{
	struct held held = held_lock(&f->want->file);
	struct holder_list l;
	int n = 0;

	if (f->want->sort == FILE_LOCK_OFD)
		n = file_locks_of_fd(f->env->os->proc_fd, f->waiter->ref.pid,
				     (int)f->waiter->args[0], f->own, LOCKS_OF_FD);
	f->n_own = n > 0 ? (size_t)n : 0;
	if (holders_of(f->env->os->holders, f->env->os->proc_fd, &held, &l)) {
		f->cut = true;
		return;
	}
	f->cut = l.more || l.unseen;
	for (size_t i = 0; i < l.n; i++) {
		f->pid = l.pids[i];
		proc_each_fd(f->env->os->proc_fd, f->pid, note_fd, f);
	}
}

static size_t processes_with(const struct search *f, const struct file_lock *lock)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_found; i++)
		n += same_lock(&f->found[i].lock, lock);
	return n;
}

static bool is_alive(const struct search *f, pid_t pid)
{
	struct proc_stat st;

	return pid > 0 && !proc_stat(f->env->os->proc_fd, pid, pid, &st) && st.state != 'Z' &&
	       st.state != 'X';
}

static int state_one(const struct search *f, pid_t pid, const char *why, bool sole)
{
	const struct queue_end end = {
		.pid = pid,
		.did = why,
		.what = "the lock",
		.sole = sole,
		.keeps = true,
	};

	return queue_end_state(f->env, f->wait, &end);
}

/* One that was found by its open file. Its locks may be several: the surest one counts. */
static int state_found(const struct search *f, size_t i)
{
	const struct found *best = &f->found[i];
	bool is_process_s, sole;
	size_t n;
	char why[128];

	for (size_t k = 0; k < f->n_found; k++) {
		if (f->found[k].pid != best->pid)
			continue;
		if (k < i)
			return 0; /* has been stated */
		if (processes_with(f, &f->found[k].lock) < processes_with(f, &best->lock))
			best = &f->found[k];
	}
	n = processes_with(f, &best->lock);
	is_process_s = best->lock.sort == FILE_LOCK_POSIX;
	sole = is_process_s || (n == 1 && !f->cut);
	if (is_process_s)
		snprintf(why, sizeof(why), "owner in the kernel's list of locks");
	else if (n > 1)
		snprintf(why, sizeof(why), "one of %zu processes that share the locked open file",
			 n);
	else if (best->lock.pid > 0 && best->lock.pid != best->pid)
		snprintf(why, sizeof(why),
			 "%s process with the locked open file; %d, which locked it, has %s",
			 f->cut ? "a" : "the only", best->lock.pid,
			 is_alive(f, best->lock.pid) ? "not" : "exited");
	else
		snprintf(why, sizeof(why), "%s process with the locked open file",
			 f->cut ? "a" : "the only");
	return state_one(f, best->pid, why, sole);
}

/* One that is just in the list. Returns 1 if it was stated, 0, or -errno. */
static int state_listed(const struct search *f, const struct file_lock *l)
{
	int r;

	for (size_t i = 0; i < f->n_found; i++) {
		if (f->found[i].pid == l->pid)
			return 0;
	}
	if (!is_alive(f, l->pid))
		return 0;
	r = state_one(f, l->pid,
		      l->sort == FILE_LOCK_POSIX ? "owner in the kernel's list of locks"
						 : "locked it, says the kernel's list of locks",
		      l->sort == FILE_LOCK_POSIX);
	return r ? r : 1;
}

static int state_none(const struct search *f, const struct file_lock *l)
{
	char why[160];

	if (!l)
		snprintf(why, sizeof(why),
			 "no lock in its way was found: it was just released, "
			 "or its owner is in another PID namespace");
	else if (l->pid < -1)
		snprintf(why, sizeof(why), "it is locked by another machine (process %d there)",
			 -l->pid);
	else if (l->pid > 0 && !is_alive(f, l->pid))
		snprintf(why, sizeof(why),
			 "%d, which locked it, has exited, and no process was found to have "
			 "inherited the open file",
			 l->pid);
	else
		snprintf(why, sizeof(why), "no process %swas found to have the locked open file",
			 f->cut ? "that may be looked at " : "");
	return state_nobody(f->env, f->wait, why);
}

/* A lock that servers keep by design, in the hands of one that does what it is for. */
static bool is_turn(const struct search *f)
{
	for (size_t i = 0; i < f->n_found; i++) {
		if (!takes_turns(f->env, f->waiter->ref.pid, f->found[i].pid))
			return false;
	}
	return f->n_found > 0;
}

static int state_holders(const struct search *f)
{
	const struct file_lock *all, *last = NULL;
	size_t n, n_stated = f->n_found;
	int r = 0;

	for (size_t i = 0; i < f->n_found && !r; i++)
		r = state_found(f, i);
	if (r)
		return r;
	if (file_locks_all(f->env->os->file_locks, f->env->os->proc_fd, &all, &n))
		n = 0;
	for (size_t i = 0; i < n; i++) {
		if (!is_in_the_way(f, &all[i]) || processes_with(f, &all[i]))
			continue;
		last = &all[i];
		r = state_listed(f, last);
		if (r < 0)
			return r;
		n_stated += r > 0;
	}
	return n_stated ? 0 : state_none(f, last);
}

int file_lock_state(const struct probe_env *env, const struct seen *s, const struct wait *w,
		    const struct file_lock *want,
		    int (*state_file)(const struct probe_env *env, const struct seen *s,
				      const struct wait *w, const struct file_lock *want))
{
	struct search *f = calloc(1, sizeof(*f));
	struct wait as = *w;
	int r;

	if (!f)
		return -ENOMEM;
	*f = (struct search){.env = env, .waiter = s, .wait = &as, .want = want};
	search_descriptors(f);
	if (is_turn(f))
		as.class = CLASS_LOCK;
	r = state_file(env, s, &as, want);
	if (!r)
		r = state_holders(f);
	free(f);
	return r;
}
