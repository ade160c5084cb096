/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_SPOOL_PRIVATE_H
#define SERVICE_SPOOL_PRIVATE_H

/* Inside of the spool. */
#include "spool_process.h"
#include "spool_queue.h"

/* The newest of a state that is not on disk yet. */
struct spool_state {
	char name[SPOOL_FILE_MAX];
	char *text; /* NULL: none */
	size_t size;
	uint64_t serial;
};

struct spool {
	struct spool_config c;
	struct spool_counts counts;
	struct spool_process process;
	struct spool_writer writer; /* if it is in place */
	struct spool_queue queue;
	struct spool_state state;
	uint64_t serials;
	uint64_t sent_ns;
	bool failing, slow;
	unsigned int deaths; /* of writers, in a row */
	bool fresh;	     /* something was put since the last batch */
	uint64_t next_ns;    /* not before then is it tried again without */
};

/* Once when it begins, once when it is over: 0 or -errno. */
void spool_say(struct spool *s, int err);

/* What waits is made the next batch; it must be idle. */
void spool_fill(struct spool *s);

/* Has it done. Returns 0 or -errno. */
int spool_run(struct spool *s);

/* Is nothing being written, any more? Waits so long for that at most. */
bool spool_is_idle(struct spool *s, int timeout_ms);

#endif
