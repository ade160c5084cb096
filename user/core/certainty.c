// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <string.h>

#include "certainty.h"
#include "circle.h"
#include "rules.h"

/* More reasons than a person reads; each lowered the certainty all the same. */
#define MAX_DOUBTS 8

struct judge {
	const struct diagnosis *d;
	const struct finding *f;
	struct arena *arena;
	struct doubts doubts;
	int err;
};

static void at_most(struct judge *j, enum certainty certainty)
{
	if (j->doubts.certainty > certainty)
		j->doubts.certainty = certainty;
}

static void lower(struct judge *j)
{
	if (j->doubts.certainty > CERTAINTY_POSSIBLE)
		j->doubts.certainty--;
}

static struct text sentence(struct judge *j)
{
	return (struct text){.arena = j->arena};
}

static void say(struct judge *j, const struct text *t)
{
	if (j->doubts.n == MAX_DOUBTS || j->err)
		return;
	j->err = text_done(t, &j->doubts.sentences[j->doubts.n]);
	if (!j->err)
		j->doubts.n++;
}

static void doubt_hold(struct judge *j, const struct model_resource *r,
		       const struct model_hold *hold)
{
	static const char *const how[_EVIDENCE_MAX] = {
		[EVIDENCE_UNKNOWN] = " is a guess: ",
		[EVIDENCE_INFERRED] = " is inferred: ",
		[EVIDENCE_TRACKED] = " was seen earlier, not read now: ",
	};
	struct text t = sentence(j);

	if (hold->evidence == EVIDENCE_EXACT)
		return;
	at_most(j, hold->evidence == EVIDENCE_UNKNOWN ? CERTAINTY_POSSIBLE : CERTAINTY_LIKELY);
	if (hold->thread == NONE) {
		text_add(&t, "Who could end the waits on ", r->fact.name,
			 " is not known: ", hold->why, ".", NULL);
	} else {
		text_add(&t, "That ", NULL);
		trail_claim(&t, j->d, r, hold);
		text_add(&t, how[hold->evidence], hold->why, ".", NULL);
	}
	say(j, &t);
}

/*
 * One link: why the chain goes from r to next. Where any holder could end the
 * wait it takes the word of all of them.
 */
static void doubt_link(struct judge *j, uint32_t node, uint32_t next)
{
	const struct model *m = j->d->model;
	const struct model_resource *r = &m->resources[graph_resource_of(&j->d->graph, node)];
	bool all = next == NONE || !class_is_lock(r->fact.class);
	struct text t = sentence(j);

	for (uint32_t i = 0; i < r->n_holds; i++) {
		const struct model_hold *hold = model_hold_at(m, r, i);

		if (all || hold->thread == next)
			doubt_hold(j, r, hold);
	}
	if (r->n_holds)
		return;
	at_most(j, CERTAINTY_POSSIBLE);
	text_add(&t, "Who could end the waits on ", r->fact.name, " is not known.", NULL);
	say(j, &t);
}

static void doubt_reading(struct judge *j, const struct trail *trail)
{
	uint32_t node = trail_read_once(trail, j->d);
	struct text t = sentence(j);

	if (node == NONE || j->d->limits->hurried)
		return;
	lower(j);
	text_add(&t, "Who waits for ",
		 j->d->model->resources[graph_resource_of(&j->d->graph, node)].fact.name,
		 ", and who holds it, was read once so far.", NULL);
	say(j, &t);
}

static void doubt_links(struct judge *j, const struct trail *trail)
{
	/* A path into a circle may end at a resource of it: that link is the circle's. */
	for (uint32_t i = 1; i + 1 < trail->n_path; i += 2)
		doubt_link(j, trail->path[i], trail->path[i + 1]);
	if (j->f->kind == ROOT_UNKNOWN)
		doubt_link(j, trail->path[trail->n_path - 1], NONE);
	for (uint32_t i = 1; i < trail->n_cycle; i += 2)
		doubt_link(j, trail->cycle[i], trail->cycle[(i + 1) % trail->n_cycle]);
}

static const struct model_resource *lead_of(const struct judge *j)
{
	return &j->d->model->resources[j->d->model->waits[j->f->lead].resource];
}

static void doubt_root(struct judge *j)
{
	uint32_t end = finding_end(j->f);
	const struct model_thread *t = end == NONE ? NULL : &j->d->model->threads[end];
	enum motion motion;
	const char *why;
	bool of_lock;
	struct text text = sentence(j);

	if (!t || verdict_is_gone(t) || t->fact.activity == ACT_STOPPED)
		return;
	motion = verdict_motion(j->d->limits, j->d->history, t);
	of_lock = class_is_lock(lead_of(j)->fact.class);
	if (!t->stated || t->fact.activity == ACT_UNKNOWN)
		why = " does could not be seen.";
	else if (of_lock && motion == MOTION_POLLS)
		why = " waits for may yet come: it wakes up now and then, at the same place.";
	else if (of_lock && motion == MOTION_MOVES)
		why = " does may come to an end: it is moving.";
	else
		return;
	at_most(j, CERTAINTY_LIKELY);
	text_add(&text, "What ", NULL);
	trail_name(&text, j->d, end, 0);
	text_add(&text, why, NULL);
	say(j, &text);
}

static void doubt_contention(struct judge *j)
{
	const struct model_resource *r = lead_of(j);
	struct text t = sentence(j);

	if (!class_is_lock(r->fact.class) || j->f->kind == ROOT_CYCLE || j->f->kind == ROOT_SELF ||
	    !verdict_changed_hands(j->d->history, r))
		return;
	at_most(j, CERTAINTY_LIKELY);
	text_add(&t, "The holder of ", r->fact.name,
		 " changed meanwhile: others get it, so this may be contention.", NULL);
	say(j, &t);
}

