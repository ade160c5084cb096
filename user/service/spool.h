/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_SPOOL_H
#define SERVICE_SPOOL_H

/*
 * Reports kept in a directory, a file each, written anew when the stall
 * changes. A crash at any moment leaves the file as it was, or as it is now.
 *
 * Nothing that goes wrong here ends a watch. What cannot be written is kept in
 * memory, as far as there is room, and tried again; it is said once when that
 * begins, and once when it is over.
 */
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

struct spool_counts {
	uint64_t written;
	uint64_t removed;  /* to keep within the limits */
	uint64_t left_out; /* would itself have been the next to go */
	uint64_t failed;   /* tries */
	uint64_t lost;	   /* given up: no room in memory, or the end */
	uint64_t said;	   /* lines */
	size_t waiting;	   /* to be tried again */

	/* In the directory, when something was written there last. */
	bool listed;
	size_t files;
	uint64_t bytes;
};

struct spool;

/* *c is copied, what it points to must live as long. Touches no file yet. Returns 0 or -ENOMEM. */
int spool_new(const struct spool_config *c, struct spool **ret);

/* Writes it, and what waits. Returns 0 or -ENOMEM, of copying it. */
int spool_put(struct spool *s, const struct spool_report *r);

/* Tries again what waits, if that was not done for a while. For each look. */
void spool_retry(struct spool *s, uint64_t now_ns);

const struct spool_counts *spool_counts(const struct spool *s);

/* Tries a last time. Returns whether everything that was put was written, or left out. */
bool spool_close(struct spool *s);

#endif
