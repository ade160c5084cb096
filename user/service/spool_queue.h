/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_SPOOL_QUEUE_H
#define SERVICE_SPOOL_QUEUE_H

/* Reports that wait to be written: of each stall the newest, and so many at most. */
#include "spool.h"

#define SPOOL_WAITING_MAX	256
#define SPOOL_WAITING_BYTES_MAX (8UL << 20)

struct spool_waiting {
	struct spool_report r; /* what it points to is ours */
	uint64_t serial;
	char id[SPOOL_WORD_MAX], signature[SPOOL_WORD_MAX];
};

struct spool_queue {
	struct spool_waiting *all[SPOOL_WAITING_MAX]; /* in the order in which they came */
	size_t n;
	size_t bytes;
};

/* n if there is none. */
size_t spool_queue_find(const struct spool_queue *q, const char *id);
bool spool_queue_is_full(const struct spool_queue *q, const struct spool_report *r);

/* Copies it; there must be room. Returns 0, or -ENOMEM. */
int spool_queue_add(struct spool_queue *q, const struct spool_report *r, uint64_t serial);
void spool_queue_take_out(struct spool_queue *q, size_t i);

#endif
