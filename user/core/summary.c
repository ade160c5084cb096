// SPDX-License-Identifier: GPL-2.0
#include "rule_holders.h"
#include "rule_titles.h"
#include "rules.h"
#include "summary.h"

/* Links of a chain that a sentence can carry; the rest is counted. */
#define MAX_LINKS 4

struct sentence {
	struct text text;
	const struct diagnosis *d;
	const struct finding *f;
	int32_t home; /* the process that all who wait belong to, or 0 */
	size_t n;     /* who wait */
};

/* How the sentence goes on behind the name of a resource, by class. */
struct wording {
	const char *first;   /* "M is held by" NAME */
	const char *then;    /* "which waits for M" + then + NAME */
	const char *nobody;  /* instead, at the first resource */
	const char *unknown; /* instead, further on */
	bool relative;	     /* the first NAME is followed by ", which" */
};

static const struct wording wordings[_CLASS_MAX] = {
	[CLASS_PARK] = {" is up to ", ", which is up to ", " is up to nobody who is known",
			", which is up to nobody who is known", true},
	[CLASS_LOCK] = {" is held by ", ", held by ", " has no holder that is known",
			", whose holder is not known", true},
	[CLASS_FILE_LOCK] = {" is held by ", ", held by ", " has no holder that is known",
			     ", whose holder is not known", true},
	[CLASS_FULL] = {" is full and its reader ", ", which is full and read by ",
			" is full and nobody is known to read it",
			", which is full and which nobody is known to read", false},
	[CLASS_EMPTY] = {" is up to ", ", which is up to ", " is up to nobody who is known",
			 ", which is up to nobody who is known", true},
	[CLASS_TOKEN] = {" was last taken by ", ", last taken by ",
			 " was taken by nobody who is known", ", taken by nobody who is known",
			 true},
	[CLASS_PILE] = {" is up to ", ", which is up to ", " is where threads come and none leaves",
			", where threads come and none leaves", true},
	[CLASS_BACKLOG] = {" has a full backlog and its listener ", NULL,
			   " has a full backlog and nobody is known to accept",
			   ", where nobody is known to accept", false},
};

static const struct model_resource *resource_at(const struct sentence *s, uint32_t node)
{
	return &s->d->model->resources[graph_resource_of(&s->d->graph, node)];
}

static const struct wording *wording_of(const struct model_resource *r)
{
	return &wordings[r->fact.class];
}

static void add_thread(struct sentence *s, uint32_t thread)
{
	trail_name(&s->text, s->d, thread, s->home);
}

/* Of a lock that fork copied; returns false if it is not one. */
static bool add_copied(struct sentence *s, const struct model_resource *r, const char *is)
{
	for (uint32_t i = 0; i < r->n_holds; i++) {
		const struct model_hold *hold = model_hold_at(s->d->model, r, i);

		if (!hold->copied || hold->thread == NONE)
			continue;
		text_add(&s->text, is, " a copy that fork made of a lock held by ", NULL);
		trail_name(&s->text, s->d, hold->thread, 0);
		return true;
	}
	return false;
}

/* "waits for mutex M, held by b (12)": what a thread does, as far as the next name. */
static void add_wait(struct sentence *s, uint32_t thread, uint32_t next)
{
	const struct model_wait *w = model_wait_by(s->d->model, thread);
	const struct model_resource *r = &s->d->model->resources[w->resource];

	if (r->fact.class == CLASS_BACKLOG && next != NONE) {
		text_add(&s->text, "waits for ", NULL);
		add_thread(s, next);
		return;
	}
	text_add(&s->text, w->fact.verb, " ", r->fact.name, NULL);
	if (next == NONE) {
		if (!add_copied(s, r, ", which is"))
			text_add(&s->text, wording_of(r)->unknown, NULL);
		return;
	}
	text_add(&s->text, wording_of(r)->then, NULL);
	add_thread(s, next);
}

/* What the end of the chain does, after its name. */
static void add_end(struct sentence *s, uint32_t thread, enum wait_class class)
{
	const struct model_thread *t = &s->d->model->threads[thread];
	enum motion motion = verdict_motion(s->d->limits, s->d->history, t);
	struct polling polling;

	if (verdict_is_gone(t)) {
		text_add(&s->text,
			 t->fact.activity == ACT_ZOMBIE ? "has exited" : "does not exist any more",
			 NULL);
		return;
	}
	if (class == CLASS_BACKLOG) {
		text_add(&s->text, "does not accept", NULL);
		if (t->fact.activity != ACT_UNKNOWN)
			text_add(&s->text, " (", t->fact.doing, ")", NULL);
		return;
	}
	if (is_polling_holder(s->d, s->f)) {
		polling_of(&history_thread(s->d->history, t)->polling, &polling);
		text_add(&s->text, "has held it throughout and ", NULL);
		polling_words(&polling, &s->text);
		return;
	}
	if (is_starved_holder(s->d, s->f)) {
		text_add(&s->text, "is ", NULL);
		if (!starved_words(&s->text, s->d, s->f))
			text_add(&s->text, t->fact.doing, NULL);
		return;
	}
	if (own_wait(s->d, thread))
		own_wait_words(&s->text, s->d, thread, " (", ")");
	else
		text_add(&s->text, "is ", t->fact.doing, NULL);
	if (motion == MOTION_POLLS && t->fact.activity != ACT_STOPPED)
		text_add(&s->text, " again and again", NULL);
}

