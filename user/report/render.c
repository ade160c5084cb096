// SPDX-License-Identifier: GPL-2.0
#include "render.h"

#include <errno.h>
#include <string.h>

static const struct renderer *const renderers[] = {&render_text, &render_json, &render_dot,
						   &render_html};

const struct renderer *renderer_find(const char *name)
{
	for (size_t i = 0; i < sizeof(renderers) / sizeof(renderers[0]); i++) {
		if (strcmp(renderers[i]->name, name) == 0)
			return renderers[i];
	}
	return NULL;
}

/* A report is of use when it is out, not when a buffer is full. */
static int written(struct render *r, int err)
{
	if (err == -ENOMEM)
		return err;
	if (err == 0 && !ferror(r->out) && fflush(r->out) == 0)
		return 0;
	r->failed = errno ? errno : err ? -err : EIO;
	return -EPIPE;
}

/* The first write that fails says why; what is written after it may fail in silence. */
#define WRITTEN(r, call) (errno = 0, written(r, call))

static int on_session(void *ctx, const struct fact_session *session)
{
	struct render *r = ctx;

	return r->renderer->session ? WRITTEN(r, r->renderer->session(r, session)) : 0;
}

static int on_note(void *ctx, const struct fact_note *note)
{
	struct render *r = ctx;

	return r->renderer->note ? WRITTEN(r, r->renderer->note(r, note)) : 0;
}

static int on_report(void *ctx, const struct report *report)
{
	struct render *r = ctx;
	int err = WRITTEN(r, r->renderer->report(r, report));

	r->reports++;
	return err;
}

int render_end(struct render *r, const struct report_end *end)
{
	return r->renderer->end ? WRITTEN(r, r->renderer->end(r, end)) : 0;
}

void render_close(struct render *r)
{
	if (r->renderer->close)
		r->renderer->close(r);
}

static int on_end(void *ctx, const struct report_end *end)
{
	return render_end(ctx, end);
}

void renderer_out(const struct renderer *renderer, struct render *r, struct engine_out *ret)
{
	r->renderer = renderer;
	*ret = (struct engine_out){.session = on_session,
				   .note = on_note,
				   .report = on_report,
				   .end = on_end,
				   .ctx = r};
}
