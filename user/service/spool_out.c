// SPDX-License-Identifier: GPL-2.0
#include "spool_out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../report/render.h"

struct spool_out {
	struct engine_out next;
	struct spool *spool;
};

static int keep(struct spool *spool, const struct report *r)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	struct render render = {.renderer = &render_json, .out = file};
	int err = file ? render_json.report(&render, r) : -ENOMEM;

	if (file && fclose(file) != 0)
		err = -ENOMEM;
	if (!err)
		err = spool_put(spool, &(struct spool_report){
					       .id = r->id,
					       .signature = r->signature,
					       .wall_s = r->wall_ns / 1000000000,
					       .text = text,
					       .size = size,
					       /* an example of many, that may have been told of */
					       .only_new = r->event == EVENT_SUPPRESSED,
				       });
	free(text);
	return err == -ENOMEM ? err : 0;
}

/* Kept first: who is told may be a pipe that has gone. */
static int on_report(void *ctx, const struct report *r)
{
	struct spool_out *s = ctx;
	int err = keep(s->spool, r);

	return err || !s->next.report ? err : s->next.report(s->next.ctx, r);
}

static int on_session(void *ctx, const struct fact_session *session)
{
	struct spool_out *s = ctx;

	return s->next.session ? s->next.session(s->next.ctx, session) : 0;
}

static int on_note(void *ctx, const struct fact_note *note)
{
	struct spool_out *s = ctx;

	return s->next.note ? s->next.note(s->next.ctx, note) : 0;
}

static int on_end(void *ctx, const struct report_end *end)
{
	struct spool_out *s = ctx;

	return s->next.end ? s->next.end(s->next.ctx, end) : 0;
}

static bool keeps_back(void *ctx, const struct report *r)
{
	struct spool_out *s = ctx;

	return s->next.keeps_back && s->next.keeps_back(s->next.ctx, r);
}

int spool_out_new(const struct spool_config *c, const struct engine_out *next,
		  struct spool_out **ret, struct engine_out *ret_out)
{
	struct spool_out *s = calloc(1, sizeof(*s));

	if (!s || spool_new(c, &s->spool) != 0) {
		free(s);
		return -ENOMEM;
	}
	s->next = *next;
	*ret = s;
	*ret_out = (struct engine_out){on_session, on_note, on_report, on_end, s, keeps_back};
	return 0;
}

const struct spool_counts *spool_out_counts(const struct spool_out *s)
{
	return spool_counts(s->spool);
}

void spool_out_look_after(struct spool_out *s, uint64_t now_ns)
{
	if (s)
		spool_look_after(s->spool, now_ns);
}

bool spool_out_close(struct spool_out *s)
{
	bool whole = !s || spool_close(s->spool);

	free(s);
	return whole;
}
