// SPDX-License-Identifier: GPL-2.0
#include "census.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../os/lost.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "../probes/probe.h"
#include "../target.h"
#include "census_clock.h"
#include "loader.h"
#include "record.h"
#include "refusal.h"
#include "semaphores.h"

#define CALIBRATE_EVERY_NS 10000000000ULL

#define NR_RESTART_SYSCALL 219 /* x86-64; the arguments stay those of the call it goes on with */

struct census {
	struct way_config config;
	struct bpf_object *object;
	const struct bpf_program *scan, *look;
	struct bpf_link *scan_link; /* NULL: there was no scan yet */
	int scans_fd, targets_fd, lost_fd;
	uint64_t wanted[LT_SYSCALLS / 64];
	struct census_clock clock;
	pid_t *targets; /* what is in the map */
	size_t n_targets;
	bool targets_full; /* not all are in it */
	struct lost *lost;
	struct semaphores semaphores;
	uint64_t unhooked_ns[LT_KIND_MAX]; /* until then each kind was; 0: it never was */
};

const struct bpf_object *census_object(const struct census *c)
{
	return c->object;
}

void census_unhooked(struct census *c, enum lt_kind kind, uint64_t until_ns)
{
	c->unhooked_ns[kind] = until_ns;
}

static int set_look(struct census *c, pid_t tid)
{
	struct lt_scan look = {.tid = tid};
	uint32_t entry = LT_FOR_LOOK;

	return bpf_map_update_elem(c->scans_fd, &entry, &look, BPF_ANY) < 0 ? -errno : 0;
}

static int calibrate(struct census *c, uint64_t now_ns)
{
	int err = set_look(c, (pid_t)syscall(SYS_gettid));

	return err ? err : census_clock_read(&c->clock, c->look, now_ns);
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
	way_note(config, NOTE_WARNING, "cannot see by %s: %s", way, reason);
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
	record_seen(t, c->clock.offset, names_for(c, t), ret);
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

	if (now_ns >= c->clock.read_ns + CALIBRATE_EVERY_NS)
		err = calibrate(c, now_ns);
	if (err == 0 && !target_is_system(c->config.target)) {
		err = set_targets(c);
		scan.only_targets = !c->targets_full;
	}
	scan.clock_offset = c->clock.offset;
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
