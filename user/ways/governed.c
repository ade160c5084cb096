// SPDX-License-Identifier: GPL-2.0
#include "governed.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../os/clock.h"
#include "hook_meter.h"

/* The kernel counts from one look to the next, so often. */
#define EVERY_NS 2000000000ULL
/* To switch the counting on and off again rewrites code of the kernel: half a millisecond. */
#define CALM_NS	  10000000000ULL
#define CALM_OF	  10 /* ... while all hooks together take less than this part of the budget */
#define SOON_NS	  300000000ULL /* while something is to be decided */
#define WINDOW_NS 30000000ULL  /* less says nothing */
#define NEWS_MAX  4
#define NEWS_SIZE 512

struct hook_state {
	struct governed_hook what;
	bool there;
	struct hook_count began;      /* of the window */
	double hits, run_ns, cost_ns; /* in all, reckoned up from the windows */
	uint64_t recent_ppm;
	uint64_t off_ns, off_wall_ns; /* since when it is off */
	char unseen[256];
};

struct governed {
	struct governed_ops ops;
	struct governor governor;
	struct hook_state hooks[GOVERNOR_HOOKS];
	bool open;     /* a window in which is counted */
	int window_fd; /* the kernel counts; below 0: the programs do */
	uint64_t window_ns, next_ns, measured_ns;
	struct {
		enum note_level level;
		char text[NEWS_SIZE];
	} news[NEWS_MAX];
	size_t n_news;
};

int governed_new(const struct governed_ops *ops, uint64_t budget_ppm, struct governed **ret)
{
	struct governed *g = calloc(1, sizeof(*g));

	if (!g)
		return -ENOMEM;
	g->ops = *ops;
	g->window_fd = -1;
	g->measured_ns = os_now_ns();
	governor_begin(&g->governor, budget_ppm);
	*ret = g;
	return 0;
}

void governed_free(struct governed *g)
{
	if (!g)
		return;
	if (g->window_fd >= 0)
		close(g->window_fd);
	free(g);
}

void governed_add(struct governed *g, size_t hook, const struct governed_hook *what)
{
	g->hooks[hook] = (struct hook_state){.what = *what, .there = true};
	governor_add(&g->governor, hook, what->optional);
}

__attribute__((format(printf, 3, 4))) static void tell(struct governed *g, enum note_level level,
						       const char *format, ...)
{
	va_list args;

	if (g->n_news == NEWS_MAX)
		return;
	va_start(args, format);
	g->news[g->n_news].level = level;
	vsnprintf(g->news[g->n_news++].text, NEWS_SIZE, format, args);
	va_end(args);
}

static void take_off(struct governed *g, const struct governor_step *step, uint64_t now_ns)
{
	struct hook_state *h = &g->hooks[step->hook];

	g->ops.take_off(g->ops.ctx, step->hook);
	if (step->act == GOVERNOR_AGAIN)
		return;
	h->off_ns = now_ns;
	h->off_wall_ns = os_wall_ns();
	snprintf(h->unseen, sizeof(h->unseen), "%s (the hook %s is off: it took %.2g %% of a CPU)",
		 h->what.unseen, h->what.name, (double)step->share_ppm / 1e4);
	tell(g, NOTE_WARNING,
	     "the hook %s was taken off: it took about %.2g %% of a CPU, and --budget allows %.2g %% "
	     "for all hooks; no longer seen exactly: %s. It comes back when the load is gone",
	     h->what.name, (double)step->share_ppm / 1e4, (double)g->governor.budget_ppm / 1e4,
	     h->what.unseen);
}

static void act(struct governed *g, const struct governor_step *step, uint64_t now_ns)
{
	struct hook_state *h = &g->hooks[step->hook];

	switch (step->act) {
	case GOVERNOR_OFF:
	case GOVERNOR_AGAIN:
		take_off(g, step, now_ns);
		break;
	case GOVERNOR_TRY:
		if (g->ops.put_on(g->ops.ctx, step->hook) < 0)
			governor_failed(&g->governor, step->hook, now_ns);
		break;
	case GOVERNOR_BACK:
		h->off_ns = 0;
		tell(g, NOTE_INFO, "the hook %s is on again: the load is gone", h->what.name);
		break;
	case GOVERNOR_DEAR:
		tell(g, NOTE_WARNING,
		     "the hooks take about %.2g %% of a CPU, more than the %.2g %% of --budget, and "
		     "none that may come off would help",
		     (double)step->total_ppm / 1e4, (double)g->governor.budget_ppm / 1e4);
		break;
	case GOVERNOR_KEEP:
		break;
	}
}

static struct hook_count count_of(const struct governed *g, const struct bpf_object *object)
{
	return g->window_fd >= 0 ? hook_meter_read(object)
				 : (struct hook_count){.hits = hook_meter_hits(object)};
}

