/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_SPOOL_LIMITS_H
#define SERVICE_SPOOL_LIMITS_H

/*
 * Which report of a spool goes next. Pure: neither a clock nor a file.
 *
 * Of each signature the first report is the last to go: it says since when
 * there is that bug, and the others say the same again.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPOOL_NAME_MAX 96
#define SPOOL_WORD_MAX 24 /* an id, a signature */
#define SPOOL_NONE     SIZE_MAX

struct spool_entry {
	char name[SPOOL_NAME_MAX]; /* of the file */
	char id[SPOOL_WORD_MAX];
	char signature[SPOOL_WORD_MAX];
	uint64_t seq;	 /* goes up with each report, whatever the clock does */
	uint64_t told_s; /* when it was first told, by the clock of that time */
	uint64_t wall_s; /* first told, or written last: the later one */
	uint64_t bytes;

	/* by spool_limits_sort() */
	bool first;	  /* of its signature */
	uint64_t group_s; /* the latest wall_s of its signature */
};

/* 0: no such limit. */
struct spool_limits {
	uint64_t bytes;
	uint64_t files;
	uint64_t age_s;
	uint64_t free_bytes; /* of the file system, left for others */
};

#define SPOOL_LIMITS_DEFAULT                                                                       \
	{                                                                                          \
		.bytes = 64ULL << 20, .files = 1000, .age_s = 90ULL * 86400,                       \
		.free_bytes = 64ULL << 20,                                                         \
	}

/*
 * "bytes=64M,files=1000,age=90d,free=1G"; what is not named stays as it is in
 * *ret, "off" is no limit. Returns NULL, or why it cannot be meant.
 */
const char *spool_limits_parse(const char *text, struct spool_limits *ret);

/* By seq, and fills what is said above. Again after entries were added, not when some went. */
void spool_limits_sort(struct spool_entry *e, size_t n);

/*
 * The index of the entry that has to go next, or SPOOL_NONE. Whoever calls
 * takes it out, adds its bytes to free_bytes, and asks again.
 *
 * By age: what is older than the limit, a first one when nothing younger of
 * its signature is there. A time to come is no age, nor is one of a clock that
 * was never set.
 * By bytes and files: the oldest that is not a first one, then the oldest.
 * By free space: the oldest that is not a first one; the first ones stay, for
 * somebody else has filled the disk.
 */
size_t spool_limits_next(const struct spool_entry *e, size_t n, const struct spool_limits *l,
			 uint64_t now_s, uint64_t free_bytes);

#endif
