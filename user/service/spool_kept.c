// SPDX-License-Identifier: GPL-2.0
/* Open stalls, from an earlier session and for a later one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../message.h"
#include "spool_out_private.h"

/* So long may the disk take at the start, before we look without knowing what was. */
#define LOAD_MS 5000

/* How old what is said of open stalls may be, after a crash. */
#define SAVE_NS 300000000000ULL

/* ---- What an earlier session left ---- */

/* It was told of then, and is ended by the reboot, as everything was. */
static int tell_reboot(struct spool_out *s, const struct open_stall *stall, uint64_t last_wall_ns)
{
	const struct report *r;
	struct stall_end end = {.session = s->session,
				.event = EVENT_RESOLVED,
				.ending = ENDING_REBOOT,
				.into = "",
				.now_ns = s->session->now_ns,
				.wall_ns = s->session->wall_ns};
	char id[sizeof(stall->id)], why[JSON_READ_WHY];
	struct json_read *j;

	memcpy(id, stall->id, sizeof(id)); /* telling moves it */
	end.id = id;
	if (json_read(stall->text, stall->size, &j, why) != 0)
		return 0;
	r = json_read_report(j);
	/* by the clock of that time, as there is no other; it may have been set */
	if (r->since_wall_ns && last_wall_ns > r->since_wall_ns + r->lasted_ns)
		end.lasted_ns = last_wall_ns - r->since_wall_ns;
	json_read_free(j);
	return spool_out_ended(s, &end);
}

/* They are in the spool already, unless the last session ended just before. */
static int put_again(struct spool_out *s)
{
	int err = 0;

	for (size_t i = 0; i < s->stalls.n && !err; i++) {
		const struct open_stall *stall = &s->stalls.all[i];

		err = spool_put(s->spool, &(struct spool_report){.id = stall->id,
								 .signature = stall->signature,
								 .wall_s = stall->wall_s,
								 .text = stall->text,
								 .size = stall->size});
	}
	return err;
}

static int say_kept(const struct open_kept *k, size_t n, const struct fact_sink *facts)
{
	char text[160], date[32] = "?";
	time_t then = (time_t)(k->last_wall_ns / 1000000000);
	const struct fact note = {.type = FACT_NOTE, .note = {.level = NOTE_INFO, .text = text}};
	struct tm tm;

	if (gmtime_r(&then, &tm))
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%zu stall%s %s open when locktrace last looked (%s UTC)", n,
		 n == 1 ? "" : "s", n == 1 ? "was" : "were", date);
	return facts ? fact_put(facts, &note) : 0;
}

static int take(struct spool_out *s, struct open_kept *k, const struct fact_sink *facts)
{
	size_t n = 0;
	int err;

	s->stalls = k->stalls;
	k->stalls = (struct open_stalls){0};
	for (size_t i = 0; i < s->stalls.n; i++)
		n += !s->stalls.all[i].over;
	err = put_again(s);
	if (!err && n)
		err = say_kept(k, n, facts);
	for (size_t i = 0; i < k->n_facts && !err && k->same_boot; i++)
		err = fact_put(facts, &k->facts[i]);
	for (size_t i = 0; i < s->stalls.n && !err && !k->same_boot; i++) {
		if (!s->stalls.all[i].over)
			err = tell_reboot(s, &s->stalls.all[i], k->last_wall_ns);
	}
	s->changed = true;
	return err;
}

static int refuse(struct spool_out *s, const char *why)
{
	int err = spool_aside(s->spool, s->file, LOAD_MS);

	error_line("what was open before is not known: %s/%s: %s; it %s %s.damaged", s->dir,
		   s->file, why, err ? "could not be renamed to" : "is called", s->file);
	return 0;
}

int spool_out_each_open(const struct spool_out *s, int (*fn)(void *ctx, const struct report *r),
			void *ctx)
{
	int err = 0;

	for (size_t i = 0; i < s->stalls.n && !err; i++) {
		const struct open_stall *stall = &s->stalls.all[i];
		char why[JSON_READ_WHY];
		struct json_read *j;

		if (stall->over || json_read(stall->text, stall->size, &j, why) != 0)
			continue;
		err = fn(ctx, json_read_report(j));
		json_read_free(j);
	}
	return err;
}

int spool_out_begin(struct spool_out *s, const struct fact_sink *facts)
{
	char *text = NULL, why[JSON_READ_WHY];
	struct open_kept kept;
	size_t size;
	int err;

	if (!s || !*s->file)
		return 0;
	err = spool_load(s->spool, s->file, LOAD_MS, &text, &size);
	if (err) {
		if (err != -ENOENT)
			error_line("what was open before is not known: %s/%s: %s", s->dir, s->file,
				   err == -EWOULDBLOCK ? "another locktrace writes there"
						       : strerror(-err));
		return err == -ENOMEM ? err : 0;
	}
	err = open_stalls_read(text, size, &s->whose, &kept, why);
	free(text);
	if (err)
		return err == -EBADMSG ? refuse(s, why) : err == -ENOENT ? 0 : err;
	err = take(s, &kept, facts);
	open_kept_free(&kept);
	return err;
}

/* ---- What is left for a later one ---- */

/* Of one that is over nothing needs to be known when its last report is on disk. */
static void forget_over(struct spool_out *s)
{
	for (size_t i = s->stalls.n; i-- > 0;) {
		struct open_stall *stall = &s->stalls.all[i];

		if (!stall->over || spool_waits(s->spool, stall->id))
			continue;
		open_stalls_remove(&s->stalls, stall);
		s->changed = true;
	}
}

static void save(struct spool_out *s, const struct engine *e, const struct fact_tick *now,
		 bool last)
{
	char *text;
	size_t size;

	if (!s->changed && (!s->stalls.n || (!last && now->now_ns < s->saved_ns + SAVE_NS)))
		return;
	if (open_stalls_write(&s->stalls, &s->whose, e, now->wall_ns, &text, &size) != 0)
		return; /* the next look tries again */
	if (spool_keep(s->spool, s->file, text, size) == 0) {
		s->changed = false;
		s->saved_ns = now->now_ns;
	}
	free(text);
}

void spool_out_looked(struct spool_out *s, const struct engine *e, const struct fact_tick *now,
		      bool last)
{
	if (!s)
		return;
	if (*s->file) {
		forget_over(s);
		save(s, e, now, last);
	}
	spool_look_after(s->spool, now->now_ns);
}
