/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_WRITTEN_H
#define TESTS_WRITTEN_H

/* HTML pages of reports, for tests of what is in them. */
#include "pictured.h"

#include "report/render.h"

struct written {
	char *s;
	size_t n;
	struct render render;
	struct engine_out out;
};

static inline void begin(struct written *w, const struct fact_session *session)
{
	*w = (struct written){.s = NULL};
	w->render.out = open_memstream(&w->s, &w->n);
	assert_non_null(w->render.out);
	renderer_out(&render_html, &w->render, &w->out);
	if (session)
		assert_int_equal(w->out.session(w->out.ctx, session), 0);
}

static inline void tell(struct written *w, const struct report *r)
{
	assert_int_equal(w->out.report(w->out.ctx, r), 0);
}

static inline char *end(struct written *w)
{
	static const struct fact_session none = {.version = "", .target = "", .once = true};
	const struct report_end how = {.session = &none, .why = "over"};

	assert_int_equal(w->out.end(w->out.ctx, &how), 0);
	render_close(&w->render);
	fclose(w->render.out);
	return w->s;
}

static inline char *page_of(const struct report *r)
{
	struct written w;

	begin(&w, r->session);
	tell(&w, r);
	return end(&w);
}

static inline char *page_of_story(const char *story)
{
	struct pictured d;
	char *page = page_of(pictured(&d, story));

	pictured_free(&d);
	return page;
}

static inline bool is_void(const char *tag)
{
	return !strcmp(tag, "meta") || !strcmp(tag, "br") || !strcmp(tag, "!DOCTYPE");
}

/* Passes over the attributes of a tag; each value is quoted. Returns what stands after '>'. */
static inline const char *attributes(const char *at, bool *ret_closed)
{
	bool quoted = false;

	for (; *at && (quoted || (*at != '>' && *at != '<')); at++) {
		quoted ^= *at == '"';
		*ret_closed = *at == '/';
	}
	if (*at != '>')
		fail_msg("a tag does not end: %.40s", at);
	return at + 1;
}

/* Each tag is closed, in the order in which they were opened. */
static inline void assert_whole(const char *page)
{
	char open[64][16];
	size_t depth = 0;

	for (const char *at = page; (at = strchr(at, '<'));) {
		bool end = at[1] == '/', closed = false;
		char tag[16] = "";

		if (sscanf(at + 1 + end, "%15[!a-zA-Z0-9]", tag) != 1)
			fail_msg("not a tag: %.40s", at);
		at = attributes(at + 1, &closed);
		if (end) {
			if (!depth || strcmp(open[--depth], tag) != 0)
				fail_msg("</%s> closes <%s>", tag, depth ? open[depth] : "nothing");
		} else if (!closed && !is_void(tag)) {
			assert_true(depth < 64);
			snprintf(open[depth++], sizeof(open[0]), "%s", tag);
		}
		if (!strcmp(tag, "style") && !end)
			at = strstr(at, "</style>");
	}
	assert_int_equal(depth, 0);
	assert_true(strncmp(page, "<!DOCTYPE html>\n", 16) == 0);
	assert_non_null(strstr(page, "</html>\n"));
}

/* What both tests of pages tell. */
#define TWO_STUCK                                                                                  \
	"root agentd\n"                                                                            \
	"holder dispatcher for socket since 2000 at-least\n"                                       \
	"waiting logger for queue since 3000 unknown\n"                                            \
	"waiting other for queue since 4000 about\n"                                               \
	"lock queue by dispatcher inferred\n"                                                      \
	"lock socket by agentd\n"

#endif
