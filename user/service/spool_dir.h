/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_SPOOL_DIR_H
#define SERVICE_SPOOL_DIR_H

/*
 * The files of a spool, by their names:
 *
 *	20261121T143912Z-00000042-he64m1fasa-6cedb0bc47a4a3ec.json.zst
 *	first told (UTC), a number that only goes up, id, signature (as first told)
 *
 * What is called otherwise is not ours, and left alone.
 */
#include "spool_form.h"
#include "spool_limits.h"

#define SPOOL_DIR_DEFAULT "/var/lib/locktrace/reports"

struct spool_list {
	struct spool_entry *entries; /* sorted, spool_limits_sort() */
	size_t n, cap;
};

/* Of files beside them that are no reports. */
#define SPOOL_STATE_PREFIX ".open-"

/* Returns 0, or -EINVAL if id or signature cannot be in a name. */
int spool_name(uint64_t wall_s, uint64_t seq, const char *id, const char *signature,
	       enum spool_form form, char ret[SPOOL_NAME_MAX]);

/* Fills all but bytes; false: no name of ours. */
bool spool_name_parse(const char *name, struct spool_entry *ret);

/* The reports that are in the directory. Returns 0 or -errno. */
int spool_list_read(int dir_fd, struct spool_list *ret);
void spool_list_free(struct spool_list *l);

/* Removes what a crash left of reports that were being written. Returns how many. */
size_t spool_remove_unfinished(int dir_fd);

#endif
