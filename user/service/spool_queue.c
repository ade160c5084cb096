// SPDX-License-Identifier: GPL-2.0
#include "spool_queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void spool_queue_take_out(struct spool_queue *q, size_t i)
{
	struct spool_waiting *w = q->all[i];

	q->bytes -= w->r.size;
	free((char *)w->r.text);
	free(w);
	q->n--;
	for (; i < q->n; i++)
		q->all[i] = q->all[i + 1];
}

size_t spool_queue_find(const struct spool_queue *q, const char *id)
{
	size_t i = 0;

	while (i < q->n && strcmp(q->all[i]->id, id) != 0)
		i++;
	return i;
}

bool spool_queue_is_full(const struct spool_queue *q, const struct spool_report *r)
{
	return q->n && (q->n == SPOOL_WAITING_MAX || q->bytes + r->size > SPOOL_WAITING_BYTES_MAX);
}

int spool_queue_add(struct spool_queue *q, const struct spool_report *r, uint64_t serial)
{
	struct spool_waiting *w = calloc(1, sizeof(*w));
	char *text = malloc(r->size + 1);

	if (!w || !text || strlen(r->id) >= sizeof(w->id) ||
	    strlen(r->signature) >= sizeof(w->signature) || r->size > SPOOL_WAITING_BYTES_MAX) {
		free(w);
		free(text);
		return -ENOMEM;
	}
	memcpy(text, r->text, r->size);
	w->r = *r;
	memcpy(w->id, r->id, strlen(r->id) + 1);
	memcpy(w->signature, r->signature, strlen(r->signature) + 1);
	w->r.text = text;
	w->r.id = w->id;
	w->r.signature = w->signature;
	w->serial = serial;
	q->all[q->n++] = w;
	q->bytes += r->size;
	return 0;
}
