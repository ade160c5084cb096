// SPDX-License-Identifier: GPL-2.0
#include "spool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../message.h"
#include "spool_write.h"

/* What waits takes no more memory than that. */
#define WAITING_MAX	  64
#define WAITING_BYTES_MAX (8UL << 20)

#define RETRY_NS 10000000000ULL

struct waiting {
	struct spool_report r; /* text is ours */
	char id[SPOOL_WORD_MAX], signature[SPOOL_WORD_MAX];
};

struct spool {
	struct spool_config c;
	struct spool_counts counts;
	struct spool_writer writer;
	struct waiting *waiting[WAITING_MAX];
	size_t bytes; /* of them */
	bool failing;
	uint64_t next_ns; /* not before then is it tried again without a new report */
};

int spool_new(const struct spool_config *c, struct spool **ret)
{
	struct spool *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->c = *c;
	s->writer = (struct spool_writer){.c = &s->c, .counts = &s->counts, .dir_fd = -1};
	*ret = s;
	return 0;
}

static void take_out(struct spool *s, size_t i)
{
	struct waiting *w = s->waiting[i];

	s->bytes -= w->r.size;
	free((char *)w->r.text);
	free(w);
	s->counts.waiting--;
	for (; i < s->counts.waiting; i++)
		s->waiting[i] = s->waiting[i + 1];
}

/* Of a stall that waits already, what is newer is put in its place. */
static void make_room(struct spool *s, const struct spool_report *r)
{
	for (size_t i = 0; i < s->counts.waiting; i++) {
		if (strcmp(s->waiting[i]->id, r->id) == 0) {
			take_out(s, i);
			break;
		}
	}
	while (s->counts.waiting &&
	       (s->counts.waiting == WAITING_MAX || s->bytes + r->size > WAITING_BYTES_MAX)) {
		take_out(s, 0);
		s->counts.lost++;
	}
}

static int enqueue(struct spool *s, const struct spool_report *r)
{
	struct waiting *w = calloc(1, sizeof(*w));
	char *text = malloc(r->size + 1);

	if (!w || !text || strlen(r->id) >= sizeof(w->id) ||
	    strlen(r->signature) >= sizeof(w->signature)) {
		free(w);
		free(text);
		s->counts.lost++;
		return -ENOMEM;
	}
	make_room(s, r);
	memcpy(text, r->text, r->size);
	w->r = *r;
	memcpy(w->id, r->id, strlen(r->id) + 1);
	memcpy(w->signature, r->signature, strlen(r->signature) + 1);
	w->r.text = text;
	w->r.id = w->id;
	w->r.signature = w->signature;
	s->waiting[s->counts.waiting++] = w;
	s->bytes += r->size;
	return 0;
}

/* Once when it begins, once when it is over. */
static void say(struct spool *s, int err)
{
	if (err && !s->failing)
		error_line("cannot keep reports in %s: %s; they wait in memory, and are tried "
			   "again",
			   s->c.dir,
			   err == -EWOULDBLOCK ? "another locktrace writes there" : strerror(-err));
	else if (!err && s->failing)
		error_line("reports are kept in %s again; %" PRIu64 " were lost", s->c.dir,
			   s->counts.lost);
	s->counts.said += s->failing != !!err;
	s->failing = !!err;
}

/* One that cannot be written does not hold up smaller ones. */
static void flush(struct spool *s)
{
	int failed = 0;

	for (size_t i = 0; i < s->counts.waiting;) {
		int err = spool_write(&s->writer, &s->waiting[i]->r);

		if (err < 0) {
			s->counts.failed++;
			failed = err;
			i++;
			continue;
		}
		s->counts.written += err == 0;
		s->counts.left_out += err == SPOOL_LEFT_OUT;
		take_out(s, i);
	}
	say(s, failed);
}

int spool_put(struct spool *s, const struct spool_report *r)
{
	int err = enqueue(s, r);

	flush(s);
	return err;
}

void spool_retry(struct spool *s, uint64_t now_ns)
{
	if (!s->counts.waiting || now_ns < s->next_ns)
		return;
	if (s->next_ns)
		flush(s);
	s->next_ns = s->counts.waiting ? now_ns + RETRY_NS : 0;
}

const struct spool_counts *spool_counts(const struct spool *s)
{
	return &s->counts;
}

bool spool_close(struct spool *s)
{
	bool whole;

	if (s->counts.waiting)
		flush(s);
	s->counts.lost += s->counts.waiting;
	whole = !s->counts.lost;
	if (!whole)
		error_line("%" PRIu64 " reports could not be kept in %s", s->counts.lost, s->c.dir);
	while (s->counts.waiting)
		take_out(s, 0);
	if (s->writer.dir_fd >= 0)
		close(s->writer.dir_fd);
	free(s);
	return whole;
}
