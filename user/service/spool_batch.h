/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_SPOOL_BATCH_H
#define SERVICE_SPOOL_BATCH_H

/*
 * What is to be done in the directory, one after the other. A batch lies in
 * memory that the process which asks and the one which does it share: what is
 * done is known even of one that died in the middle.
 */
#include "spool_write.h"

#define SPOOL_JOBS     258
#define SPOOL_TEXT_MAX (16UL << 20)
#define SPOOL_FILE_MAX 64 /* of a state file's name */

enum spool_op {
	SPOOL_REPORT = 1, /* of id */
	SPOOL_STATE,	  /* text into the file `id` */
	SPOOL_LOAD,	  /* of the file `id`, into text; size is what there is room for */
	SPOOL_ASIDE,	  /* the file `id` is renamed to id.damaged */
};

struct spool_job {
	enum spool_op op;
	bool done;  /* the rest of this line is the answer */
	int result; /* as spool_write(); of LOAD: its size */
	bool only_new;
	uint64_t serial; /* the asker's own */
	uint64_t wall_s;
	char id[SPOOL_FILE_MAX], signature[SPOOL_WORD_MAX];
	size_t at, size; /* in text */
};

struct spool_batch {
	uint32_t n;
	uint64_t removed; /* by all batches so far */
	struct spool_stock stock;
	size_t used; /* of text */
	struct spool_job jobs[SPOOL_JOBS];
	char text[SPOOL_TEXT_MAX];
};

/* A job more, whose text is copied; NULL if there is no room. */
struct spool_job *spool_batch_add(struct spool_batch *b, enum spool_op op, const char *id,
				  const char *text, size_t size);

void spool_batch_run(struct spool_batch *b, struct spool_writer *w);

#endif
