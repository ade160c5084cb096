// SPDX-License-Identifier: GPL-2.0
/* What waits on its way to the disk, and what came of it. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../message.h"
#include "../os/clock.h"
#include "spool_private.h"

/* So long may a disk take for a batch, before that is said. */
#define HANGS_NS 5000000000ULL

/* So often in a row a writer that died is replaced at once. */
#define DEATHS_MAX 3

/* More than that of the shared memory is given back. */
#define KEEP_BYTES (1UL << 20)

/* ---- What is said ---- */

/* Once when it begins, once when it is over. */
void spool_say(struct spool *s, int err)
{
	if (err && !s->failing)
		error_line("cannot keep reports in %s: %s; they wait in memory, and are tried "
			   "again",
			   s->c.dir,
			   err == -EWOULDBLOCK ? "another locktrace writes there"
			   : err == -ETIMEDOUT ? "the disk does not answer"
			   : err == -ECHILD    ? "whoever writes them dies"
			   : err == -ENOSPC    ? "No space, or no inode, left on device"
					       : strerror(-err));
	else if (!err && s->failing)
		error_line("reports are kept in %s again; %" PRIu64 " were lost", s->c.dir,
			   s->counts.lost);
	s->counts.said += s->failing != !!err;
	s->failing = !!err;
}

/* ---- Batches ---- */

/* The state comes first: what is in it and has no report is put right at the next start. */
void spool_fill(struct spool *s)
{
	struct spool_batch *b = s->process.batch;
	struct spool_job *j;

	if (b->used > KEEP_BYTES)
		madvise(b, sizeof(*b), MADV_REMOVE); /* zeroes again */
	b->n = 0;
	b->used = 0;
	if (s->state.text) {
		j = spool_batch_add(b, SPOOL_STATE, s->state.name, s->state.text, s->state.size);
		if (j)
			j->serial = s->state.serial;
	}
	for (size_t i = 0; i < s->queue.n; i++) {
		const struct spool_waiting *w = s->queue.all[i];

		j = spool_batch_add(b, SPOOL_REPORT, w->id, w->r.text, w->r.size);
		if (!j)
			break;
		memcpy(j->signature, w->signature, sizeof(w->signature));
		j->wall_s = w->r.wall_s;
		j->only_new = w->r.only_new;
		j->serial = w->serial;
	}
}

static void settle_report(struct spool *s, const struct spool_job *j)
{
	size_t i = spool_queue_find(&s->queue, j->id);

	s->counts.written += j->result == 0;
	s->counts.left_out += j->result == SPOOL_LEFT_OUT;
	/* a newer one may have come while this one was written */
	if (i < s->queue.n && s->queue.all[i]->serial == j->serial)
		spool_queue_take_out(&s->queue, i);
}

/* One that cannot be written does not hold up others. */
static void settle(struct spool *s)
{
	const struct spool_batch *b = s->process.batch;
	bool died = false;
	int failed = 0;

	for (uint32_t i = 0; i < b->n; i++) {
		const struct spool_job *j = &b->jobs[i];

		if (!__atomic_load_n(&j->done, __ATOMIC_ACQUIRE)) {
			died = true; /* first: it is done once more */
			continue;
		}
		if (j->op == SPOOL_LOAD || j->op == SPOOL_ASIDE)
			continue;
		if (j->result < 0) {
			s->counts.failed++;
			failed = j->result;
		} else if (j->op == SPOOL_REPORT) {
			settle_report(s, j);
		} else if (s->state.serial == j->serial) {
			free(s->state.text);
			s->state.text = NULL;
		}
	}
	s->deaths = died ? s->deaths + 1 : 0;
	s->fresh |= died && s->deaths < DEATHS_MAX;
	s->slow = false;
	s->counts.removed = b->removed;
	s->counts.stock = b->stock;
	s->counts.waiting = s->queue.n;
	spool_say(s, failed ? failed : died && s->deaths >= DEATHS_MAX ? -ECHILD : 0);
}

/* Returns 0 if it was sent, or done. */
int spool_run(struct spool *s)
{
	int err;

	s->fresh = false;
	if (s->c.in_place) {
		spool_batch_run(s->process.batch, &s->writer);
		settle(s);
		return 0;
	}
	err = spool_process_send(&s->process);
	s->sent_ns = os_now_ns();
	if (err)
		spool_say(s, err);
	return err;
}

/* Is nothing being written? */
bool spool_is_idle(struct spool *s, int timeout_ms)
{
	bool was_busy = s->process.busy;

	if (!spool_process_done(&s->process, timeout_ms)) {
		if (os_now_ns() - s->sent_ns > HANGS_NS)
			spool_say(s, -ETIMEDOUT);
		return false;
	}
	if (was_busy)
		settle(s);
	return true;
}
