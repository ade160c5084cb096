// SPDX-License-Identifier: GPL-2.0
#include "spool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../message.h"
#include "../os/clock.h"
#include "spool_private.h"

/* It has room in a batch beside all that waits. */
#define STATE_BYTES_MAX (7UL << 20)

#define RETRY_NS 10000000000ULL

/* So long is waited for the last batch, and for as many reports at once as there is room for. */
#define CLOSE_MS 5000
#define FULL_MS	 200

int spool_new(const struct spool_config *c, struct spool **ret)
{
	struct spool *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->c = *c;
	s->c.form = spool_form_choose(c->form);
	s->writer = (struct spool_writer){.c = &s->c, .dir_fd = -1};
	if (spool_process_new(&s->process, &s->c) != 0) {
		free(s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}

/* Of a stall that waits already, what is newer is put in its place. */
static int enqueue(struct spool *s, const struct spool_report *r)
{
	struct spool_queue *q = &s->queue;
	size_t i = spool_queue_find(q, r->id);
	int err;

	if (i < q->n)
		spool_queue_take_out(q, i);
	/* a healthy disk may just be slower than they come; once */
	if (spool_queue_is_full(q, r) && !s->failing && !s->slow)
		s->slow = !spool_settle(s, FULL_MS);
	for (; spool_queue_is_full(q, r); s->counts.lost++)
		spool_queue_take_out(q, 0);
	err = spool_queue_add(q, r, ++s->serials);
	s->counts.lost += err != 0;
	s->counts.waiting = q->n;
	return err;
}

static bool has_work(const struct spool *s)
{
	return s->queue.n || s->state.text;
}

/* ---- The ways in ---- */

int spool_put(struct spool *s, const struct spool_report *r)
{
	int err = enqueue(s, r);

	s->fresh = true;
	if (s->c.in_place) {
		spool_fill(s);
		spool_run(s);
	}
	return err;
}

int spool_keep(struct spool *s, const char *name, const char *text, size_t size)
{
	char *copy = size <= STATE_BYTES_MAX ? malloc(size + 1) : NULL;

	if (!copy || strlen(name) >= sizeof(s->state.name)) {
		free(copy);
		return -ENOMEM;
	}
	memcpy(copy, text, size);
	free(s->state.text);
	s->state.text = copy;
	s->state.size = size;
	s->state.serial = ++s->serials;
	memcpy(s->state.name, name, strlen(name) + 1);
	s->fresh = true;
	return 0;
}

void spool_look_after(struct spool *s, uint64_t now_ns)
{
	if (!spool_is_idle(s, 0) || !has_work(s))
		return;
	if (!s->fresh && (!s->next_ns || now_ns < s->next_ns)) {
		s->next_ns = s->next_ns ? s->next_ns : now_ns + RETRY_NS;
		return;
	}
	spool_fill(s);
	spool_run(s);
	s->next_ns = now_ns + RETRY_NS;
}

bool spool_settle(struct spool *s, uint64_t timeout_ms)
{
	uint64_t end_ns = os_now_ns() + timeout_ms * 1000000;

	for (bool sent = false;;) {
		uint64_t now = os_now_ns();

		if (!spool_is_idle(s, now < end_ns ? (int)((end_ns - now) / 1000000) + 1 : 0))
			return false;
		if (!has_work(s) || (sent && !s->fresh))
			return !has_work(s);
		if (os_now_ns() >= end_ns)
			return false;
		spool_fill(s);
		sent = true;
		if (spool_run(s) != 0)
			return false;
	}
}

/* One job that is asked for and waited for. Returns its result, or -errno. */
static int ask(struct spool *s, enum spool_op op, const char *name, size_t room,
	       uint64_t timeout_ms)
{
	struct spool_batch *b = s->process.batch;

	if (!spool_is_idle(s, 0))
		return -ETIMEDOUT;
	b->n = 0;
	b->used = 0;
	if (!spool_batch_add(b, op, name, NULL, room))
		return -EINVAL;
	if (s->c.in_place)
		spool_batch_run(b, &s->writer);
	else if (spool_process_send(&s->process) != 0)
		return -EAGAIN;
	s->sent_ns = os_now_ns();
	if (!spool_process_done(&s->process, (int)timeout_ms))
		return -ETIMEDOUT;
	return b->jobs[0].done ? b->jobs[0].result : -EPIPE;
}

int spool_load(struct spool *s, const char *name, uint64_t timeout_ms, char **ret, size_t *ret_size)
{
	int size = ask(s, SPOOL_LOAD, name, STATE_BYTES_MAX + 1, timeout_ms);
	char *text = size < 0 ? NULL : malloc((size_t)size + 1);

	if (size < 0 || !text)
		return size < 0 ? size : -ENOMEM;
	memcpy(text, s->process.batch->text, (size_t)size);
	text[size] = '\0';
	*ret = text;
	*ret_size = (size_t)size;
	return 0;
}

int spool_aside(struct spool *s, const char *name, uint64_t timeout_ms)
{
	return ask(s, SPOOL_ASIDE, name, 0, timeout_ms);
}

bool spool_waits(const struct spool *s, const char *id)
{
	return spool_queue_find(&s->queue, id) < s->queue.n;
}

const struct spool_counts *spool_counts(const struct spool *s)
{
	return &s->counts;
}

bool spool_close(struct spool *s)
{
	bool whole;

	if (!spool_settle(s, CLOSE_MS) && s->process.busy)
		spool_say(s, -ETIMEDOUT);
	s->counts.lost += s->queue.n;
	whole = !s->counts.lost;
	if (!whole)
		error_line("%" PRIu64 " report%s could not be kept in %s", s->counts.lost,
			   s->counts.lost == 1 ? "" : "s", s->c.dir);
	while (s->queue.n)
		spool_queue_take_out(&s->queue, 0);
	free(s->state.text);
	spool_process_free(&s->process);
	if (s->writer.dir_fd >= 0)
		close(s->writer.dir_fd);
	free(s);
	return whole;
}
