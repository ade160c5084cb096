// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "pass.h"
#include "rules.h"
#include "silence_counts.h"

#define TOLD SIZE_MAX /* kept back by nothing */

/* Stalls that are over, and may be reopened: as many are remembered. */
#define OVER_MAX 64

#define ID sizeof(((struct report *)NULL)->id)

/* A stall that is open. */
struct known {
	char id[ID];
	size_t by;    /* index in counts: what keeps it back; or TOLD */
	bool counted; /* there, and by the engine as opened */
};

struct silence {
	struct engine_out next; /* first: pass.h */
	const struct filters *filters;
	struct known *open;
	size_t n_open, cap_open;
	char over[OVER_MAX][ID]; /* that nobody was told of */
	size_t next_over;
	struct silence_counts counts;
	bool had_only;
	uint64_t suppressed; /* that were not even told to us */
	uint64_t kept;	     /* ever */
	size_t contended;    /* what the engine counted as such, less what was told as such */
	enum severity worst;
};

/* ---- Which ---- */

/* What keeps it back, or TOLD. */
static size_t kept_by(const struct silence *s, const struct report *r)
{
	size_t ignored;

	if (!filters_want(s->filters, r))
		return 0;
	ignored = filters_ignored_by(s->filters, r);
	return ignored < s->filters->n[LIST_IGNORE] ? s->counts.of_ignore[ignored] : TOLD;
}

/* ---- What is told ---- */

static struct known *find(const struct silence *s, const char *id)
{
	for (size_t i = 0; i < s->n_open; i++) {
		if (!strcmp(s->open[i].id, id))
			return &s->open[i];
	}
	return NULL;
}

/* *ret is valid until the next one. */
static int know(struct silence *s, const struct report *r, size_t by, struct known **ret)
{
	struct known *k = find(s, r->id);
	int err = 0;

	if (!k) {
		err = array_room(&s->open, &s->cap_open, s->n_open, sizeof(*s->open));
		if (err)
			return err;
		k = &s->open[s->n_open++];
		memcpy(k->id, r->id, sizeof(k->id));
		k->by = by;
		k->counted = by != TOLD && (r->event == EVENT_OPENED || r->event == EVENT_SNAPSHOT);
		if (k->counted) {
			s->counts.all[by].stalls++;
			s->kept++;
		}
		s->contended += k->counted && r->severity == SEVERITY_CONTENTION;
	}
	*ret = k;
	return 0;
}

static int tell(struct silence *s, const struct report *r)
{
	if (r->severity > s->worst)
		s->worst = r->severity;
	return pass_report(s, r);
}

static int tell_opened(struct silence *s, const struct report *r)
{
	struct report opened = *r;

	opened.event = EVENT_OPENED;
	opened.life.change = 0;
	opened.life.more = 0;
	return tell(s, &opened);
}

/* It was kept back and is another one now: whoever is told must hear of it from the start. */
static int tell_late(struct silence *s, struct known *k, const struct report *r)
{
	if (k->counted)
		s->counts.all[k->by].stalls--;
	s->contended -= r->severity == SEVERITY_CONTENTION;
	k->by = TOLD;
	return r->event == EVENT_SNAPSHOT ? tell(s, r) : tell_opened(s, r);
}

static bool is_over(const struct report *r)
{
	return r->event == EVENT_RESOLVED || r->event == EVENT_MERGED;
}

static void forget(struct silence *s, struct known *k)
{
	if (k->by != TOLD)
		memcpy(s->over[s->next_over++ % OVER_MAX], k->id, ID);
	*k = s->open[--s->n_open];
}

/* Has it come back, and was it kept back before? */
static bool is_news(const struct silence *s, const struct report *r)
{
	if (r->event != EVENT_REOPENED)
		return false;
	for (size_t i = 0; i < OVER_MAX; i++) {
		if (!strcmp(s->over[i], r->id))
			return true;
	}
	return false;
}

/* Stalls that were too many to be told of, and are known by one of them. */
static int count_suppressed(struct silence *s, const struct report *r, size_t by)
{
	s->counts.all[by].stalls += r->life.suppressed;
	s->suppressed += r->life.suppressed;
	s->kept += r->life.suppressed;
	return 0;
}

static int on_report(void *ctx, const struct report *r)
{
	struct silence *s = ctx;
	size_t by = kept_by(s, r);
	struct known *k;
	int err;

	if (r->event == EVENT_SUPPRESSED)
		return by == TOLD ? tell(s, r) : count_suppressed(s, r, by);
	err = know(s, r, by, &k);
	if (err)
		return err;
	if (k->by == TOLD)
		err = is_news(s, r) ? tell_opened(s, r) : tell(s, r);
	else if (by == TOLD && !is_over(r))
		err = tell_late(s, k, r);
	if (is_over(r))
		forget(s, k);
	return err;
}

static bool keeps_back(void *ctx, const struct report *r)
{
	const struct silence *s = ctx;
	const struct known *k = find(s, r->id);

	return !(k && k->by == TOLD) && kept_by(s, r) != TOLD;
}

/* Whoever is told was told of it, by an earlier session. */
static int on_kept(void *ctx, const struct fact_stall *stall)
{
	struct silence *s = ctx;
	struct report told = {.event = EVENT_CHANGED};
	struct known *k;
	int err;

	snprintf(told.id, sizeof(told.id), "%s", stall->id);
	err = know(s, &told, TOLD, &k);
	if (!err && rules_severity_of(stall->rule) > s->worst)
		s->worst = rules_severity_of(stall->rule);
	return err ? err : pass_kept(s, stall);
}

static int on_ended(void *ctx, const struct stall_end *end)
{
	struct silence *s = ctx;
	struct known *k = find(s, end->id);

	if (k)
		forget(s, k);
	return pass_ended(s, end);
}

static int on_end(void *ctx, const struct report_end *whole)
{
	struct silence *s = ctx;
	struct report_end end = *whole;
	size_t kept = 0, open = 0;

	for (size_t i = 0; i < s->counts.n; i++)
		kept += s->counts.all[i].stalls;
	for (size_t i = 0; i < s->n_open; i++)
		open += s->open[i].by != TOLD;
	end.opened -= kept - s->suppressed;
	end.contended -= s->contended;
	end.suppressed -= s->suppressed;
	end.still_open -= open;
	end.filtered = true;
	end.silenced = s->had_only ? s->counts.all : s->counts.all + 1;
	end.n_silenced = s->counts.all + s->counts.n - end.silenced;
	return pass_end(s, &end);
}

int silence_refilter(struct silence *s, const struct filters *filters)
{
	int err = silence_counts_set(&s->counts, filters);

	if (err)
		return err;
	s->filters = filters;
	s->had_only |= filters->n[LIST_ONLY] > 0;
	return 0;
}

int silence_new(const struct filters *filters, const struct engine_out *next, struct silence **ret,
		struct engine_out *ret_out)
{
	struct silence *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->next = *next;
	if (silence_refilter(s, filters)) {
		silence_free(s);
		return -ENOMEM;
	}
	*ret = s;
	*ret_out = pass_all(&s->next);
	ret_out->report = on_report;
	ret_out->end = on_end;
	ret_out->kept = on_kept;
	ret_out->ended = on_ended;
	ret_out->keeps_back = keeps_back;
	return 0;
}

void silence_free(struct silence *s)
{
	if (!s)
		return;
	silence_counts_free(&s->counts);
	free(s->open);
	free(s);
}

uint64_t silence_kept(const struct silence *s)
{
	return s->kept;
}

enum severity silence_worst(const struct silence *s)
{
	return s->worst;
}
