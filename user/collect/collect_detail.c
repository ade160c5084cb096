// SPDX-License-Identifier: GPL-2.0
/*
 * The stacks of the few threads that a report shows.
 */
#include <stdlib.h>
#include <string.h>

#include "collect_private.h"
#include "../os/lost.h"
#include "../os/os.h"
#include "../os/parser.h"
#include "../os/stacks.h"
#include "../ways/way.h"

/* Recursion gone wild makes a million frames; the first of them tell. */
#define FRAMES_MAX 128

#define UNWIND_TRIES 4

/* "[kernel:fuse]" of each module that a stack leads through. */
typedef char kernel_modules[SEEN_KMODULES][SEEN_KMODULE + sizeof("[kernel:]")];

static size_t kernel_frames(const struct seen *s, kernel_modules modules, struct fact_frame *frames)
{
	for (int i = 0; i < SEEN_KMODULES; i++)
		snprintf(modules[i], sizeof(modules[i]), "[kernel:%s]", s->kmodules[i]);
	for (int i = 0; i < s->n_kframes; i++) {
		unsigned char m = s->kframe_module[i];

		frames[i] = (struct fact_frame){.module = m ? modules[m - 1] : "[kernel]",
						.symbol = s->kframes[i]};
	}
	return s->n_kframes;
}

/* Why there can be no user stack; NULL: there can. */
static const char *why_none(const struct seen *s)
{
	if (s->kthread)
		return "a kernel thread has no user stack";
	if (s->state == 'Z' || s->state == 'X')
		return "has exited";
	if (s->compat)
		return "stacks of 32-bit programs are not read";
	if (s->state == 'R' || !s->sp)
		return "running: its stack cannot be read without stopping it";
	return NULL;
}

/* The thread as it was in the look that is being reported, if it is still there, else as it is. */
static int seen_of(struct collector *c, const struct thread_ref *ref, struct seen *ret)
{
	struct node *node = node_find(c, ref->pid, ref->tid);
	int r;

	r = c->way->look(c->way_self, ref->pid, ref->tid ? ref->tid : ref->pid, ret);
	if (r || !node || node->error || ret->n_kframes)
		return r;
	/* one thread at a time may show less than a whole scan: its kernel stack, its registers */
	if (seen_same_wait(&node->seen, ret))
		*ret = node->seen;
	return 0;
}

/* A stack of who woke up meanwhile may be of two moments, and one that runs has none to read. */
static bool stood_still(struct collector *c, const struct seen *s)
{
	struct seen now;

	return s->state != 'R' && (c->way->look(c->way_self, s->ref.pid, s->ref.tid, &now) ||
				   (now.nvcsw == s->nvcsw && now.nivcsw == s->nivcsw));
}

/* Who polls may be caught awake: it soon comes back to where it waits. */
static void unwind(struct collector *c, const struct thread_ref *ref, struct seen *s,
		   struct fact_stack *ret)
{
	for (int tries = 0; tries < UNWIND_TRIES; tries++) {
		if (tries && seen_of(c, ref, s))
			return;
		*ret = (struct fact_stack){.note = why_none(s), .complete = s->kthread};
		if (!ret->note && stacks_unwind(c->os->stacks, c->os, s, FRAMES_MAX, true, ret)) {
			lost_count(c->os->lost, "stack-failed");
			*ret = (struct fact_stack){.note = "its stack could not be read"};
		}
		if (stood_still(c, s))
			return;
	}
}

static int put_stack(struct collector *c, const struct thread_ref *ref, struct seen *s)
{
	struct fact_frame frames[SEEN_KFRAMES + FRAMES_MAX + STACK_INLINED_MAX];
	struct fact_stack user;
	struct fact f = {.type = FACT_STACK};
	kernel_modules modules;
	size_t n;

	unwind(c, ref, s, &user);
	n = kernel_frames(s, modules, frames);
	if (user.n_frames)
		memcpy(frames + n, user.frames, user.n_frames * sizeof(*frames));
	f.stack = (struct fact_stack){
		.ref = *ref,
		.frames = frames,
		.n_frames = n + user.n_frames,
		.complete = user.complete,
		.note = user.note,
		.names_later = user.names_later,
	};
	return fact_put(c->out, &f);
}

int collector_detail(struct collector *c, const struct thread_ref *refs, size_t n,
		     uint64_t names_ns, const struct fact_sink *out)
{
	struct fact_sink news = lost_news_sink(c->lost_news, out);
	struct fact f = {.type = FACT_DETAILED};
	int r;

	c->out = out;
	parser_names_until(c->os, os_now_ns() + names_ns);
	for (size_t i = 0; i < n; i++) {
		struct seen s;

		if (seen_of(c, &refs[i], &s) || (refs[i].start && s.ref.start != refs[i].start))
			continue; /* gone: its THREAD fact says so, or will at the next look */
		r = put_stack(c, &refs[i], &s);
		if (r)
			return r;
	}
	parser_names_until(c->os, 0);
	r = lost_state(c->os->lost, &news);
	return r ? r : fact_put(out, &f);
}
