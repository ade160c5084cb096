// SPDX-License-Identifier: GPL-2.0
#include "collect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/facts.h"
#include "name_set.h"
#include "os/doing.h"
#include "os/lost.h"
#include "os/os.h"
#include "os/proc.h"
#include "os/sockets.h"
#include "os/stacks.h"
#include "probes/probe.h"
#include "sightings.h"
#include "ways/way.h"

/* Frames asked for; the text shows fewer, JSON all of them. */
#define FRAMES_MAX 128

struct collector {
	struct os *os;
	const struct way *way;
	void *way_self;
	uint64_t threshold_ns;
	uint64_t began_ns;
	struct sightings *sightings; /* of this look */
	struct sightings *before;    /* of the look before */
	struct name_set *resources;  /* described in this look */
	struct name_set *processes;  /* stated in this look */
	const struct fact_sink *out; /* of the look that is under way */
	uint64_t now_ns;
	size_t parked;
	/* Threads whose waits are still to be described, in the order they were found. */
	struct sighting **queue;
	size_t n_queue, room;
};

int collector_new(struct os *os, const struct way *way, void *way_self, uint64_t threshold_ns,
		  struct collector **ret)
{
	struct collector *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	*c = (struct collector){.os = os,
				.way = way,
				.way_self = way_self,
				.threshold_ns = threshold_ns,
				.began_ns = os_now_ns()};
	if (sightings_new(&c->sightings) != 0 || sightings_new(&c->before) != 0 ||
	    name_set_new(&c->resources) != 0 || name_set_new(&c->processes) != 0) {
		collector_free(c);
		return -ENOMEM;
	}
	*ret = c;
	return 0;
}

void collector_free(struct collector *c)
{
	if (!c)
		return;
	sightings_free(c->sightings);
	sightings_free(c->before);
	name_set_free(c->resources);
	name_set_free(c->processes);
	free(c->queue);
	free(c);
}

static int enqueue(struct collector *c, struct sighting *s)
{
	if (s->queued || !s->waits)
		return 0;
	if (c->n_queue == c->room) {
		size_t room = c->room ? c->room * 2 : 256;
		struct sighting **queue = reallocarray(c->queue, room, sizeof(struct sighting *));

		if (!queue)
			return -ENOMEM;
		c->queue = queue;
		c->room = room;
	}
	s->queued = true;
	c->queue[c->n_queue++] = s;
	return 0;
}

/* A thread that has not moved since the look before is what it was then. */
static void recognise(struct collector *c, struct sighting *s)
{
	const struct sighting *before = sightings_find(c->before, &s->seen.ref);

	s->asked = true;
	if (before && before->asked && seen_same_wait(&before->seen, &s->seen)) {
		s->waits = before->waits;
		s->wait = before->wait;
	} else {
		s->waits = probes_recognise(c->os, &s->seen, &s->wait) == 1;
	}
}

static struct sighting *sight(struct collector *c, const struct seen *seen)
{
	struct sighting *s = sightings_add(c->sightings, seen);

	if (!s)
		lost_count(c->os->lost, "scan-bound");
	else if (!s->asked)
		recognise(c, s);
	return s;
}

static int candidate(void *ctx, const struct seen *seen)
{
	struct collector *c = ctx;
	const struct sighting *s = sight(c, seen);

	if (s && s->waits && s->wait.class == CLASS_PARK)
		c->parked++;
	return 0;
}

static int state_process(struct collector *c, const struct thread_ref *ref)
{
	struct proc_stat st;
	char key[32];

	snprintf(key, sizeof(key), "%d", ref->pid);
	if (name_set_add(c->processes, key) != 1 ||
	    proc_stat(c->os->proc_fd, ref->pid, ref->pid, &st) != 0)
		return 0;
	struct fact fact = {.type = FACT_PROCESS,
			    .process = {.pid = ref->pid,
					.start = st.start,
					.comm = st.comm,
					.threads = st.n_threads}};

	return fact_put(c->out, &fact);
}

