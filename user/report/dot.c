// SPDX-License-Identifier: GPL-2.0
/*
 * The wait-for graph for Graphviz: threads are boxes, resources ellipses;
 * what is inferred is dashed. `dot -Tsvg`.
 */

#include "render.h"
#include "utf8.h"
#include "words.h"

/* Inside a quoted string of DOT only the quote and the backslash are special. */
static void quoted(FILE *out, const char *s)
{
	char shown[WORDS * 2];

	fputc('"', out);
	for (utf8_shown(s, shown, sizeof(shown)), s = shown; *s; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', out);
		fputc(*s, out);
	}
	fputc('"', out);
}

static void thread_node(FILE *out, const struct report *r, size_t i)
{
	static const char *const colors[_ROLE_MAX] = {
		[ROLE_ROOT] = "orange",
		[ROLE_CYCLE] = "salmon",
		[ROLE_HOLDER] = "lightyellow",
		[ROLE_WAITING] = "white",
	};
	char name[WORDS];

	fprintf(out, "\tt%zu [shape=box, style=filled, fillcolor=%s, label=", i + 1,
		colors[r->threads[i].role]);
	quoted(out, words_thread(r, i, name));
	fputs(", tooltip=", out);
	quoted(out, r->threads[i].fact.doing ? r->threads[i].fact.doing : "?");
	fputs("];\n", out);
}

static void resource_node(FILE *out, const struct report *r, size_t i)
{
	const struct report_resource *res = &r->resources[i];
	char what[WORDS * 2];

	fprintf(out, "\tr%zu [shape=ellipse, label=", i + 1);
	quoted(out, words_resource(r, i, what));
	fputs("];\n", out);
	for (size_t h = 0; h < res->n_holders; h++) {
		if (res->holders[h].thread == REPORT_NONE)
			continue;
		fprintf(out, "\tr%zu -> t%zu [style=%s, label=", i + 1, res->holders[h].thread + 1,
			res->holders[h].fact.evidence == EVIDENCE_EXACT ? "solid" : "dashed");
		quoted(out, res->holders[h].fact.why ? res->holders[h].fact.why : "");
		fputs("];\n", out);
	}
}

static int dot_report(struct render *render, const struct report *r)
{
	FILE *out = render->out;
	char age[WORDS];

	fputs("digraph ", out);
	quoted(out, r->id);
	fputs(" {\n\trankdir=LR;\n\tlabelloc=t;\n\tlabel=", out);
	quoted(out, r->summary ? r->summary : r->title);
	fputs(";\n", out);
	for (size_t i = 0; i < r->n_threads; i++)
		thread_node(out, r, i);
	for (size_t i = 0; i < r->n_resources; i++)
		resource_node(out, r, i);
	for (size_t i = 0; i < r->n_threads; i++) {
		const struct report_thread *t = &r->threads[i];

		if (t->resource == REPORT_NONE)
			continue;
		fprintf(out, "\tt%zu -> r%zu [label=", i + 1, t->resource + 1);
		quoted(out, words_waited(t->waited_ns, t->wait.quality, age));
		fputs("];\n", out);
	}
	fputs("}\n", out);
	return 0;
}

const struct renderer render_dot = {.name = "dot", .report = dot_report};