/* Leaves out the middle of a long chain. Returns where it goes on. */
static uint32_t skip_links(struct sentence *s, const uint32_t *nodes, uint32_t n, uint32_t i)
{
	uint32_t skipped = (n - 1 - i) / 2;

	text_add(&s->text, ", and so on through ", NULL);
	text_number(&s->text, skipped - 1);
	text_add(&s->text, " more to ", NULL);
	add_thread(s, nodes[i + 2 * skipped]);
	return i + 2 * skipped;
}

/* nodes: THREAD resource thread resource ... from a thread that was just named. */
static void add_chain(struct sentence *s, const uint32_t *nodes, uint32_t n,
		      const struct model_resource *reached_by)
{
	bool relative = wording_of(reached_by)->relative;
	enum wait_class class = reached_by->fact.class;
	uint32_t i = 0;

	for (uint32_t links = 0; i + 1 < n; i += 2, links++) {
		uint32_t next = i + 2 < n ? nodes[i + 2] : NONE;

		if (links == MAX_LINKS && n - 1 - i >= 4) {
			i = skip_links(s, nodes, n, i);
			class = resource_at(s, nodes[i - 1])->fact.class;
			next = NONE;
		}
		if (i + 1 == n)
			break;
		text_add(&s->text, relative ? ", which " : " ", NULL);
		relative = true;
		add_wait(s, nodes[i], next);
		class = resource_at(s, nodes[i + 1])->fact.class;
		if (next == NONE)
			return;
	}
	text_add(&s->text, relative ? ", which " : " ", NULL);
	add_end(s, nodes[i], class);
}

static void add_circle(struct sentence *s, const struct trail *trail)
{
	uint32_t threads = trail->n_cycle / 2, shown = threads;

	if (shown > MAX_LINKS)
		shown = MAX_LINKS;
	add_thread(s, trail->cycle[0]);
	for (uint32_t i = 0; i < shown; i++) {
		text_add(&s->text, i ? ", which " : " ", NULL);
		add_wait(s, trail->cycle[2 * i], trail->cycle[2 * (i + 1) % trail->n_cycle]);
	}
	if (shown == threads)
		return;
	text_add(&s->text, ", and so on around a circle of ", NULL);
	text_number(&s->text, threads);
}

static void add_self(struct sentence *s, uint32_t thread)
{
	const struct model_wait *w = model_wait_by(s->d->model, thread);
	const struct model_resource *r = &s->d->model->resources[w->resource];

	const struct model_hold *hold = NULL;

	for (uint32_t i = 0; i < r->n_holds && (!hold || hold->thread != thread); i++)
		hold = model_hold_at(s->d->model, r, i);
	if (s->n == 1)
		text_add(&s->text, "it", NULL);
	else
		add_thread(s, thread);
	text_add(&s->text, " ", w->fact.verb, " ", r->fact.name,
		 !class_is_lock(r->fact.class) ? ", and is the only one that could end that"
		 : hold && hold->reentered     ? ", which it "
					       : ", which it holds itself",
		 NULL);
	if (!class_is_lock(r->fact.class) || !hold || !hold->reentered)
		return;
	text_add(&s->text, hold->evidence == EVIDENCE_EXACT ? "" : "likely ",
		 "holds itself: ", hold->why, NULL);
}

static void add_reason(struct sentence *s, const struct trail *trail)
{
	const struct model_resource *r = resource_at(s, trail->path[1]);
	const struct wording *words = wording_of(r);

	text_add(&s->text, r->fact.name, NULL);
	if (is_lost_wakeup(s->d, s->f)) {
		text_add(&s->text, " is free, and they sleep for it all the same", NULL);
		return;
	}
	if (trail->n_path == 2) {
		if (!add_copied(s, r, " is"))
			text_add(&s->text, words->nobody, NULL);
		return;
	}
	text_add(&s->text, words->first, NULL);
	add_thread(s, trail->path[2]);
	add_chain(s, trail->path + 2, trail->n_path - 2, r);
}

static void add_predicate(struct sentence *s, size_t n)
{
	const char *special = predicate_of(s->d, s->f, n > 1);

	text_add(&s->text, special ? special : " cannot go on: ", NULL);
}

static void add_subject(struct sentence *s, const struct cast *cast)
{
	const struct model *m = s->d->model;
	size_t n = 0;

	for (size_t i = 0; i < cast->n_threads; i++) {
		int32_t pid = m->threads[cast->threads[i].thread].fact.ref.pid;

		if (cast->threads[i].resource == NONE)
			continue;
		s->home = !n || s->home == pid ? pid : 0;
		n++;
	}
	s->n = n;
	if (n == 1) {
		trail_name(&s->text, s->d, m->waits[s->f->lead].thread, 0);
	} else {
		const struct model_process *p = s->home ? model_find_process(m, s->home) : NULL;

		text_number(&s->text, n);
		text_add(&s->text, " threads of ", NULL);
		if (s->home) {
			text_add(&s->text, p && p->fact.comm ? p->fact.comm : "process", " (",
				 NULL);
			text_number(&s->text, (uint32_t)s->home);
			text_add(&s->text, ")", NULL);
		} else {
			text_add(&s->text, "several processes", NULL);
		}
	}
	add_predicate(s, n);
}

int summary_of(const struct diagnosis *d, const struct finding *f, const struct cast *cast,
	       const struct trail *trail, struct arena *a, const char **ret)
{
	struct sentence s = {.text = {.arena = a}, .d = d, .f = f};

	add_subject(&s, cast);
	if (f->kind == ROOT_SELF)
		add_self(&s, f->roots[0]);
	else if (f->kind == ROOT_CYCLE)
		add_circle(&s, trail);
	else
		add_reason(&s, trail);
	text_add(&s.text, ".", NULL);
	return text_done(&s.text, ret);
}