static int state_thread(struct collector *c, const struct seen *seen, bool whole_process)
{
	char doing[DOING_MAX] = "";
	struct fact fact = {.type = FACT_THREAD,
			    .thread = {.ref = seen->ref,
				       .comm = seen->comm,
				       .state = seen->state,
				       .doing = doing,
				       .syscall = seen->syscall,
				       .sp = seen->sp,
				       .nvcsw = seen->nvcsw,
				       .nivcsw = seen->nivcsw,
				       .ran_ns = seen->ran_ns}};
	int err = state_process(c, &seen->ref);

	if (err)
		return err;
	if (whole_process)
		fact.thread.ref.tid = 0;
	if (seen->ran_ns)
		fact.thread.ran_wall_ns = os_wall_of_ns(seen->ran_ns);
	doing_describe(c->os, seen, &fact.thread.activity, doing, sizeof(doing));
	return fact_put(c->out, &fact);
}

/* A thread that somebody waits for: it is looked at, and its own wait described in turn. */
static int follow(struct collector *c, const struct fact_hold *hold)
{
	struct thread_ref ref = hold->ref;
	struct sighting *s;
	struct seen seen;

	if (ref.pid == 0 || hold->gone)
		return 0;
	if (ref.tid == 0)
		ref = (struct thread_ref){ref.pid, ref.pid, 0};
	s = sightings_find(c->sightings, &ref);
	if (!s) {
		if (c->way->look(c->way_self, ref.pid, ref.tid, &seen) != 0)
			return 0; /* it went meanwhile: the next look tells */
		s = sight(c, &seen);
	}
	if (!s)
		return 0;
	if (hold->ref.tid == 0)
		return state_thread(c, &s->seen, true);
	if (!s->stated) {
		int err = state_thread(c, &s->seen, false);

		if (err)
			return err;
		s->stated = true;
	}
	return enqueue(c, s);
}

/* Passes on what a probe states, and follows each holder. */
static int put_described(void *ctx, const struct fact *fact)
{
	struct collector *c = ctx;
	int err = fact_put(c->out, fact);

	return err || fact->type != FACT_HOLD ? err : follow(c, &fact->hold);
}

static int state_wait(struct collector *c, const struct sighting *s)
{
	const struct seen *seen = &s->seen;
	bool hooked = seen->hook_kind == s->wait.probe->kind && seen->hook_since_ns;
	uint64_t since = hooked ? seen->hook_since_ns : seen->ran_ns;
	struct fact fact = {.type = FACT_WAIT,
			    .wait = {.ref = seen->ref,
				     .resource = s->wait.key,
				     .verb = s->wait.verb,
				     .since_ns = since,
				     .since_wall_ns = since ? os_wall_of_ns(since) : 0,
				     .quality = hooked	? SINCE_EXACT
						: since ? seen->ran_quality
							: SINCE_UNKNOWN,
				     .before = since == 0 || since < c->began_ns}};

	return fact_put(c->out, &fact);
}

/* Owners are read from memory that changes: the waiter must still be in the same wait. */
static bool still_waits(struct collector *c, const struct sighting *s)
{
	struct seen again;

	if (s->wait.class != CLASS_LOCK)
		return true;
	return c->way->look(c->way_self, s->seen.ref.pid, s->seen.ref.tid, &again) == 0 &&
	       seen_same_wait(&s->seen, &again);
}

static int describe(struct collector *c, struct sighting *s)
{
	struct fact_sink out = {.put = put_described, .ctx = c};
	struct probe_env env = {c->os, c->way, c->way_self, &out};
	int err = 0;

	if (name_set_add(c->resources, s->wait.key) == 1)
		err = s->wait.probe->describe(&env, &s->seen, &s->wait);
	if (err == -ESTALE)
		return 0;
	if (err) {
		lost_count(c->os->lost, "read-failed");
		return err == -ENOMEM ? err : 0;
	}
	if (!still_waits(c, s))
		return 0;
	if (!s->stated)
		err = state_thread(c, &s->seen, false);
	s->stated = true;
	return err ? err : state_wait(c, s);
}

