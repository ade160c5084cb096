/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_SPOOL_SELECT_H
#define SERVICE_SPOOL_SELECT_H

/* Which reports of a spool are meant, and how one is read. */
#include <stdio.h>

#include "../core/silence.h"
#include "../report/json/json_read.h"
#include "spool_dir.h"

/* Zeroed, all are. */
struct spool_select {
	char *const *ids; /* beginnings of them, or names of files */
	size_t n_ids;
	uint64_t since_s, until_s; /* 0: not asked for */
	struct filters filters;
};

/* Both return 0, or -EINVAL after a message that names the option. */
int spool_select_time(const char *option, const char *arg, uint64_t now_ns, uint64_t *ret_s);
int spool_select_filter(struct spool_select *s, enum filter_list list, const char *arg);

bool spool_select_is_set(const struct spool_select *s);

/* Does the report itself have to be asked? */
bool spool_select_needs_report(const struct spool_select *s);

/* Both must hold. */
bool spool_select_name(const struct spool_select *s, const struct spool_entry *e);
bool spool_select_report(const struct spool_select *s, const struct report *r);

/* Says which IDs none has; returns how many. */
size_t spool_select_unknown(const struct spool_select *s, const struct spool_list *l,
			    const char *dir);

/* Says that, and what may be done. */
void spool_cannot_be_read(const char *dir, int err);

/* Returns 0, an error of json_read() with its why, or -errno; -EBADMSG for what is no stall. */
int spool_read(int dir_fd, const char *name, struct json_read **ret, char why[JSON_READ_WHY]);

#endif
