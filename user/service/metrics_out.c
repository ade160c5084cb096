// SPDX-License-Identifier: GPL-2.0
#include "metrics_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/pass.h"
#include "../report/metrics/metrics_tally.h"
#include "metrics_file.h"
#include "metrics_self.h"

/* Prometheus asks every 15 s or less often; a stall that comes or goes is there within a second. */
#define EVERY_NS ((uint64_t)5000000000)
#define NEWS_NS	 ((uint64_t)1000000000)

/* Reasons are words in our own code; there are a few dozen. */
#define REASONS_MAX 64

struct metrics_out {
	struct engine_out next; /* first: pass.h */
	struct metrics_file file;
	bool keep;
	struct metrics now;
	struct tally *tally;
	struct metrics_self self;
	char via[16], target[192];
	char reasons[REASONS_MAX][48];
	struct fact_lost lost[REASONS_MAX];
	struct metrics_look look; /* the last; its hooks live as long as the watch */
	uint64_t written_ns, written_version;
};

static int on_report(void *ctx, const struct report *r)
{
	struct metrics_out *m = ctx;
	int err = tally_report(m->tally, r);

	return err ? err : pass_report(m, r);
}

int metrics_out_new(const char *path, bool keep, const struct engine_out *next,
		    struct metrics_out **ret, struct engine_out *ret_out)
{
	struct metrics_out *m = calloc(1, sizeof(*m));

	if (!m || tally_new(&m->tally) != 0) {
		free(m);
		return -ENOMEM;
	}
	m->next = *next;
	m->keep = keep;
	m->file.path = path;
	m->self.proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	m->now = (struct metrics){.version = LOCKTRACE_VERSION,
				  .via = m->via,
				  .target = m->target,
				  .hooks = "",
				  .every_ns = EVERY_NS,
				  .lost = m->lost};
	*ret = m;
	*ret_out = pass_all(&m->next);
	ret_out->report = on_report;
	return 0;
}

static void take_session(struct metrics_out *m, const struct fact_session *s)
{
	snprintf(m->via, sizeof(m->via), "%s", s->via);
	snprintf(m->target, sizeof(m->target), "%s", s->target);
	m->now.threshold_ns = s->threshold_ns;
	m->now.began_wall_ns = s->wall_ns;
}

/* What is said of a reason is how often in all. One too many is left out of the reasons. */
static void take_lost(struct metrics_out *m, const struct fact_lost *lost)
{
	size_t i = 0;

	while (i < m->now.n_lost && strcmp(m->reasons[i], lost->reason) != 0)
		i++;
	if (i == REASONS_MAX)
		return;
	if (i == m->now.n_lost) {
		snprintf(m->reasons[i], sizeof(m->reasons[i]), "%s", lost->reason);
		m->lost[m->now.n_lost++].reason = m->reasons[i];
	}
	m->lost[i].count = lost->count;
}

void metrics_out_fact(struct metrics_out *m, const struct fact *fact)
{
	if (!m)
		return;
	m->now.facts++;
	if (fact->type == FACT_SESSION)
		take_session(m, &fact->session);
	if (fact->type == FACT_LOST)
		take_lost(m, &fact->lost);
	if (fact->type != FACT_TICK)
		return;
	m->now.threads = fact->tick.threads;
	m->now.parked = fact->tick.parked;
}

int metrics_out_kept(struct metrics_out *m, const struct report *r, uint64_t now_ns,
		     uint64_t wall_ns)
{
	struct report kept = *r;
	/* of another start of this program: its age is known by the clock on the wall */
	uint64_t age_ns = wall_ns > r->since_wall_ns ? wall_ns - r->since_wall_ns : 0;

	kept.since_ns = now_ns > age_ns ? now_ns - age_ns : 0;
	return tally_kept(m->tally, &kept);
}

static uint64_t parser_failures(const struct metrics *now)
{
	static const char *const reasons[] = {"parser-died", "parser-timeout", "parser-garbage",
					      "parser-not-started"};
	uint64_t n = 0;

	for (size_t i = 0; i < now->n_lost; i++) {
		for (size_t j = 0; j < sizeof(reasons) / sizeof(reasons[0]); j++)
			n += strcmp(now->lost[i].reason, reasons[j]) == 0 ? now->lost[i].count : 0;
	}
	return n;
}

static void fill(struct metrics_out *m)
{
	const struct spool_counts *spool = m->look.spool;
	struct metrics *now = &m->now;

	now->looked_wall_ns = m->look.wall_ns;
	now->hooks = m->look.hooks ? m->look.hooks : "";
	now->silenced = m->look.silenced;
	now->parser_starts = m->look.parser_starts;
	now->parser_failures = parser_failures(now);
	if (spool)
		now->spool = (struct metrics_spool){
			.on = true,
			.listed = spool->stock.known,
			.files = spool->stock.files,
			.bytes = spool->stock.bytes,
			.waiting = spool->waiting,
			.written = spool->written,
			.removed = spool->removed,
			.left_out = spool->left_out,
			.failed = spool->failed,
			.lost = spool->lost,
		};
	if (m->look.costs)
		m->look.costs(m->look.costs_ctx, &now->costs);
	tally_fill(m->tally, m->look.now_ns, now);
	metrics_self_read(&m->self, m->look.now_ns, now);
}

static void write_rows(const void *m, FILE *out)
{
	metrics_write(m, out);
}

static int write_now(struct metrics_out *m)
{
	fill(m);
	m->written_ns = m->look.now_ns;
	m->written_version = tally_version(m->tally);
	return metrics_file_write(&m->file, write_rows, &m->now);
}

void metrics_out_looked(struct metrics_out *m, const struct metrics_look *look)
{
	uint64_t since;
	bool news;

	if (!m)
		return;
	metrics_looked(&m->now, look->now_ns - look->began_ns);
	m->look = *look;
	since = look->now_ns - m->written_ns;
	news = tally_version(m->tally) != m->written_version;
	if (!m->written_ns || since >= EVERY_NS || (news && since >= NEWS_NS))
		write_now(m);
}

bool metrics_out_close(struct metrics_out *m)
{
	bool whole = true;

	if (!m)
		return true;
	if (m->keep && m->now.looks)
		whole = write_now(m) == 0;
	else
		metrics_file_remove(&m->file);
	if (m->self.proc_fd >= 0)
		close(m->self.proc_fd);
	tally_free(m->tally);
	free(m);
	return whole;
}
