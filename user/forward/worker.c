// SPDX-License-Identifier: GPL-2.0
#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "../exit_status.h"
#include "../message.h"
#include "../os/clock.h"
#include "backoff.h"
#include "cursor_store.h"
#include "end_signal.h"
#include "feed.h"

/* News are told of by the kernel; what it does not tell (a network file system) is looked for. */
#define LOOK_EVERY_MS 10000

/* What does not work for long is said again, as logs are not kept for ever. */
#define SAY_EVERY_S 3600

/* A burst of reports becomes one batch. */
#define GATHER_MS 50

/* While nothing can be delivered news are only counted. */
#define COUNT_EVERY_MS 1000

struct worker {
	const struct settings *settings;
	size_t i; /* of targets[] */
	const struct target *target;
	struct shown *shown;
	void *to;
	struct cursor cursor;
	struct cursor_store store;
	struct feed feed;
	uint8_t redact_key[REDACT_KEY];
	struct backoff backoff;
	size_t at_once; /* so many reports: fewer while one of them is refused */
	int news;	/* inotify; -1: none */
	bool watching;
	bool failing; /* has been said, when */
	uint64_t said_s;
	bool cannot_save;  /* has been said */
	int cannot_read;   /* the errno that has been said */
	uint64_t looked_s; /* when the spool was looked at last */
};

static uint64_t random_number(void)
{
	uint64_t n = 0;

	if (getrandom(&n, sizeof(n), GRND_NONBLOCK) != (ssize_t)sizeof(n)) {
		struct timespec now;

		clock_gettime(CLOCK_MONOTONIC, &now);
		n = (uint64_t)now.tv_nsec * 2654435761U + (uint64_t)getpid();
	}
	return n;
}