static const struct bpf_object *object_of(const struct governed *g, size_t hook)
{
	return g->hooks[hook].there ? g->ops.object(g->ops.ctx, hook) : NULL;
}

static void open_window(struct governed *g, uint64_t now_ns)
{
	g->open = true;
	g->window_ns = now_ns;
	g->next_ns = now_ns + EVERY_NS;
	g->window_fd = hook_meter_begin();
	for (size_t i = 0; i < GOVERNOR_HOOKS; i++) {
		const struct bpf_object *object = object_of(g, i);

		if (object && g->window_fd < 0)
			hook_meter_count(object, true);
		if (object)
			g->hooks[i].began = count_of(g, object);
	}
}

/* What was counted in the window stands for all the time since the last one. */
static uint64_t measure(struct governed *g, size_t hook, uint64_t window_ns, uint64_t since_ns)
{
	struct hook_state *h = &g->hooks[hook];
	const struct bpf_object *object = object_of(g, hook);
	double scale = (double)since_ns / (double)window_ns;
	struct hook_count now;
	uint64_t cost_ns, trap_ns = h->what.trap_ns;

	h->recent_ppm = 0;
	if (!object)
		return 0;
	if (g->window_fd < 0)
		hook_meter_count(object, false);
	now = count_of(g, object);
	if (now.hits < h->began.hits) /* another object by now */
		return 0;
	now.hits -= h->began.hits;
	now.run_ns -= h->began.run_ns;
	if (g->ops.trap_ns)
		trap_ns = g->ops.trap_ns(g->ops.ctx, hook, trap_ns);
	if (g->window_fd < 0 && h->what.price_ns > trap_ns)
		trap_ns = h->what.price_ns; /* no run time is known */
	cost_ns = now.hits * trap_ns + now.run_ns;
	h->hits += (double)now.hits * scale;
	h->run_ns += (double)now.run_ns * scale;
	h->cost_ns += (double)cost_ns * scale;
	h->recent_ppm = governor_share(1, cost_ns, window_ns);
	return h->recent_ppm;
}

static void close_window(struct governed *g, uint64_t now_ns)
{
	uint64_t window_ns = now_ns - g->window_ns, since_ns = now_ns - g->measured_ns;
	uint64_t shares[GOVERNOR_HOOKS], sum = 0;
	struct governor_step step;

	g->open = false;
	g->measured_ns = now_ns;
	for (size_t i = 0; i < GOVERNOR_HOOKS; i++) {
		shares[i] = measure(g, i, window_ns, since_ns);
		sum += shares[i];
	}
	if (g->window_fd >= 0)
		close(g->window_fd);
	g->window_fd = -1;
	if (sum < g->governor.budget_ppm / CALM_OF)
		g->next_ns = now_ns + CALM_NS;
	step = governor_decide(&g->governor, now_ns, shares);
	act(g, &step, now_ns);
	if (governor_is_busy(&g->governor) || step.act != GOVERNOR_KEEP)
		g->next_ns = now_ns + SOON_NS;
}

void governed_look(struct governed *g, uint64_t now_ns)
{
	bool hot = g->ops.is_hot && g->ops.is_hot(g->ops.ctx, now_ns);

	if (g->open && now_ns >= g->window_ns + WINDOW_NS)
		close_window(g, now_ns);
	else if (!g->open && (hot || now_ns >= g->next_ns))
		open_window(g, now_ns);
}

int governed_state(struct governed *g, const struct fact_sink *out)
{
	int err = 0;

	for (size_t i = 0; i < g->n_news && !err; i++) {
		const struct fact note = {.type = FACT_NOTE,
					  .note = {g->news[i].level, g->news[i].text}};

		err = fact_put(out, &note);
	}
	g->n_news = 0;
	for (size_t i = 0; i < GOVERNOR_HOOKS && !err; i++) {
		const struct hook_state *h = &g->hooks[i];
		const struct fact unseen = {
			.type = FACT_UNSEEN,
			.unseen = {h->what.name, h->unseen, h->off_ns, h->off_wall_ns}};

		if (h->there && governor_is_off(&g->governor, i))
			err = fact_put(out, &unseen);
	}
	return err;
}

int governed_costs(const struct governed *g, way_cost_fn emit, void *ctx)
{
	int err = 0;

	for (size_t i = 0; i < GOVERNOR_HOOKS && !err; i++) {
		const struct hook_state *h = &g->hooks[i];
		const struct way_cost cost = {
			.name = h->what.name,
			.off = governor_is_off(&g->governor, i),
			.hits = (uint64_t)h->hits,
			.run_ns = (uint64_t)h->run_ns,
			.cost_ns = (uint64_t)h->cost_ns,
			.recent_ppm = h->recent_ppm,
		};

		if (h->there)
			err = emit(ctx, &cost);
	}
	return err;
}
