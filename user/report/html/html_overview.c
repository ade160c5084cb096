// SPDX-License-Identifier: GPL-2.0
/*
 * What the page has of each stall, by stall. It is written when all is known, at
 * the end of the page, and shown at its beginning: <main> has a slot for it there
 * (a shadow root that is declared, which needs no script). A browser that is too
 * old for that shows it at the end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "html_parts.h"
#include "../words.h"

#define SECTIONS_MAX 2000 /* of a watch that goes on for months, the first */

struct section {
	char id[24];
	enum report_event event;
	const char *words; /* static */
	char title[120], at[40], news[160];
	bool listed;
};

struct html_overview {
	struct section *sections; /* by number */
	size_t n, more;
};

int html_overview_new(struct html_overview **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void html_overview_free(struct html_overview *o)
{
	if (o)
		free(o->sections);
	free(o);
}

static const char *shortened(const char *from, char *to, size_t size)
{
	size_t n = strlen(from) < size ? strlen(from) : size - 1;

	/* not within a letter */
	while (n && n < strlen(from) && ((unsigned char)from[n] & 0xc0) == 0x80)
		n--;
	memcpy(to, from, n);
	to[n] = '\0';
	return to;
}

int html_overview_add(struct html_overview *o, const struct report *r)
{
	struct section *s;
	char words[WORDS];

	if (o->n == SECTIONS_MAX) {
		o->more++;
		return 0;
	}
	if ((o->n & (o->n - 1)) == 0) {
		s = realloc(o->sections, (o->n ? 2 * o->n : 1) * sizeof(*s));
		if (!s)
			return -ENOMEM;
		o->sections = s;
	}
	s = &o->sections[o->n++];
	*s = (struct section){.event = r->event, .words = words_event(r)};
	shortened(r->id, s->id, sizeof(s->id));
	shortened(r->title, s->title, sizeof(s->title));
	shortened(words_moment(r->session, r->wall_ns, words), s->at, sizeof(s->at));
	shortened(words_news(r, words), s->news, sizeof(s->news));
	return 0;
}

static void event(FILE *out, const struct section *s, size_t number)
{
	fprintf(out, "<li><a href=\"#s%zu\"><span class=\"time\">%s</span> %s", number, s->at,
		s->words);
	html_escaped(out, s->news);
	fputs("</a></li>\n", out);
}

static void stall(FILE *out, struct html_overview *o, size_t first)
{
	size_t last = first;

	/* those that are only counted are others, that go by the name of one that was told of */
	for (size_t i = first; i < o->n; i++) {
		if (strcmp(o->sections[i].id, o->sections[first].id) == 0 &&
		    o->sections[i].event != EVENT_SUPPRESSED)
			last = i;
	}
	fputs("<li><p><b>", out);
	html_escaped(out, o->sections[last].title);
	fprintf(out, "</b> <span class=\"badge %s\">%s</span> <span class=\"faint\">",
		o->sections[last].event == EVENT_RESOLVED ? "resolved" : "open",
		o->sections[last].event == EVENT_RESOLVED ? "over"
		: o->sections[last].event == EVENT_MERGED ? "merged"
							  : "open");
	html_escaped(out, o->sections[first].id);
	fputs("</span></p>\n<ol class=\"events\">\n", out);
	for (size_t i = first; i < o->n; i++) {
		if (o->sections[i].listed || strcmp(o->sections[i].id, o->sections[first].id) != 0)
			continue;
		o->sections[i].listed = true;
		event(out, &o->sections[i], i + 1);
	}
	fputs("</ol></li>\n", out);
}

void html_overview_write(FILE *out, struct html_overview *o)
{
	if (o->n < 2)
		return;
	fputs("<nav slot=\"overview\" class=\"overview\" aria-labelledby=\"all\">"
	      "<h2 id=\"all\">In this file</h2>\n<ol>\n",
	      out);
	for (size_t i = 0; i < o->n; i++) {
		if (!o->sections[i].listed)
			stall(out, o, i);
	}
	fputs("</ol>\n", out);
	if (o->more)
		fprintf(out, "<p>%zu more are not in this list.</p>\n", o->more);
	fputs("</nav>\n", out);
}
