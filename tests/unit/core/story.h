/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TESTS_STORY_H
#define TESTS_STORY_H

/*
 * Stories: looks at an imagined machine as text, so that a test reads as what
 * happens. A line is a fact; words in [] may be left out:
 *
 *	process 1 statemachined [of 3]
 *	thread 1/11 logger sleeping [moved 7] [at 5] [ran 900] [timed] [cpu 4] [left 10]
 *	waits 1/11 for|sends-to|connects-to|joins M since 100 [exact|about|at-least] [before]
 *	waits 1/11 for M since ? [before]
 *	waits 1/11 for M since 100 tries 5
 *	waits 1/11 for M since 100 [past 50 longest 20 first 10 others 900
 *		others-then 300 then 200 [alone]]
 *	lock|queue|backlog|park|empty|token|file-lock M [kind rwlock] [readers 2] [word 0]
 *	M is held by 1/12 [exact|tracked|inferred|unknown] [gone] [copied]
 *	M is held by nobody
 *	stack 1/11 libc:msgsnd log_event ?main [names-later]
 *	lost waits-full 3
 *
 * A thread is stated, asleep in a lock wait, with the first line that names it
 * as a waiter, unless a line of its own comes before. Times are milliseconds.
 * `moved` is the count of voluntary context switches, `at` the stack pointer.
 * Evidence is exact unless said otherwise, and so is since.
 *
 * What is reported is put into one line per report, see story_told().
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/engine.h"
#include "core/words.h"

#define MS	   UINT64_C(1000000)
#define MAX_TOLD   64
#define MAX_STATED 512

struct story {
	struct engine *engine;
	int err;		   /* first error of engine_put() */
	char told[MAX_TOLD][2048]; /* one line a report */
	char summary[MAX_TOLD][1024];
	char title[MAX_TOLD][128];
	char heading[MAX_TOLD][256]; /* "": none */
	enum severity severity[MAX_TOLD];
	char advice[MAX_TOLD][512];
	char root_doing[MAX_TOLD][256]; /* of the last root */
	char id[MAX_TOLD][24];
	char signature[MAX_TOLD][24];
	bool partial[MAX_TOLD];
	struct report_life life[MAX_TOLD];
	char first[MAX_TOLD][256]; /* "1/11 exact: let go of lock M", or "" */
	char doubts[MAX_TOLD][2048];
	char unseen[MAX_TOLD][256]; /* hooks that are off, blank separated */
	size_t n_stacks[MAX_TOLD];
	size_t n_told, n_read;
	char ended[256];
	uint64_t suppressed;
	char wants[8192]; /* when it last wanted any */
	size_t n_wants;
	struct thread_ref stated[MAX_STATED];
	size_t n_stated;
};

static inline void put(struct story *s, const struct fact *f)
{
	int err = engine_put(s->engine, f);

	if (err && !s->err)
		s->err = err;
}

