// SPDX-License-Identifier: GPL-2.0
/*
 * The scheduler's clock and CLOCK_MONOTONIC differ by an offset that slowly
 * drifts, since only the latter is slewed by NTP. No BPF helper reads the
 * former. But a thread that has just been given its CPU after a sleep has that
 * moment in its sched_info: so we sleep for a moment, read our own record
 * through an iterator that is open already, and compare. What comes in between
 * (return from sleep, the read) only makes the offset look larger, so the
 * smallest of several tries is taken; an offset known before, plus the most
 * that NTP can slew by, bounds it from above.
 */
#include "census.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../os/lost.h"
#include "../os/ksyms.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "../probes/probe.h"
#include "../target.h"
#include "loader.h"
#include "record.h"
#include "refusal.h"
#include "semaphores.h"

#define CALIBRATE_EVERY_NS 10000000000ULL
#define CALIBRATE_SLEEP_NS 50000
#define CALIBRATE_TRIES	   4
#define SLEW_PER_MILLION   500 /* the most that the kernel lets NTP do */

#define NR_RESTART_SYSCALL                                                                         \
	219 /* x86-64; the arguments stay those of the call that it goes on with */

struct census {
	struct way_config config;
	struct bpf_object *object;
	const struct bpf_program *scan, *look;
	struct bpf_link *scan_link; /* NULL: there was no scan yet */
	int scans_fd, targets_fd, lost_fd;
	uint64_t wanted[LT_SYSCALLS / 64];
	int64_t clock_offset;
	uint64_t calibrated_ns; /* 0: never */
	pid_t *targets;		/* what is in the map */
	size_t n_targets;
	bool targets_full; /* not all are in it */
	struct lost *lost;
	struct semaphores semaphores;
	uint64_t unhooked_ns[LT_KIND_MAX]; /* until then each kind was; 0: it never was */
};

int census_note(const struct way_config *config, enum note_level level, const char *format, ...)
{
	char text[1024];
	struct fact fact = {.type = FACT_NOTE, .note = {level, text}};
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return fact_put(config->notes, &fact);
}

const struct bpf_object *census_object(const struct census *c)
{
	return c->object;
}

void census_unhooked(struct census *c, enum lt_kind kind, uint64_t until_ns)
{
	c->unhooked_ns[kind] = until_ns;
}

struct own_record {
	uint64_t arrived_clock, now_ns;
};

static int keep_own(void *ctx, const void *record)
{
	const struct lt_task *t = record;
	struct own_record *own = ctx;

	*own = (struct own_record){t->arrived_clock, t->now_ns};
	return 0;
}

static int set_look(struct census *c, pid_t tid)
{
	struct lt_scan look = {.tid = tid};
	uint32_t entry = LT_FOR_LOOK;

	return bpf_map_update_elem(c->scans_fd, &entry, &look, BPF_ANY) < 0 ? -errno : 0;
}

/* One try: the offset, or a little more. */
static int measure_offset(struct census *c, pid_t tid, int64_t *ret)
{
	const struct timespec moment = {.tv_nsec = CALIBRATE_SLEEP_NS};
	struct own_record own = {0};
	int fd = loader_iterator(c->look, tid);
	int err;

	if (fd < 0)
		return fd;
	nanosleep(&moment, NULL);
	err = loader_drain(fd, sizeof(struct lt_task), keep_own, &own);
	close(fd);
	if (err < 0)
		return err;
	if (!own.arrived_clock)
		return -ENODATA;
	*ret = (int64_t)(own.now_ns - own.arrived_clock);
	return 0;
}

static int calibrate(struct census *c, uint64_t now_ns)
{
	pid_t tid = (pid_t)syscall(SYS_gettid);
	int64_t best = INT64_MAX;
	int err = set_look(c, tid);

	if (c->calibrated_ns) {
		uint64_t ago = now_ns > c->calibrated_ns ? now_ns - c->calibrated_ns : 0;

		best = c->clock_offset + (int64_t)(ago / 1000000 * SLEW_PER_MILLION);
	}
	for (int i = 0; err == 0 && i < CALIBRATE_TRIES; i++) {
		int64_t offset;

		err = measure_offset(c, tid, &offset);
		if (err == 0 && offset < best)
			best = offset;
	}
	if (err == 0) {
		c->clock_offset = best;
		c->calibrated_ns = now_ns;
	}
	return err;
}

static void want_syscalls(struct census *c)
{
	for (int nr = 0; nr < LT_SYSCALLS; nr++) {
		if (nr == NR_RESTART_SYSCALL || probes_want_syscall(nr))
			c->wanted[nr / 64] |= 1ULL << (nr % 64);
	}
}

