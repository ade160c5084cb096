/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_DEBUG_DIRS_H
#define OS_DEBUG_DIRS_H

/*
 * Where separate debug files are, and opening them. Of each directory first
 * what the process itself sees under that path (a container brings its own),
 * then what is there on the machine. Nothing is looked into here: whether a
 * file is the right one is for whoever parses it to say.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct reader;
struct debug_dirs;

/*
 * /usr/lib/debug, and the files that debuginfod's client has fetched for this
 * user ($DEBUGINFOD_CACHE_PATH, or below $XDG_CACHE_HOME or ~/.cache). Returns
 * 0 or -ENOMEM.
 */
int debug_dirs_new(struct debug_dirs **ret);
void debug_dirs_free(struct debug_dirs *d);

/* Directories, separated by colons, that go before those known. 0, -E2BIG or -ENOMEM. */
int debug_dirs_add(struct debug_dirs *d, const char *list);

/* What a program says of its debug file: any bytes. */
struct debug_wanted {
	const char *build_id; /* in hex; NULL: by link */
	const char *link;     /* a base name, or ".dwz/amd64/coreutils.debug" */
	const char *dir;      /* where the process has the program: "/usr/bin" */
};

/*
 * The nth of those that may be it. reader may be NULL: then only the machine's
 * own files. A descriptor of a regular file, or -ENOENT.
 */
int debug_dirs_open(const struct debug_dirs *d, struct reader *reader, pid_t pid,
		    const struct debug_wanted *wanted, unsigned int nth);

/*
 * A regular file by its path, without waiting for whoever writes into a FIFO;
 * anybodys: only one that everybody may read. A descriptor or -errno.
 */
int debug_file_open(const char *path, bool anybodys);

#endif