static inline size_t add(char *buf, size_t size, size_t n, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static inline size_t add(char *buf, size_t size, size_t n, const char *format, ...)
{
	va_list ap;
	int r;

	if (n >= size)
		return n;
	va_start(ap, format);
	r = vsnprintf(buf + n, size - n, format, ap);
	va_end(ap);
	return r < 0 ? n : n + (size_t)r;
}

static inline int on_report(void *ctx, const struct report *r)
{
	struct story *s = ctx;
	char *line = s->told[s->n_told];
	const size_t size = sizeof(s->told[0]);
	enum role role = 0;
	size_t n, d = 0;

	assert_true(s->n_told < MAX_TOLD);
	n = add(line, size, 0, "%s %s %s:", word_event(r->event), r->rule,
		word_certainty(r->certainty));
	for (size_t i = 0; i < r->n_threads; i++) {
		const struct report_thread *t = &r->threads[i];

		if (t->role != role)
			n = add(line, size, n, " %s", word_role(t->role));
		role = t->role;
		n = add(line, size, n, " %d/%d", t->fact.ref.pid, t->fact.ref.tid);
		assert_non_null(t->fact.doing);
		if (role == ROLE_ROOT)
			add(s->root_doing[s->n_told], sizeof(s->root_doing[0]), 0, "%s",
			    t->fact.doing);
		if (t->resource != REPORT_NONE) {
			assert_true(t->resource < r->n_resources);
			n = add(line, size, n, "-%s", r->resources[t->resource].fact.key);
		}
	}
	if (r->event == EVENT_RESOLVED || r->event == EVENT_MERGED)
		add(line, size, n, "; lasted %d", (int)(r->lasted_ns / MS));
	else if (r->since_quality == SINCE_UNKNOWN)
		add(line, size, n, "; since ?; stuck %zu", r->n_stuck);
	else
		add(line, size, n, "; since %d; stuck %zu", (int)(r->since_ns / MS), r->n_stuck);
	add(s->summary[s->n_told], sizeof(s->summary[0]), 0, "%s", r->summary);
	add(s->title[s->n_told], sizeof(s->title[0]), 0, "%s", r->title);
	add(s->heading[s->n_told], sizeof(s->heading[0]), 0, "%s", r->heading ? r->heading : "");
	s->severity[s->n_told] = r->severity;
	add(s->advice[s->n_told], sizeof(s->advice[0]), 0, "%s", r->advice);
	add(s->id[s->n_told], sizeof(s->id[0]), 0, "%s", r->id);
	add(s->signature[s->n_told], sizeof(s->signature[0]), 0, "%s", r->signature);
	s->partial[s->n_told] = r->signature_partial;
	s->life[s->n_told] = r->life;
	if (r->life.first != REPORT_NONE) {
		const struct thread_ref *ref = &r->threads[r->life.first].fact.ref;

		add(s->first[s->n_told], sizeof(s->first[0]), 0, "%d/%d %s: %s", ref->pid, ref->tid,
		    word_evidence(r->life.first_evidence), r->life.first_how);
	}
	for (size_t i = 0; i < r->n_doubts; i++)
		d = add(s->doubts[s->n_told], sizeof(s->doubts[0]), d, "%s%s", i ? " " : "",
			r->doubts[i]);
	n = 0;
	for (size_t i = 0; i < r->n_unseen; i++)
		n = add(s->unseen[s->n_told], sizeof(s->unseen[0]), n, "%s%s", i ? " " : "",
			r->unseen[i].hook);
	s->n_stacks[s->n_told] = r->n_stacks;
	s->n_told++;
	return 0;
}

static inline int on_end(void *ctx, const struct report_end *end)
{
	struct story *s = ctx;

	snprintf(s->ended, sizeof(s->ended), "opened %zu, open %zu", end->opened, end->still_open);
	s->suppressed = end->suppressed;
	return 0;
}

static inline struct story *story_new_of(bool once, bool include_parked)
{
	struct story *s = calloc(1, sizeof(*s));
	struct engine_out out = {.report = on_report, .end = on_end, .ctx = s};
	struct fact f = {.type = FACT_SESSION,
			 .session = {.version = "1",
				     .host = "device",
				     .kernel = "6.1.0",
				     .arch = "x86_64",
				     .via = "census",
				     .hooks = "",
				     .target = "the whole system",
				     .threshold_ns = 1000 * MS,
				     .once = once,
				     .include_parked = include_parked}};

	assert_non_null(s);
	assert_int_equal(engine_new(&out, &s->engine), 0);
	put(s, &f);
	return s;
}

static inline struct story *story_new(bool once)
{
	return story_new_of(once, false);
}

static inline void story_free(struct story *s)
{
	assert_int_equal(s->err, 0);
	engine_free(s->engine);
	free(s);
}

/* ---- Words of a line ---- */

static inline bool is(const char *word, const char *what)
{
	return word && strcmp(word, what) == 0;
}

/* A word that is missing is an empty one: what needs it then says so. */
static inline const char *some(const char *word)
{
	return word ? word : "";
}

static inline struct thread_ref ref_from(const char *word)
{
	struct thread_ref ref = {0};
	char *end;

	ref.pid = (int32_t)strtol(some(word), &end, 10);
	if (*end != '/')
		fail_msg("not a thread: %s", word);
	ref.tid = (int32_t)strtol(end + 1, NULL, 10);
	ref.start = 5;
	return ref;
}

/* The word after this one, or NULL. */
static inline const char *after(char **words, const char *what)
{
	for (size_t i = 0; words[i]; i++) {
		if (is(words[i], what))
			return words[i + 1];
	}
	return NULL;
}

static inline bool has(char **words, const char *what)
{
	for (size_t i = 0; words[i]; i++) {
		if (is(words[i], what))
			return true;
	}
	return false;
}

static inline uint64_t number(char **words, const char *what, uint64_t otherwise)
{
	const char *word = after(words, what);

	return word ? strtoull(word, NULL, 10) : otherwise;
}

static inline bool is_stated(struct story *s, const struct thread_ref *ref)
{
	for (size_t i = 0; i < s->n_stated; i++) {
		if (s->stated[i].pid == ref->pid && s->stated[i].tid == ref->tid)
			return true;
	}
	assert_true(s->n_stated < MAX_STATED);
	s->stated[s->n_stated++] = *ref;
	return false;
}

static inline void tell_thread(struct story *s, char **words)
{
	struct thread_ref ref = ref_from(words[1]);
	enum activity activity = activity_from_word(some(words[3]));
	struct fact f = {
		.type = FACT_THREAD,
		.thread = {.ref = ref,
			   .comm = words[2],
			   .state = activity == ACT_RUNNING ? 'R' : 'S',
			   .activity = activity,
			   .doing = activity == ACT_SLEEPING ? "sleeping in nanosleep" : words[3],
			   .syscall = activity == ACT_RUNNING ? -1 : 1,
			   .sp = number(words, "at", 1),
			   .nvcsw = number(words, "moved", 1),
			   .ran_ns = number(words, "ran", 0) * MS,
			   .cpu_ns = number(words, "cpu", 0) * MS,
			   .left_ns = number(words, "left", 0) * MS,
			   .timed = has(words, "timed")}};

	if (!activity)
		fail_msg("not an activity: %s", words[3]);
	is_stated(s, &ref);
	put(s, &f);
}

static inline void tell_wait(struct story *s, char **words)
{
	const char *since = after(words, "since");
	struct fact f = {.type = FACT_WAIT,
			 .wait = {.ref = ref_from(words[1]),
				  .resource = words[3],
				  .verb = is(words[2], "for")		? "waits for"
					  : is(words[2], "sends-to")	? "sends to"
					  : is(words[2], "connects-to") ? "connects to"
									: "joins",
				  .quality = SINCE_EXACT,
				  .before = has(words, "before"),
				  .tries = (uint32_t)number(words, "tries", 0),
				  .habit = {.waits = (uint32_t)number(words, "past", 0),
					    .longest_ns = number(words, "longest", 0) * MS,
					    .first_ns = number(words, "first", 0) * MS,
					    .others = number(words, "others", 0),
					    .others_then = number(words, "others-then", 0),
					    .then_ns = number(words, "then", 0) * MS,
					    .alone = has(words, "alone")}}};
	char comm[16];
	struct fact t = {.type = FACT_THREAD,
			 .thread = {.ref = f.wait.ref,
				    .comm = comm,
				    .state = 'S',
				    .activity = ACT_LOCK_WAIT,
				    .doing = "waiting",
				    .syscall = 202,
				    .sp = 1}};

	snprintf(comm, sizeof(comm), "t%d", f.wait.ref.tid);
	if (!is_stated(s, &f.wait.ref))
		put(s, &t);
	if (is(since, "?"))
		f.wait.quality = SINCE_UNKNOWN;
	else
		f.wait.since_ns = strtoull(since, NULL, 10) * MS;
	if (has(words, "about"))
		f.wait.quality = SINCE_ABOUT;
	if (has(words, "at-least"))
		f.wait.quality = SINCE_AT_LEAST;
	put(s, &f);
}

static inline void tell_hold(struct story *s, char **words)
{
	struct fact f = {.type = FACT_HOLD,
			 .hold = {.resource = words[0],
				  .evidence = EVIDENCE_EXACT,
				  .why = "owner field of the lock",
				  .gone = has(words, "gone"),
				  .copied = has(words, "copied")}};

	if (is(words[4], "nobody")) {
		f.hold.evidence = EVIDENCE_UNKNOWN;
		f.hold.why = "this kind of lock records no owner";
	} else {
		f.hold.ref = ref_from(words[4]);
		if (f.hold.gone)
			f.hold.ref.start = 0;
	}
	for (size_t i = 5; words[i]; i++) {
		if (evidence_from_word(words[i])) {
			f.hold.evidence = evidence_from_word(words[i]);
			f.hold.why = "it read it last";
		}
	}
	put(s, &f);
}

static inline void tell_resource(struct story *s, char **words)
{
	enum wait_class class = is(words[0], "queue") ? CLASS_FULL : class_from_word(words[0]);
	const char *kind = is(words[0], "queue") ? "sysvmsg-full" : words[0];
	bool word = has(words, "word");
	struct fact_number readers = {word ? "word" : "readers",
				      (int64_t)number(words, word ? "word" : "readers", 0)};
	char name[64];
	struct fact f = {.type = FACT_RESOURCE,
			 .resource = {.key = words[1],
				      .kind = has(words, "kind") ? after(words, "kind") : kind,
				      .class = class,
				      .name = name,
				      .state = &readers,
				      .n_state = word || has(words, "readers")}};

	snprintf(name, sizeof(name), "%s %s", words[0], words[1]);
	put(s, &f);
}

/* "flush" of the program, "libc:poll" of another file, "?flush" without its name, "~flush" guessed.
 * "+push" is inlined, into the next that is not.
 */
static inline struct fact_frame frame_from(const char *word)
{
	bool nameless = *word == '?', guessed = *word == '~', inlined = *word == '+', libc;
	struct fact_frame f = {.guessed = guessed, .inlined = inlined};

	word += nameless || guessed || inlined;
	libc = strncmp(word, "libc:", 5) == 0;
	word += libc ? 5 : 0;
	f.module = libc ? "libc.so.6" : "prog";
	f.build_id = libc ? "11bc" : "b1d";
	f.symbol = nameless ? NULL : word;
	for (const char *c = word; *c; c++)
		f.offset = 31 * f.offset + (unsigned char)*c;
	return f;
}

static inline void tell_stack(struct story *s, char **words)
{
	struct fact_frame frames[16] = {0};
	struct fact f = {.type = FACT_STACK,
			 .stack = {.ref = ref_from(words[1]), .frames = frames, .complete = true}};

	for (size_t i = 2; words[i] && f.stack.n_frames < 16; i++) {
		if (strcmp(words[i], "names-later") == 0)
			f.stack.names_later = true;
		else
			frames[f.stack.n_frames++] = frame_from(words[i]);
	}
	for (size_t i = f.stack.n_frames; i-- > 1;)
		if (frames[i - 1].inlined)
			frames[i - 1].offset = frames[i].offset;
	put(s, &f);
}

static inline void tell_process(struct story *s, char **words)
{
	struct fact f = {.type = FACT_PROCESS,
			 .process = {.pid = (int32_t)strtol(some(words[1]), NULL, 10),
				     .comm = words[2],
				     .threads = (uint32_t)number(words, "of", 3),
				     .unused = (uint32_t)number(words, "unused", 0)}};

	put(s, &f);
}

static inline void tell_line(struct story *s, char **words, bool details)
{
	struct fact lost = {.type = FACT_LOST};

	if (details == !is(words[0], "stack"))
		return;
	if (is(words[0], "stack")) {
		tell_stack(s, words);
	} else if (is(words[0], "process")) {
		tell_process(s, words);
	} else if (is(words[0], "thread")) {
		tell_thread(s, words);
	} else if (is(words[0], "waits")) {
		tell_wait(s, words);
	} else if (is(words[0], "lost")) {
		lost.lost = (struct fact_lost){.reason = words[1],
					       .count = strtoull(some(words[2]), NULL, 10)};
		put(s, &lost);
	} else if (is(words[0], "unseen")) {
		lost = (struct fact){.type = FACT_UNSEEN,
				     .unseen = {.hook = words[1], .what = "when waits began"}};
		put(s, &lost);
	} else if (is(words[0], "queue") || class_from_word(words[0])) {
		tell_resource(s, words);
	} else if (is(words[1], "is") && is(words[2], "held")) {
		tell_hold(s, words);
	} else {
		fail_msg("not a line of a story: %s", words[0]);
	}
}

static inline void tell_lines(struct story *s, const char *text, bool details)
{
	char *copy = strdup(text), *save_line, *save_word, *words[32];

	for (char *line = strtok_r(copy, "\n", &save_line); line;
	     line = strtok_r(NULL, "\n", &save_line)) {
		size_t n = 0;

		memset(words, 0, sizeof(words));
		for (char *word = strtok_r(line, " \t", &save_word); word && n < 31;
		     word = strtok_r(NULL, " \t", &save_word))
			words[n++] = word;
		if (n)
			tell_line(s, words, details);
	}
	free(copy);
}

static inline void tell_mark(struct story *s, enum fact_type type, uint64_t now_ms)
{
	struct fact f = {.type = type};

	if (type == FACT_TICK)
		f.tick = (struct fact_tick){.now_ns = now_ms * MS, .wall_ns = now_ms * MS};
	if (type == FACT_END)
		f.end = (struct fact_end){.why = "the end", .now_ns = now_ms * MS};
	put(s, &f);
}

/* One whole look at a time. */
static inline void story_look(struct story *s, uint64_t now_ms, const char *text)
{
	const struct thread_ref *refs;
	size_t n = 0, n_wants;

	s->n_stated = 0;
	tell_mark(s, FACT_TICK, now_ms);
	tell_lines(s, text, false);
	tell_mark(s, FACT_LOOKED, 0);
	n_wants = engine_wants(s->engine, &refs);
	for (size_t i = 0; i < n_wants; i++)
		n = add(s->wants, sizeof(s->wants), n, "%s%d/%d", i ? " " : "", refs[i].pid,
			refs[i].tid);
	s->n_wants = n_wants ? n_wants : s->n_wants;
	tell_lines(s, text, true);
	tell_mark(s, FACT_DETAILED, 0);
}

static inline void story_end(struct story *s, uint64_t now_ms)
{
	tell_mark(s, FACT_END, now_ms);
}

/*
 * The next report that was told, in one line, and "" if there is none:
 *
 *	EVENT RULE CERTAINTY: ROLE PID/TID[-RESOURCE]...; since MS; stuck N
 */
static inline const char *story_told(struct story *s)
{
	return s->n_read < s->n_told ? s->told[s->n_read++] : "";
}

#define assert_told(s, line) assert_string_equal(story_told(s), line)
/* Of a line too long to be written out in a test. */
static inline void assert_told_begins(struct story *s, const char *begin)
{
	const char *line = story_told(s);

	if (strncmp(line, begin, strlen(begin)) != 0)
		fail_msg("\"%s\" does not begin with \"%s\"", line, begin);
}

#define assert_silent(s) assert_string_equal(story_told(s), "")

#endif