static int open_object(struct census *c, char why[WHY_SIZE])
{
	int err = refusal_pid_namespace();

	if (err == 0)
		err = loader_load("census", HOOK_FENTRY, true, NULL, &c->config.map_sizes,
				  &c->object, why);
	if (err < 0)
		return err;
	c->scan = loader_program(c->object, "lt_scan_tasks");
	c->look = loader_program(c->object, "lt_look_task");
	c->scans_fd = loader_map(c->object, "lt_scans");
	c->targets_fd = loader_map(c->object, "lt_targets");
	c->lost_fd = loader_map(c->object, "lt_lost");
	snprintf(why, WHY_SIZE, "the list of threads (iter/task) cannot be read");
	return calibrate(c, os_now_ns());
}

int census_new(const struct way_config *config, const char *way, struct census **ret)
{
	struct census *c = calloc(1, sizeof(*c));
	char why[WHY_SIZE] = "", reason[2 * WHY_SIZE];
	int err;

	if (!c)
		return -ENOMEM;
	c->config = *config;
	want_syscalls(c);
	err = lost_new(&c->lost);
	if (err == 0)
		err = open_object(c, why);
	if (err == 0) {
		*ret = c;
		return 0;
	}
	census_free(c);
	refusal_reason(err, why, reason, sizeof(reason));
	census_note(config, NOTE_WARNING, "cannot see by %s: %s", way, reason);
	return err;
}

void census_free(struct census *c)
{
	if (!c)
		return;
	semaphores_close(&c->semaphores);
	bpf_link__destroy(c->scan_link);
	bpf_object__close(c->object);
	lost_free(c->lost);
	free(c->targets);
	free(c);
}

/*
 * Brings lt_targets up to date. Few processes come and go, so mostly it is just compared. For
 * those that do not fit, the census passes all threads and leaves out the others itself.
 */
static int set_targets(struct census *c)
{
	size_t n;
	const pid_t *pids = target_pids(c->config.target, &n);
	uint8_t one = 1;
	pid_t *copy;

	if (n == c->n_targets && (n == 0 || memcmp(pids, c->targets, n * sizeof(*pids)) == 0))
		return 0;
	copy = malloc(n ? n * sizeof(*pids) : 1);
	if (!copy)
		return -ENOMEM;
	if (n)
		memcpy(copy, pids, n * sizeof(*pids));
	for (size_t i = 0; i < c->n_targets; i++)
		bpf_map_delete_elem(c->targets_fd, &c->targets[i]);
	c->targets_full = false;
	for (size_t i = 0; i < n; i++) {
		if (bpf_map_update_elem(c->targets_fd, &pids[i], &one, BPF_ANY) < 0) {
			lost_count(c->lost, "targets-full");
			c->targets_full = true;
		}
	}
	free(c->targets);
	c->targets = copy;
	c->n_targets = n;
	return 0;
}

struct scan_ctx {
	const struct census *c;
	seen_fn emit;
	void *ctx;
};

/* Kernel symbols cost a tenth of a second to read: only once there is something to name. */
static const struct ksyms *names_for(const struct census *c, const struct lt_task *t)
{
	return t->n_kstack ? os_ksyms(c->config.os) : NULL;
}

static void read_record(const struct census *c, const struct lt_task *t, struct seen *ret)
{
	record_seen(t, c->clock_offset, names_for(c, t), ret);
	if (ret->hook_kind)
		record_unhooked(t, c->unhooked_ns[ret->hook_kind], ret);
}

static int emit_record(void *ctx, const void *record)
{
	const struct scan_ctx *s = ctx;
	const struct lt_task *t = record;
	struct seen seen;

	if (t->syscall < 0 || !target_has(s->c->config.target, t->pid))
		return 0;
	read_record(s->c, t, &seen);
	return s->emit(s->ctx, &seen);
}