/* Half of the threshold, so that the core sees a wait twice before it is due. */
static bool matters(const struct collector *c, const struct sighting *s)
{
	uint64_t since = s->seen.hook_since_ns ? s->seen.hook_since_ns : s->seen.ran_ns;

	if (!s->waits || (s->wait.class == CLASS_PARK && !s->wait.follow))
		return false;
	return since == 0 || c->now_ns - since >= c->threshold_ns / 2;
}

static int state_losses(struct collector *c)
{
	int err = lost_state(c->os->lost, c->out);

	return err ? err : c->way->lost(c->way_self, c->out);
}

int collector_look(struct collector *c, uint64_t now_ns, uint64_t wall_ns,
		   const struct fact_sink *out)
{
	uint32_t threads = 0;
	int err;

	sockets_forget(c->os->sockets);
	struct sightings *old = c->before;

	c->before = c->sightings;
	c->sightings = old;
	sightings_clear(c->sightings);
	name_set_clear(c->resources);
	name_set_clear(c->processes);
	c->n_queue = 0;
	c->parked = 0;
	c->out = out;
	c->now_ns = now_ns;
	err = c->way->scan(c->way_self, now_ns, c->threshold_ns / 2, candidate, c, &threads);
	struct fact tick = {.type = FACT_TICK,
			    .tick = {.now_ns = now_ns,
				     .wall_ns = wall_ns,
				     .threads = threads,
				     .parked = (uint32_t)c->parked}};
	if (!err)
		err = fact_put(out, &tick);
	struct sighting *s;

	for (size_t i = 0; !err && (s = sightings_at(c->sightings, i)); i++) {
		if (matters(c, s))
			err = enqueue(c, s);
	}
	for (size_t i = 0; !err && i < c->n_queue; i++)
		err = describe(c, c->queue[i]);
	if (!err)
		err = state_losses(c);
	return err ? err : fact_put(out, &(struct fact){.type = FACT_LOOKED});
}

static int state_stack(struct collector *c, const struct seen *seen, const struct fact_sink *out)
{
	struct fact_frame frames[SEEN_KFRAMES + FRAMES_MAX] = {{0}};
	struct fact_stack user = {.note = "its user stack could not be read"};
	struct fact fact = {.type = FACT_STACK, .stack = {.ref = seen->ref, .frames = frames}};
	size_t n = 0;

	for (int i = 0; i < seen->n_kframes; i++)
		frames[n++] = (struct fact_frame){.module = "[kernel]", .symbol = seen->kframes[i]};
	if (seen->state == 'R')
		user.note = "it is running: a stack would be of no one moment";
	else if (seen->kthread)
		user.note = "a kernel thread has no user stack";
	else if (stacks_unwind(c->os->stacks, c->os, seen, FRAMES_MAX, true, &user) != 0)
		lost_count(c->os->lost, "stack-failed");
	for (size_t i = 0; i < user.n_frames && i < FRAMES_MAX; i++)
		frames[n++] = user.frames[i];
	fact.stack.n_frames = n;
	fact.stack.complete = user.complete;
	fact.stack.note = user.note;
	return fact_put(out, &fact);
}

/* A scan may leave out what is dear, such as the kernel stack; one more look has it all. */
static const struct seen *closer(const struct collector *c, const struct seen *seen,
				 struct seen *again)
{
	if (c->way->look(c->way_self, seen->ref.pid, seen->ref.tid, again) == 0 &&
	    again->ref.start == seen->ref.start)
		return again;
	return seen;
}

int collector_detail(struct collector *c, const struct thread_ref *refs, size_t n,
		     const struct fact_sink *out)
{
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		struct thread_ref ref = refs[i];
		const struct sighting *s;
		struct seen again;

		if (ref.tid == 0)
			ref = (struct thread_ref){ref.pid, ref.pid, 0};
		s = sightings_find(c->sightings, &ref);
		if (s)
			err = state_stack(c, closer(c, &s->seen, &again), out);
	}
	return err ? err : fact_put(out, &(struct fact){.type = FACT_DETAILED});
}