/* Nobody in the circle waits for a lock or for room: what ends such a wait may be outside of it. */
static void doubt_circle(struct judge *j)
{
	struct text t = sentence(j);

	if (j->f->kind != ROOT_CYCLE || !circle_is_idle(j->d->model, j->f->roots, j->f->n_roots))
		return;
	at_most(j, CERTAINTY_LIKELY);
	text_add(&t, "None of them waits for a lock: a signal or a time limit may yet end it.",
		 NULL);
	say(j, &t);
}

/* One who tries again and again may stop trying, and let go of what he has. */
static void doubt_retries(struct judge *j)
{
	struct text t = sentence(j);
	bool tries = false;

	for (uint32_t i = 0; j->f->kind == ROOT_CYCLE && i < j->f->n_roots; i++) {
		const struct model_wait *w = model_wait_by(j->d->model, j->f->roots[i]);

		tries |= w && w->fact.tries;
	}
	if (!tries)
		return;
	at_most(j, CERTAINTY_LIKELY);
	text_add(&t,
		 "Not all of them wait without a time limit: who tries again and again may yet "
		 "give up, and let go.",
		 NULL);
	say(j, &t);
}

/* Why a parked wait is told of at all. */
static void doubt_habit(struct judge *j)
{
	const struct model_wait *w = &j->d->model->waits[j->f->lead];
	struct text t = sentence(j);

	if (!w->told_idle || j->f->kind == ROOT_CYCLE)
		return;
	at_most(j, CERTAINTY_POSSIBLE);
	if (w->abnormal) {
		text_add(&t, "It has waited at this place ", NULL);
		text_number(&t, w->fact.habit.waits);
		text_add(
			&t,
			" times before, and never for a twentieth as long; but it may just be idle.",
			NULL);
	} else {
		text_add(&t, "Who is idle waits like this, too.", NULL);
	}
	say(j, &t);
}

static void doubt_looks(struct judge *j)
{
	struct text t = sentence(j);

	if (!j->d->limits->hurried)
		return;
	lower(j);
	text_add(&t, "There was time for one look only: what moves may look stuck.", NULL);
	say(j, &t);
}

static const struct {
	const char *one, *many;
} loss_words[_LOSS_MAX] = {
	[LOSS_EVENT] = {" event was lost while it lasted (", " events were lost while it lasted ("},
	[LOSS_READ] = {" read failed while it lasted (", " reads failed while it lasted ("},
	[LOSS_SCAN] = {" thread could not be looked at while it lasted (",
		       " threads could not be looked at while it lasted ("},
};

/* Says how many of this kind were lost; returns whether any was. */
static bool say_losses(struct judge *j, const struct losses *losses, uint64_t since_ns,
		       enum loss_kind kind)
{
	struct text t = sentence(j);
	uint64_t sum = 0;
	bool any = false;

	for (size_t i = 0; i < losses->n; i++)
		sum += loss_kind(losses->all[i].reason) == kind ? losses_since(losses, i, since_ns)
								: 0;
	if (!sum)
		return false;
	text_number(&t, sum);
	text_add(&t, sum == 1 ? loss_words[kind].one : loss_words[kind].many, NULL);
	for (size_t i = 0; i < losses->n; i++) {
		const char *reason = losses->all[i].reason;

		if (loss_kind(reason) != kind || !losses_since(losses, i, since_ns))
			continue;
		text_add(&t, any ? ", " : "", reason, NULL);
		any = true;
	}
	text_add(&t, ").", NULL);
	say(j, &t);
	return true;
}

/* Whoever may not be looked at has no part in a chain that is read whole. */
static bool scans_matter(const struct judge *j, const struct losses *losses, uint64_t since_ns)
{
	for (size_t i = 0; i < losses->n; i++) {
		if (loss_kind(losses->all[i].reason) == LOSS_SCAN &&
		    losses_since(losses, i, since_ns) &&
		    (j->doubts.certainty != CERTAINTY_CERTAIN ||
		     strcmp(losses->all[i].reason, "scan-denied") != 0))
			return true;
	}
	return false;
}

static void doubt_losses(struct judge *j, const struct losses *losses, uint64_t since_ns)
{
	bool any = scans_matter(j, losses, since_ns) && say_losses(j, losses, since_ns, LOSS_SCAN);

	any |= say_losses(j, losses, since_ns, LOSS_EVENT);
	/* what could not be read was not needed for a chain that is read whole */
	if (j->doubts.certainty != CERTAINTY_CERTAIN)
		any |= say_losses(j, losses, since_ns, LOSS_READ);
	if (any)
		lower(j);
}

int certainty_of(const struct diagnosis *d, const struct finding *f, const struct trail *trail,
		 const struct losses *losses, uint64_t since_ns, struct arena *a,
		 struct doubts *ret)
{
	struct judge j = {.d = d, .f = f, .arena = a, .doubts.certainty = CERTAINTY_CERTAIN};

	j.doubts.sentences = arena_array(a, MAX_DOUBTS, sizeof(*j.doubts.sentences));
	if (!j.doubts.sentences)
		return -ENOMEM;
	doubt_links(&j, trail);
	doubt_reading(&j, trail);
	doubt_root(&j);
	doubt_contention(&j);
	doubt_circle(&j);
	doubt_retries(&j);
	doubt_habit(&j);
	doubt_looks(&j);
	doubt_losses(&j, losses, since_ns);
	if (!j.err)
		*ret = j.doubts;
	return j.err;
}
