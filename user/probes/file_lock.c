// SPDX-License-Identifier: GPL-2.0
/*
 * File locks: flock(), fcntl() locks of processes and of open files, and
 * leases, which make open() wait. The kernel lists all of them and who waits.
 */
#include <inttypes.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "../os/os.h"
#include "../os/proc.h"
#include "file_lock.h"
#include "open_call.h"
#include "state.h"

static const char *const names[] = {
	[FILE_LOCK_FLOCK] = "flock",
	[FILE_LOCK_POSIX] = "posix-lock",
	[FILE_LOCK_OFD] = "ofd-lock",
	[FILE_LOCK_LEASE] = "lease",
};

/* Is it asleep for the lock, as far as the kernel's stack tells? */
static bool sleeps_for_it(const struct seen *s, enum file_lock_sort sort)
{
	if (!s->n_kframes)
		return true; /* the kernel's list has to tell */
	switch (sort) {
	case FILE_LOCK_FLOCK:
		return seen_in_kernel(s, "locks_lock_inode_wait") || seen_in_kernel(s, "nfs_flock");
	case FILE_LOCK_LEASE:
		return seen_in_kernel(s, "__break_lease");
	default:
		/* a request to a FUSE daemon is a wait for that */
		return seen_in_kernel(s, "fcntl_setlk") &&
		       !seen_in_kernel(s, "request_wait_answer");
	}
}

/* Does a lock of the waiter's own process say that others wait for more than the waiter does? */
static bool has_own(struct os *os, const struct seen *s, const struct file_lock *want)
{
	struct file_lock own[1];
	const struct file_lock *all;
	size_t n;

	if (want->sort == FILE_LOCK_OFD)
		return file_locks_of_fd(os->proc_fd, s->ref.pid, (int)s->args[0], own, 1) > 0;
	if (want->sort != FILE_LOCK_POSIX || file_locks_all(os->file_locks, os->proc_fd, &all, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!all[i].waits && all[i].pid == s->ref.pid && file_lock_conflicts(&all[i], want))
			return true;
	}
	return false;
}

/*
 * One resource are those who want the same of one file: who wants other bytes
 * of it may wait for other locks. So may one that has some of these itself.
 */
static void key_by_request(struct os *os, const struct seen *s, const struct file_lock *want,
			   struct wait *ret)
{
	int n = snprintf(ret->key, WAIT_KEY, "%s:%x:%x:%" PRIu64, ret->kind, want->file.major,
			 want->file.minor, want->file.inode);

	if (want->sort == FILE_LOCK_FLOCK || want->sort == FILE_LOCK_LEASE)
		return;
	n += snprintf(ret->key + n, WAIT_KEY - n, ":%c:%" PRIu64 "-%" PRIu64,
		      want->write ? 'w' : 'r', want->start, want->end);
	if (has_own(os, s, want))
		snprintf(ret->key + n, WAIT_KEY - n, ":%d:%d", s->ref.pid,
			 want->sort == FILE_LOCK_OFD ? (int)s->args[0] : -1);
}

static int recognise(struct os *os, const struct seen *s, struct wait *ret)
{
	enum file_lock_sort sort = file_lock_wanted(s);
	struct file_lock want;

	if (!sort || s->state == 'R' || !sleeps_for_it(s, sort))
		return 0;
	ret->kind = names[sort];
	ret->class = CLASS_FILE_LOCK;
	ret->verb = sort == FILE_LOCK_LEASE ? "opens" : "waits for";
	ret->id = sort;
	if (!file_lock_find(os, s, sort, &want)) {
		key_by_request(os, s, &want, ret);
		return 1;
	}
	/* open() sleeps for many reasons, and without a line or a stack for none that we know */
	if (sort == FILE_LOCK_LEASE && !s->n_kframes)
		return 0;
	snprintf(ret->key, WAIT_KEY, "%s:fd:%d:%" PRIu64 ":%" PRIx64, ret->kind, s->ref.pid,
		 s->ref.start, sort == FILE_LOCK_LEASE ? open_call_path(s) : s->args[0]);
	return 1;
}

#define NAME 256

/* One file can have locks of two sorts, that have nothing to do with each other. */
static void name_file(struct os *os, const struct seen *s, const struct wait *w, char buf[NAME])
{
	static const char *const sorts[] = {
		[FILE_LOCK_FLOCK] = "flock of",
		[FILE_LOCK_POSIX] = "POSIX lock of",
		[FILE_LOCK_OFD] = "OFD lock of",
	};
	char link[NAME - 16];

	if (w->id == FILE_LOCK_LEASE)
		open_call_name(os, s, "file", buf, NAME);
	else if (!proc_fd_name(os->proc_fd, s->ref.pid, (int)s->args[0], link, sizeof(link)))
		snprintf(buf, NAME, "%s %s", sorts[w->id], link);
	else
		snprintf(buf, NAME, "%s file %d of %d", sorts[w->id], (int)s->args[0], s->ref.pid);
}

static int state_file(const struct probe_env *env, const struct seen *s, const struct wait *w,
		      const struct file_lock *want)
{
	const struct fact_number state[] = {
		{"start", (int64_t)want->start},
		{"end", want->end == FILE_LOCK_EOF ? -1 : (int64_t)want->end},
	};
	bool ranged = w->id == FILE_LOCK_POSIX || w->id == FILE_LOCK_OFD;
	char name[NAME], detail[96], end[24] = "the end";

	name_file(env->os, s, w, name);
	if (want->end != FILE_LOCK_EOF)
		snprintf(end, sizeof(end), "%" PRIu64, want->end);
	if (w->id == FILE_LOCK_LEASE)
		snprintf(detail, sizeof(detail), "its lease must be given back first");
	else if (ranged && (want->start || want->end != FILE_LOCK_EOF))
		snprintf(detail, sizeof(detail), "bytes %" PRIu64 " to %s, for %s", want->start,
			 end, want->write ? "writing" : "reading");
	else
		snprintf(detail, sizeof(detail), want->write ? "exclusively" : "shared");
	return state_resource(env, w, name, detail, state, ranged ? 2 : 0);
}

static int describe(const struct probe_env *env, const struct seen *s, const struct wait *w)
{
	struct file_lock want;
	char name[NAME];
	int r;

	r = file_lock_find(env->os, s, w->id, &want);
	if (!r)
		return file_lock_state(env, s, w, &want, state_file);
	name_file(env->os, s, w, name);
	r = state_resource(env, w, name, NULL, NULL, 0);
	return r ? r
		 : state_nobody(env, w,
				"the kernel does not list this wait: the file's server keeps its "
				"locks, or the wait cannot be told from others");
}

static const struct probe_kind kinds[] = {
	{"flock", CLASS_FILE_LOCK, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{"posix-lock", CLASS_FILE_LOCK, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{"ofd-lock", CLASS_FILE_LOCK, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{"lease", CLASS_FILE_LOCK, KNOWS_EXACT | KNOWS_INFERRED, 0},
	{0},
};
static const int syscalls[] = {
	SYS_flock, SYS_fcntl, SYS_openat, SYS_openat2,
#ifdef SYS_open
	SYS_open,
#endif
	-1,
};

const struct probe probe_file_lock = {
	.kind = LT_KIND_FILE_LOCK,
	.name = "file_lock",
	.kinds = kinds,
	.syscalls = syscalls,
	.unseen = "when waits for file locks began",
	.recognise = recognise,
	.describe = describe,
};
