// SPDX-License-Identifier: GPL-2.0
#include "spool_out_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../core/pass.h"
#include "../os/host_id.h"
#include "../report/render.h"
#include "spool_dir.h"

static int put(struct spool_out *s, const struct report *r, const char *text, size_t size)
{
	int err = spool_put(s->spool, &(struct spool_report){
					      .id = r->id,
					      .signature = r->signature,
					      .wall_s = r->wall_ns / 1000000000,
					      .text = text,
					      .size = size,
					      /* an example of many, that may have been told of */
					      .only_new = r->event == EVENT_SUPPRESSED,
				      });

	return err == -ENOMEM ? err : 0;
}

static int keep(struct spool_out *s, const struct report *r)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = open_memstream(&text, &size);
	struct render render = {.renderer = &render_json, .out = file};
	int err = file ? render_json.report(&render, r) : -ENOMEM;

	if (file && fclose(file) != 0)
		err = -ENOMEM;
	if (!err)
		err = put(s, r, text, size);
	if (err || !*s->file || r->event == EVENT_SUPPRESSED || r->event == EVENT_SNAPSHOT) {
		free(text);
		return err;
	}
	s->changed = true;
	return open_stalls_told(&s->stalls, r, text, size);
}

/* Kept first: who is told may be a pipe that has gone. */
static int on_report(void *ctx, const struct report *r)
{
	struct spool_out *s = ctx;
	int err = keep(s, r);

	return err ? err : pass_report(s, r);
}

int spool_out_ended(struct spool_out *s, const struct stall_end *end)
{
	const struct open_stall *stall = open_stalls_find(&s->stalls, end->id);
	char why[JSON_READ_WHY];
	struct json_read *j;
	struct report r;
	int err;

	if (!stall || json_read(stall->text, stall->size, &j, why) != 0)
		return 0; /* it was read before */
	r = *json_read_report(j);
	r.session = end->session;
	r.event = end->event;
	r.now_ns = end->now_ns;
	r.wall_ns = end->wall_ns;
	r.lasted_ns = end->lasted_ns ? end->lasted_ns : r.lasted_ns;
	r.life = (struct report_life){
		.times = r.life.times, .first = REPORT_NONE, .ending = end->ending};
	snprintf(r.life.into, sizeof(r.life.into), "%s", end->into);
	err = on_report(s, &r);
	json_read_free(j);
	return err;
}

static int on_session(void *ctx, const struct fact_session *session)
{
	struct spool_out *s = ctx;

	s->session = session; /* the engine's, for as long as it is there */
	return pass_session(s, session);
}

static int on_ended(void *ctx, const struct stall_end *end)
{
	return spool_out_ended(ctx, end);
}

int spool_out_new(const struct spool_config *c, const char *scope, const struct engine_out *next,
		  struct spool_out **ret, struct engine_out *ret_out)
{
	struct spool_out *s = calloc(1, sizeof(*s));

	if (!s || spool_new(c, &s->spool) != 0) {
		free(s);
		return -ENOMEM;
	}
	s->next = *next;
	s->dir = c->dir;
	s->whose.scope = scope;
	if (scope && host_boot_id(BOOT_ID_FILE, s->whose.boot))
		snprintf(s->file, sizeof(s->file), SPOOL_STATE_PREFIX "%08lx.json",
			 crc32_z(0, (const Bytef *)scope, strlen(scope)));
	*ret = s;
	*ret_out = pass_all(&s->next);
	ret_out->session = on_session;
	ret_out->report = on_report;
	ret_out->ended = on_ended;
	return 0;
}

const struct spool_counts *spool_out_counts(const struct spool_out *s)
{
	return spool_counts(s->spool);
}

bool spool_out_close(struct spool_out *s)
{
	bool whole = !s || spool_close(s->spool);

	if (s)
		open_stalls_free(&s->stalls);
	free(s);
	return whole;
}
