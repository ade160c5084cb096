/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_SPOOL_H
#define SERVICE_SPOOL_H

/*
 * Reports kept in a directory, a file each, written anew when the stall
 * changes. A crash at any moment leaves the file as it was, or as it is now.
 *
 * Nothing that goes wrong here ends a watch or holds it up: a process of its
 * own writes (spool_process.h). What cannot be written is kept in memory, as
 * far as there is room, and tried again; it is said once when that begins, and
 * once when it is over.
 */
#include "spool_form.h"
#include "spool_limits.h"

/* Before each of these the test's hook is asked. */
enum spool_step {
	STEP_OPEN_DIR,
	STEP_CREATE,
	STEP_WRITE,
	STEP_MODE,
	STEP_SYNC,
	STEP_CLOSE,
	STEP_RENAME,
	STEP_SYNC_DIR,
	STEP_REMOVE, /* of one that has to go */
	N_STEPS
};

struct spool_config {
	const char *dir;
	struct spool_limits limits;
	enum spool_form form; /* of new files */
	bool in_place;	      /* written by the process that asks, at once: nothing else to do */

	/* For tests: returns 0, or the -errno that the step fails with. NULL: none */
	int (*step)(void *ctx, enum spool_step step);
	void *ctx;
};

struct spool_report {
	const char *id, *signature;
	uint64_t wall_s;
	const char *text; /* whole, as it will be in the file */
	size_t size;
	bool only_new; /* if there is a file of that id, it stays as it is */
};

/* What lay in the directory when something was done there last. */
struct spool_stock {
	bool known;
	uint64_t files, bytes;
};

struct spool_counts {
	uint64_t written;
	uint64_t removed;  /* to keep within the limits */
	uint64_t left_out; /* would itself have been the next to go */
	uint64_t failed;   /* tries */
	uint64_t lost;	   /* given up: no room in memory, or the end */
	uint64_t said;	   /* lines */
	size_t waiting;	   /* to be tried again */

	struct spool_stock stock;
};

struct spool;

/* *c is copied, what it points to must live as long. Touches no file yet. Returns 0 or -ENOMEM. */
int spool_new(const struct spool_config *c, struct spool **ret);

/* It will be written; what it points to is copied. Returns 0 or -ENOMEM. */
int spool_put(struct spool *s, const struct spool_report *r);

/*
 * A file that is no report, such as ".open-0.json"; it is on disk before what
 * is put later, and takes the place of what was kept and is not written yet.
 */
int spool_keep(struct spool *s, const char *name, const char *text, size_t size);

/* What was kept. Returns 0, -ENOENT, -ETIMEDOUT, or -errno. */
int spool_load(struct spool *s, const char *name, uint64_t timeout_ms, char **ret,
	       size_t *ret_size);
/* It is called NAME.damaged from now on. */
int spool_aside(struct spool *s, const char *name, uint64_t timeout_ms);

/* Has what was put written; what failed, if that is a while ago. After each look. Never waits. */
void spool_look_after(struct spool *s, uint64_t now_ns);

/* Waits until nothing is left to do, or the time is over. Returns whether nothing is. */
bool spool_settle(struct spool *s, uint64_t timeout_ms);

/* Is a report of that stall still to be written? */
bool spool_waits(const struct spool *s, const char *id);

const struct spool_counts *spool_counts(const struct spool *s);

/* Tries a last time, for 5 s. Returns whether everything that was put was written, or left out. */
bool spool_close(struct spool *s);

#endif
