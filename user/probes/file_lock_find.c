// SPDX-License-Identifier: GPL-2.0
/*
 * Which of the kernel's lines about file locks is this thread? They name the
 * process, but not for open file description locks; the file by its inode,
 * which fdinfo tells of the thread's descriptor (since 5.14); and the range,
 * which is in the thread's memory. No file is touched: its server may be dead.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../os/fdinfo.h"
#include "../os/os.h"
#include "../os/reader.h"
#include "file_lock.h"
#include "open_call.h"

enum file_lock_sort file_lock_wanted(const struct seen *s)
{
	if (s->syscall == SYS_flock)
		return s->args[1] & (LOCK_NB | LOCK_UN) ? 0 : FILE_LOCK_FLOCK;
	if (s->syscall == SYS_fcntl && (int)s->args[1] == F_SETLKW)
		return FILE_LOCK_POSIX;
	if (s->syscall == SYS_fcntl && (int)s->args[1] == F_OFD_SETLKW)
		return FILE_LOCK_OFD;
	return open_call_is(s) ? FILE_LOCK_LEASE : 0;
}

/* What is known of the thread's own request, to tell its line from others of its process. */
struct request {
	bool has_inode, has_type, has_range;
	uint64_t inode;
	bool write;
	uint64_t start, end;
};

static void read_descriptor(struct os *os, const struct seen *s, struct request *q, uint64_t *pos)
{
	char info[4096];

	if (fdinfo_read(os->proc_fd, s->ref.pid, (int)s->args[0], info, sizeof(info)) < 0)
		return;
	q->has_inode = fdinfo_number(info, "ino", &q->inode);
	if (!fdinfo_number(info, "pos", pos))
		*pos = 0;
}

static void read_flock(struct os *os, const struct seen *s, uint64_t pos, struct request *q)
{
	struct flock f;
	uint64_t at;

	if (reader_memory_all(os->reader, s->ref.pid, s->args[2], &f, sizeof(f)))
		return;
	q->has_type = true;
	q->write = f.l_type == F_WRLCK;
	if (f.l_whence != SEEK_SET && f.l_whence != SEEK_CUR)
		return; /* from the end of the file: that has moved since, perhaps */
	at = (uint64_t)f.l_start + (f.l_whence == SEEK_CUR ? pos : 0);
	q->has_range = true;
	q->start = f.l_len < 0 ? at + (uint64_t)f.l_len : at;
	q->end = f.l_len > 0 ? at + (uint64_t)f.l_len - 1 : f.l_len < 0 ? at - 1 : FILE_LOCK_EOF;
}

static bool may_be(const struct file_lock *l, const struct request *q)
{
	return (!q->has_inode || l->file.inode == q->inode) &&
	       (!q->has_type || l->write == q->write) &&
	       (!q->has_range || (l->start == q->start && l->end == q->end));
}

static bool same_request(const struct file_lock *a, const struct file_lock *b)
{
	return file_id_same(&a->file, &b->file) && a->write == b->write && a->start == b->start &&
	       a->end == b->end;
}

/* The lock that line i waits behind is the last one before it that does not wait itself. */
static const struct file_lock *root_of(const struct file_lock *all, size_t i)
{
	for (size_t k = i; k-- > 0;) {
		if (all[k].id != all[i].id)
			return NULL;
		if (!all[k].waits)
			return &all[k];
	}
	return NULL;
}

/* Whoever breaks a lease asks for no lock, so its line names no file: that of the lease does. */
static void name_file(const struct file_lock *all, size_t i, struct file_lock *l)
{
	const struct file_lock *root = root_of(all, i);

	if (!l->file.inode && root)
		l->file = root->file;
}

/* -ENOENT: no line; -EEXIST: several that differ. */
static int find(struct os *os, const struct seen *s, enum file_lock_sort sort,
		const struct request *q, struct file_lock *ret)
{
	const struct file_lock *all;
	bool found = false;
	size_t n;
	int r;

	r = file_locks_all(os->file_locks, os->proc_fd, &all, &n);
	if (r)
		return r;
	for (size_t i = 0; i < n; i++) {
		struct file_lock l = all[i];

		if (!l.waits || l.sort != sort || (sort != FILE_LOCK_OFD && l.pid != s->ref.pid))
			continue;
		name_file(all, i, &l);
		if (!l.file.inode || !may_be(&l, q))
			continue;
		if (found && !same_request(&l, ret))
			return -EEXIST;
		found = true;
		*ret = l;
	}
	return found ? 0 : -ENOENT;
}

int file_lock_find(struct os *os, const struct seen *s, enum file_lock_sort sort,
		   struct file_lock *ret)
{
	struct request q = {0};
	uint64_t pos = 0;
	int r;

	if (sort == FILE_LOCK_LEASE) {
		if (s->hook_kind == LT_KIND_FILE_LOCK && s->hook_key) {
			q.has_inode = true;
			q.inode = s->hook_key;
		}
	} else {
		read_descriptor(os, s, &q, &pos);
	}
	if (sort == FILE_LOCK_FLOCK) {
		q.has_type = true;
		q.write = s->args[1] & LOCK_EX;
	}
	r = find(os, s, sort, &q, ret);
	if (r != -EEXIST || sort == FILE_LOCK_FLOCK || sort == FILE_LOCK_LEASE)
		return r == -EEXIST ? -ENOENT : r;
	read_flock(os, s, pos, &q);
	r = find(os, s, sort, &q, ret);
	return r == -EEXIST ? -ENOENT : r;
}
