// SPDX-License-Identifier: GPL-2.0
/* What must be found, as one line of JSON; names are ours and need no quoting. */
#include "scene.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static int64_t wall_offset_ns(void)
{
	struct timespec w;
	uint64_t mono = now_ns();

	clock_gettime(CLOCK_REALTIME, &w);
	return (int64_t)w.tv_sec * 1000000000 + w.tv_nsec - (int64_t)mono;
}

void print_since(struct stage *s)
{
	const char *comma = "";

	printf("{");
	for (size_t i = 0; i < s->n_actors; i++) {
		const struct actor *a = &s->actors[i];

		if (!a->since_ns)
			continue;
		printf("%s\"%d\":%" PRIu64, comma, a->tid, a->since_ns);
		comma = ",";
	}
	printf("}");
}

static void print_claims(const struct expect *e)
{
	printf("\"roles\":[");
	for (size_t i = 0; i < e->n_roles; i++)
		printf("%s{\"tid\":%d,\"pid\":%d,\"comm\":\"%s\",\"role\":\"%s\"}", i ? "," : "",
		       e->roles[i].actor->tid, e->roles[i].actor->pid, e->roles[i].actor->name,
		       e->roles[i].role);
	printf("],\"holders\":[");
	for (size_t i = 0; i < e->n_holds; i++) {
		const struct claim_hold *h = &e->holds[i];

		printf("%s{\"resource_kind\":\"%s\",\"waiter_tid\":%d,\"holder_tid\":%d,"
		       "\"holder_pid\":%d,\"evidence\":\"%s\"}",
		       i ? "," : "", h->kind, h->waiter->tid, h->holder->tid, h->holder->pid,
		       h->evidence);
	}
	printf("],\"blamed_never\":[");
	for (size_t i = 0; i < e->n_never; i++)
		printf("%s%d", i ? "," : "", e->never[i]->tid);
	printf("]");
}

void print_expect(const struct scene *scene, struct stage *s)
{
	const struct expect *e = &s->expect;

	printf("{\"scene\":\"%s\",\"pid\":%d,\"children\":[", scene->name, s->main_pid);
	for (size_t i = 0; i < s->n_children; i++)
		printf("%s%d", i ? "," : "", s->children[i]);
	printf("],\"healthy\":%s,\"begins\":%s,\"resolves\":%s,\"threshold_ns\":%" PRIu64
	       ",\"wall_offset_ns\":%" PRId64 ",\"expect\":{",
	       scene->healthy ? "true" : "false", scene->begin ? "true" : "false",
	       scene->go ? "true" : "false", s->threshold_ns, wall_offset_ns());
	if (e->reports >= 0)
		printf("\"reports\":%d,", e->reports);
	if (e->rule)
		printf("\"rule\":\"%s\",", e->rule);
	if (e->certainty)
		printf("\"certainty\":\"%s\",", e->certainty);
	if (e->only_exact_of)
		printf("\"only_exact_of_holders\":true,");
	if (e->note)
		printf("%s,", e->note);
	print_claims(e);
	printf(",\"since_ns\":");
	print_since(s);
	printf("}}\n");
}