static void sleep_ns(uint64_t ns)
{
	struct timespec left = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

/* Until there may be something new, or for so long. */
static void wait_for_news(struct worker *w, uint64_t max_ms)
{
	struct pollfd fd = {.fd = w->news, .events = POLLIN};
	char buf[4096];

	/* the directory may not be there yet, or be another one by now */
	if (w->news >= 0 && !w->watching) {
		w->watching = inotify_add_watch(w->news, w->settings->spool,
						IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF) >= 0;
		if (w->watching)
			return; /* to what came before that */
	}
	if (poll(&fd, w->news >= 0, (int)max_ms) <= 0)
		return;
	sleep_ns(GATHER_MS * 1000000ULL);
	for (ssize_t n; (n = read(w->news, buf, sizeof(buf))) > 0;) {
		for (ssize_t at = 0; at < n;) {
			struct inotify_event e;

			memcpy(&e, buf + at, sizeof(e));
			at += (ssize_t)(sizeof(e) + e.len);
			if (!(e.mask & (IN_IGNORED | IN_MOVE_SELF)))
				continue;
			inotify_rm_watch(w->news, e.wd);
			w->watching = false;
		}
	}
}

static void show(struct worker *w)
{
	w->cursor.pending = cursor_pending(&w->cursor);
	w->cursor.oldest_s = cursor_oldest_s(&w->cursor);
	shown_set(w->shown, w->i, &w->cursor, w->looked_s);
}

/* Not to note what was delivered means to deliver it again, after the next start. */
static void save(struct worker *w)
{
	int err;

	show(w);
	err = w->cursor.dirty ? cursor_store_save(&w->store, &w->cursor) : 0;
	w->cursor.dirty = w->cursor.dirty && err;
	if (err && !w->cannot_save)
		error_line("%s: cannot note what was delivered in %s: %s; it goes on",
			   w->target->name, w->settings->state, strerror(-err));
	w->cannot_save = err != 0;
}

static int look(struct worker *w)
{
	int err = feed_look(&w->feed);

	if (!err)
		w->looked_s = (uint64_t)time(NULL);
	return err;
}

/* What comes meanwhile is counted, so that whoever asks is told how much waits. */
static void wait_out(struct worker *w, uint64_t ns)
{
	uint64_t end_ms = os_now_ns() / 1000000 + ns / 1000000;

	for (uint64_t now = os_now_ns() / 1000000; now < end_ms; now = os_now_ns() / 1000000) {
		uint64_t left_ms = end_ms - now;

		if (left_ms <= COUNT_EVERY_MS) {
			sleep_ns(left_ms * 1000000);
			continue;
		}
		sleep_ns(COUNT_EVERY_MS * 1000000ULL);
		left_ms -= COUNT_EVERY_MS;
		wait_for_news(w, left_ms < LOOK_EVERY_MS ? left_ms : LOOK_EVERY_MS);
		if (look(w) == 0)
			show(w);
	}
}

static void cannot_read(struct worker *w, int err)
{
	if (err && err != w->cannot_read)
		error_line("%s: cannot read %s: %s", w->target->name, w->settings->spool,
			   strerror(-err));
	w->cannot_read = err;
}

static void done(struct worker *w, const struct batch *b, enum cursor_end end)
{
	for (size_t i = 0; i < b->n; i++)
		cursor_done(&w->cursor, b->items[i].entry, b->items[i].state, end);
	save(w);
}

static void taken(struct worker *w, const struct batch *b, const struct answer *a)
{
	if (a->rejected) {
		w->cursor.rejected += a->rejected;
		error_line("%s: %zu of %zu reports were delivered and not kept there: %s",
			   w->target->name, a->rejected, b->n, a->why);
	}
	if (w->failing)
		error_line("%s: reports are delivered again", w->target->name);
	w->failing = false;
	w->cursor.delivered_s = (uint64_t)time(NULL);
	backoff_went_well(&w->backoff);
	w->at_once *= 2;
	if (w->at_once > w->settings->batch_reports)
		w->at_once = w->settings->batch_reports;
	done(w, b, END_DELIVERED);
}

/* Which one it is about is found by halves; that one is given up. */
static void refused(struct worker *w, const struct batch *b, const struct answer *a)
{
	if (b->n > 1) {
		w->at_once = b->n / 2;
		return;
	}
	error_line("%s: report %s is not taken there, and given up: %s", w->target->name,
		   b->items[0].item.report->id, a->why);
	backoff_went_well(&w->backoff);
	done(w, b, END_REFUSED);
}

/* Returns false if that was all, for --once. */
static bool later(struct worker *w, const struct batch *b, const struct answer *a)
{
	uint64_t now_s = (uint64_t)time(NULL);

	w->cursor.failures++;
	w->cursor.dirty = true;
	save(w);
	/* which one it is, is found by halves; then the others go first */
	if (a->of_these && b->n > 1)
		w->at_once = b->n / 2;
	else if (a->of_these)
		w->feed.after = w->cursor.entries[b->items[0].entry].file.seq;
	if (!w->failing || now_s - w->said_s >= SAY_EVERY_S) {
		error_line("%s: cannot deliver, %zu reports wait: %s%s", w->target->name,
			   cursor_pending(&w->cursor), a->why,
			   w->settings->once ? "" : "; it is tried again");
		w->said_s = now_s;
	}
	w->failing = true;
	if (w->settings->once)
		return false;
	wait_out(w, backoff_failed(&w->backoff, a->after_ns, random_number()));
	return true;
}

/* Looks, and delivers a batch. Returns how many there were, 0: nothing now, or -1 to end. */
static int round_of(struct worker *w)
{
	struct batch b = {0};
	struct answer a = {.what = ANSWER_LATER};
	int err = look(w), n;
	bool go_on = true;

	if (!err)
		err = feed_take(&w->feed, w->at_once, w->settings->batch_bytes, &b);
	cannot_read(w, err);
	n = (int)b.n;
	if (n) {
		end_put_off();
		w->target->send(w->to, b.out, b.n, &a);
		if (a.what == ANSWER_TAKEN)
			taken(w, &b, &a);
		else if (a.what == ANSWER_REFUSED)
			refused(w, &b, &a);
		end_allow();
		if (a.what == ANSWER_LATER)
			go_on = later(w, &b, &a);
	}
	batch_free(&b);
	return go_on ? n : -1;
}

int worker_run(const struct settings *s, size_t i, struct shown *shown)
{
	const struct target *t = targets[i];
	struct worker w = {
		.settings = s,
		.i = i,
		.target = t,
		.shown = shown,
		.backoff = {.min_ns = s->retry_min_ns, .max_ns = s->retry_max_ns},
		.at_once = s->batch_reports,
	};
	const char *why = t->open(s, &w.to);
	int n;

	if (why) {
		error_line("%s: %s", t->name, why);
		return EXIT_UNAVAILABLE;
	}
	w.feed = (struct feed){.dir = s->spool, .cursor = &w.cursor, .dir_fd = -1};
	w.news = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (cursor_store_open(s->state, t->name, &w.store, &w.cursor) != 0) {
		n = -1;
	} else if (t->redacted(s) && redacted_key(s->state, w.redact_key) != 0) {
		n = -1;
		cursor_store_close(&w.store);
	} else {
		w.feed.redact_key = t->redacted(s) ? w.redact_key : NULL;
		shown_set(shown, i, &w.cursor, 0); /* as it was noted last */
		while ((n = round_of(&w)) > 0 || (n == 0 && !s->once)) {
			if (n == 0) {
				save(&w);
				wait_for_news(&w, LOOK_EVERY_MS);
			}
		}
		save(&w);
		cursor_store_close(&w.store);
	}
	if (w.news >= 0)
		close(w.news);
	feed_close(&w.feed);
	cursor_free(&w.cursor);
	t->close(w.to);
	return n < 0 ? EXIT_OUTPUT : w.cannot_read ? EXIT_INPUT : EXIT_NOTHING_STUCK;
}
