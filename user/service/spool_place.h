/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_SPOOL_PLACE_H
#define SERVICE_SPOOL_PLACE_H

/* The directory of a spool, and a file in it, that is there whole or not at all. */
#include "spool.h"

struct spool_writer {
	const struct spool_config *c;
	uint64_t removed; /* reports, to keep within the limits */
	struct spool_stock stock;
	int dir_fd; /* -1: not opened yet */
};

/* What the test's hook says to that step: 0 or -errno. */
int spool_step(const struct spool_writer *w, enum spool_step which);

/* All return 0 or -errno. The directory is made if need be; -EWOULDBLOCK: another one writes there.
 */
int spool_open_dir(struct spool_writer *w);
int spool_replace(const struct spool_writer *w, const char *name, const char *text, size_t size);

/* A file that is no report: the limits are not for it, and its name begins with a dot. */
int spool_write_state(struct spool_writer *w, const char *name, const char *text, size_t size);
/* Returns its size, which is less than room, or -errno. */
int spool_read_state(struct spool_writer *w, const char *name, char *text, size_t room);
/* It is called NAME.damaged then. */
int spool_set_aside(struct spool_writer *w, const char *name);

#endif
