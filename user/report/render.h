/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_RENDER_H
#define REPORT_RENDER_H

/*
 * Renderers: reports as data in, a FILE out. One format a file; each ends in
 * one function table. An error of writing is never passed over: it comes back
 * as -EPIPE, and render.failed says which it was.
 */
#include <stdbool.h>
#include <stdio.h>

#include "../core/engine.h"

struct render_options {
	bool color;
	bool unicode; /* draw with lines and arrows; otherwise in ASCII */
	/*
	 * Each report stands for itself, as from a spool, which has the newest state of each stall
	 * alone. Otherwise what goes on, or is over, is told briefly: all was said when it began.
	 */
	bool whole;
};

struct renderer;
struct html_overview;

struct render {
	const struct renderer *renderer;
	FILE *out;
	struct render_options options;
	size_t reports;			/* written so far */
	int failed;			/* errno of a write that failed, or 0 */
	struct html_overview *overview; /* the HTML renderer's own; NULL: no page is begun */
};

struct renderer {
	const char *name; /* "text" */
	int (*session)(struct render *r, const struct fact_session *session);
	int (*note)(struct render *r, const struct fact_note *note);
	int (*report)(struct render *r, const struct report *report);
	int (*end)(struct render *r, const struct report_end *end);
	void (*close)(struct render *r); /* forgets what it kept, also if there was no end */
};

extern const struct renderer render_text, render_json, render_dot, render_html;

/* The renderer of that name, or NULL. */
const struct renderer *renderer_find(const char *name);

/* What the engine_out of below does at the end. */
int render_end(struct render *r, const struct report_end *end);

/* Is to be called in the end, whether that went well or not. */
void render_close(struct render *r);

/* Makes *ret pass everything to that renderer; *r must live as long. */
void renderer_out(const struct renderer *renderer, struct render *r, struct engine_out *ret);

#endif