int census_scan(struct census *c, uint64_t now_ns, uint64_t min_age_ns, seen_fn emit, void *ctx,
		uint32_t *ret_threads)
{
	struct scan_ctx s = {c, emit, ctx};
	struct lt_scan scan = {.now_ns = now_ns,
			       .min_age_ns = min_age_ns,
			       .own_pid = getpid(),
			       .no_stack = SYS_futex};
	uint32_t entry = LT_FOR_SCAN;
	int err = 0;

	if (now_ns >= c->calibrated_ns + CALIBRATE_EVERY_NS)
		err = calibrate(c, now_ns);
	if (err == 0 && !target_is_system(c->config.target)) {
		err = set_targets(c);
		scan.only_targets = !c->targets_full;
	}
	scan.clock_offset = c->clock_offset;
	memcpy(scan.syscalls, c->wanted, sizeof(scan.syscalls));
	if (err == 0 && bpf_map_update_elem(c->scans_fd, &entry, &scan, BPF_ANY) < 0)
		err = -errno;
	if (err == 0)
		err = loader_iterate_again(c->scan, &c->scan_link, sizeof(struct lt_task),
					   emit_record, &s);
	if (err == 0 && bpf_map_lookup_elem(c->scans_fd, &entry, &scan) < 0)
		err = -errno;
	if (err == 0)
		*ret_threads = (uint32_t)scan.threads;
	else if (err == -EIO)
		lost_count(c->lost, "census-cut");
	return err;
}

struct look_ctx {
	const struct census *c;
	pid_t pid;
	struct seen *ret;
	bool found;
};

static int keep_record(void *ctx, const void *record)
{
	struct look_ctx *l = ctx;
	const struct lt_task *t = record;

	if (l->pid && t->pid != l->pid)
		return 0;
	read_record(l->c, t, l->ret);
	/* a kernel may refuse its stack to BPF, or its symbols, and still show it in /proc */
	if (l->ret->n_kframes == 0 && l->ret->state != 'R')
		proc_kernel_stack(l->c->config.os->proc_fd, t->pid, t->tid, l->ret);
	l->found = true;
	return 0;
}

int census_look(struct census *c, pid_t pid, pid_t tid, struct seen *ret)
{
	struct look_ctx l = {.c = c, .pid = pid, .ret = ret};
	int err = set_look(c, tid);

	if (err == 0)
		err = loader_iterate(c->look, tid, sizeof(struct lt_task), keep_record, &l);
	if (err == 0 && !l.found)
		err = -ESRCH;
	return err;
}

int census_uses(struct census *c, const struct lt_wanted *wanted,
		int (*fn)(void *ctx, const void *record), void *ctx)
{
	const uint32_t first = 0;

	if (bpf_map_update_elem(loader_map(c->object, "lt_wanted_use"), &first, wanted, BPF_ANY))
		return -errno;
	return loader_iterate(loader_program(c->object, "lt_list_uses"), 0,
			      sizeof(struct lt_task_use), fn, ctx);
}

int census_semaphore(struct census *c, pid_t tid, uint32_t place, int semid, int num,
		     struct way_semaphore *ret)
{
	return semaphores_ask(&c->semaphores, tid, place, semid, num, ret);
}

int census_lost(struct census *c, const struct fact_sink *sink)
{
	static const char *const reasons[LT_LOST_MAX] = {
		[LT_LOST_WAITS] = "waits-full",
		[LT_LOST_LOCKS] = "locks-full",
		[LT_LOST_HANDOVERS] = "handovers-full",
		[LT_LOST_GONE] = "gone-takers-full",
	};

	for (uint32_t i = 0; i < LT_LOST_MAX; i++) {
		struct fact fact = {.type = FACT_LOST, .lost = {.reason = reasons[i]}};
		int err = loader_sum(c->lost_fd, i, &fact.lost.count);

		if (err == 0 && fact.lost.count)
			err = fact_put(sink, &fact);
		if (err < 0)
			return err;
	}
	return lost_state(c->lost, sink);
}

/* The way of seeing that has nothing but this. */

static int way_open(const struct way_config *config, void **ret)
{
	struct census *c;
	int err = census_new(config, "census", &c);

	if (err == 0)
		*ret = c;
	return err;
}

static const char *way_hook_names(const void *self)
{
	(void)self;
	return "";
}

static int way_scan(void *self, uint64_t now_ns, uint64_t min_age_ns, seen_fn emit, void *ctx,
		    uint32_t *ret_threads)
{
	return census_scan(self, now_ns, min_age_ns, emit, ctx, ret_threads);
}

static int way_look(void *self, pid_t pid, pid_t tid, struct seen *ret)
{
	return census_look(self, pid, tid, ret);
}

static int way_semaphore(void *self, pid_t tid, uint32_t place, int semid, int num,
			 struct way_semaphore *ret)
{
	return census_semaphore(self, tid, place, semid, num, ret);
}

static int way_lost(void *self, const struct fact_sink *sink)
{
	return census_lost(self, sink);
}

static void way_close(void *self)
{
	census_free(self);
}

const struct way way_census = {
	.name = "census",
	.open = way_open,
	.hooks = way_hook_names,
	.scan = way_scan,
	.look = way_look,
	.semaphore = way_semaphore,
	.lost = way_lost,
	.close = way_close,
};
