/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_SPOOL_PROCESS_H
#define SERVICE_SPOOL_PROCESS_H

/*
 * The process that writes into the spool. A disk that does not answer holds it
 * up, and nobody else. What it was given it finishes, even if whoever gave it
 * has died.
 */
#include "../os/killable.h"
#include "spool_batch.h"

struct spool_process {
	const struct spool_config *c;
	struct killable child; /* pid 0: none */
	int sock;
	struct spool_batch *batch; /* the next one, or the one being done; then it is the child's */
	bool busy;
};

/* Returns 0 or -ENOMEM. */
int spool_process_new(struct spool_process *p, const struct spool_config *c);

/* Has the batch done. Returns 0 or -errno; then nothing of it is. */
int spool_process_send(struct spool_process *p);

/* Is it done, or has it died of it? Waits so long for that at most. */
bool spool_process_done(struct spool_process *p, int timeout_ms);

/* One that still has something to do is killed. */
void spool_process_free(struct spool_process *p);

#endif
