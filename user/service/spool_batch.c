// SPDX-License-Identifier: GPL-2.0
#include "spool_batch.h"

#include <errno.h>
#include <string.h>
#include <time.h>

/* So long whoever wrote there before may take for its last reports. */
#define LOCK_TRIES  60
#define LOCK_TRY_NS 50000000

struct spool_job *spool_batch_add(struct spool_batch *b, enum spool_op op, const char *id,
				  const char *text, size_t size)
{
	struct spool_job *j = &b->jobs[b->n];

	if (b->n == SPOOL_JOBS || size > SPOOL_TEXT_MAX - b->used || strlen(id) >= sizeof(j->id))
		return NULL;
	*j = (struct spool_job){.op = op, .at = b->used, .size = size};
	memcpy(j->id, id, strlen(id) + 1);
	if (text)
		memcpy(b->text + b->used, text, size);
	b->used += size;
	b->n++;
	return j;
}

static int load(struct spool_writer *w, struct spool_job *j, char *text)
{
	const struct timespec wait = {.tv_nsec = LOCK_TRY_NS};
	int err = spool_read_state(w, j->id, text, j->size);

	for (int i = 0; err == -EWOULDBLOCK && i < LOCK_TRIES; i++) {
		nanosleep(&wait, NULL);
		err = spool_read_state(w, j->id, text, j->size);
	}
	return err;
}

static int run(struct spool_writer *w, struct spool_job *j, char *text)
{
	switch (j->op) {
	case SPOOL_REPORT:
		return spool_write(w, &(struct spool_report){.id = j->id,
							     .signature = j->signature,
							     .wall_s = j->wall_s,
							     .text = text,
							     .size = j->size,
							     .only_new = j->only_new});
	case SPOOL_STATE:
		return spool_write_state(w, j->id, text, j->size);
	case SPOOL_LOAD:
		return load(w, j, text);
	case SPOOL_ASIDE:
		return spool_set_aside(w, j->id);
	default:
		return -EINVAL;
	}
}

void spool_batch_run(struct spool_batch *b, struct spool_writer *w)
{
	for (uint32_t i = 0; i < b->n; i++) {
		struct spool_job *j = &b->jobs[i];

		j->result = run(w, j, b->text + j->at);
		if (!w->stock.known)
			spool_take_stock(w);
		b->removed = w->removed;
		b->stock = w->stock;
		__atomic_store_n(&j->done, true, __ATOMIC_RELEASE);
	}
}
