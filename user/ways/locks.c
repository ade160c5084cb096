// SPDX-License-Identifier: GPL-2.0
#include "locks.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "../os/maps.h"
#include "../os/os.h"
#include "../os/proc.h"
#include "../os/reader.h"
#include "../target.h"
#include "census.h"
#include "loader.h"
#include "lock_hands.h"
#include "../os/parser.h"
#include "record.h"
#include "uprobe.h"

#define MAX_PROCESSES 16		   /* of a family that are probed */
#define MAX_PROBES    (2 * LOCK_FUNCTIONS) /* libc and, before glibc 2.34, libpthread */
#define MAX_LIBRARIES 4
/* A trap, in a cloud guest: docs/cost.md. */
#define STEPPED_NS  16000
#define EMULATED_NS 500

struct probed {
	pid_t pid;
	int group;		/* of all probes, or -1 */
	int probes[MAX_PROBES]; /* descriptors */
	size_t n_probes;
};

struct locks {
	struct way_config config;
	const struct bpf_object *shared; /* not owned */
	struct bpf_object *object;	 /* NULL: off */
	const struct bpf_program *program[_LOCK_USE_MAX], *list;
	struct bpf_link *ends; /* or NULL */
	int hits_fd, gone_fd;
	struct probed processes[MAX_PROCESSES];
	size_t n_processes;
	bool began; /* those that were there at the beginning are probed */
};

static int load(struct locks *l, char why[WHY_SIZE])
{
	int err = loader_load("pthread", HOOK_FENTRY, true, l->shared, &l->config.map_sizes,
			      &l->object, why);

	if (err < 0)
		return err;
	l->program[TAKES_FIRST] = loader_program(l->object, "lt_lock_first");
	l->program[TAKES_SECOND] = loader_program(l->object, "lt_lock_second");
	l->program[TAKES_READ] = loader_program(l->object, "lt_lock_read");
	l->program[GIVES_BACK] = loader_program(l->object, "lt_lock_unlock");
	l->program[TAKES_UNIT] = loader_program(l->object, "lt_sem_take");
	l->program[TRIES_UNIT] = loader_program(l->object, "lt_sem_try");
	l->program[GIVES_UNIT] = loader_program(l->object, "lt_sem_give");
	l->list = loader_program(l->object, "lt_list_locks");
	l->gone_fd = loader_map(l->object, "lt_gone");
	/* refused: who ended with a semaphore is not known, no more */
	l->ends = bpf_program__attach(loader_program(l->object, "lt_thread_ends"));
	l->hits_fd = loader_map(l->object, "lt_hits");
	return 0;
}

int locks_new(const struct way_config *config, const struct bpf_object *shared, struct locks **ret)
{
	struct locks *l = calloc(1, sizeof(*l));
	char why[WHY_SIZE];
	int err;

	if (!l)
		return -ENOMEM;
	l->config = *config;
	l->shared = shared;
	err = load(l, why);
	if (err < 0) {
		free(l);
		way_note(config, NOTE_WARNING,
			 "probes of lock functions were refused (%s); where a lock was taken is "
			 "not seen",
			 why);
		return err;
	}
	*ret = l;
	return 0;
}

static void forget(struct probed *p)
{
	for (size_t i = 0; i < p->n_probes; i++)
		close(p->probes[i]);
	if (p->group >= 0)
		close(p->group);
	*p = (struct probed){.group = -1};
}

void locks_take_off(struct locks *l)
{
	for (size_t i = 0; i < l->n_processes; i++)
		forget(&l->processes[i]);
	l->n_processes = 0;
	l->began = false;
	bpf_link__destroy(l->ends);
	l->ends = NULL;
	bpf_object__close(l->object);
	l->object = NULL;
}

int locks_put_on(struct locks *l)
{
	char why[WHY_SIZE];
	int err = load(l, why);

	return err < 0 ? err : locks_update(l);
}

const struct bpf_object *locks_object(const struct locks *l)
{
	return l->object;
}

void locks_free(struct locks *l)
{
	if (!l)
		return;
	locks_take_off(l);
	free(l);
}

/* What a probe is to know of its place, in the library that m maps. */
static uint64_t cookie_of(const struct lock_function *f, bool at_entry, const struct mapping *m)
{
	uint64_t cookie = !at_entry && uprobe_is_emulated(f->kind) ? LT_PROBE_EMULATED : 0;

	if (f->leads_on)
		cookie |= LT_PROBE_LEADS_ON;
	if (f->inside)
		cookie |= LT_PROBE_INSIDE | (m->start >> LT_PAGE_SHIFT) << LT_PROBE_PAGE_SHIFT |
			  (((m->end - m->start) >> LT_PAGE_SHIFT) & LT_PROBE_PAGES)
				  << LT_PROBE_PAGES_SHIFT;
	return cookie;
}

static int attach(const struct locks *l, const struct probed *p, const char *path,
		  const struct lock_function *f, bool at_entry, const struct mapping *m)
{
	const struct uprobe_place place = {p->pid, p->group, path,
					   f->offset + (at_entry ? 0 : f->at)};

	return uprobe_attach(l->program[f->use], &place, cookie_of(f, at_entry, m));
}

/* Probes one library, open as fd: the kernel finds the same file by our descriptor's name. */
static void probe_file(struct locks *l, struct probed *p, int fd, const struct mapping *m)
{
	struct lock_function found[LOCK_FUNCTIONS];
	char path[64];
	int n = parser_lock_functions(l->config.os, p->pid, fd, found);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (int i = 0; i < n && p->n_probes < MAX_PROBES; i++) {
		int probe = attach(l, p, path, &found[i], false, m);

		if (probe < 0 && found[i].at)
			probe = attach(l, p, path, &found[i], true, m);
		if (probe >= 0)
			p->probes[p->n_probes++] = probe;
	}
}

/* Opened by its mapping, so that it is the file in use whatever its path says by now. */
static void probe_mapping(struct locks *l, struct probed *p, const struct mapping *m)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "map_files/%llx-%llx", (unsigned long long)m->start,
		 (unsigned long long)m->end);
	fd = reader_proc_open(l->config.os->reader, p->pid, name);
	if (fd < 0)
		return;
	probe_file(l, p, fd, m);
	close(fd);
}

static void probe_process(struct locks *l, struct probed *p)
{
	const struct mapping *m;
	struct maps *maps;
	uint64_t seen[MAX_LIBRARIES];
	size_t n_seen = 0;

	if (maps_read(l->config.os->reader, p->pid, &maps) < 0)
		return;
	for (size_t i = 0; (m = maps_at(maps, i)) && n_seen < MAX_LIBRARIES; i++) {
		bool known = false;

		if (!m->exec || !m->inode || !lock_functions_likely(m->path))
			continue;
		for (size_t k = 0; k < n_seen; k++)
			known |= seen[k] == m->inode;
		if (known)
			continue;
		seen[n_seen++] = m->inode;
		probe_mapping(l, p, m);
	}
	maps_free(maps);
}

static struct probed *find_process(struct locks *l, pid_t pid)
{
	for (size_t i = 0; i < l->n_processes; i++) {
		if (l->processes[i].pid == pid)
			return &l->processes[i];
	}
	return NULL;
}

static void drop_gone(struct locks *l)
{
	for (size_t i = l->n_processes; i-- > 0;) {
		if (target_has(l->config.target, l->processes[i].pid))
			continue;
		forget(&l->processes[i]);
		l->processes[i] = l->processes[--l->n_processes];
	}
}

/*
 * Setting up takes a while, and a program that starts others all day would keep
 * us busy for nothing: who has not been there for a second holds nobody up yet.
 */
static bool is_settled(const struct locks *l, pid_t pid)
{
	struct timespec boot;
	struct proc_stat st;

	if (proc_stat(l->config.os->proc_fd, pid, pid, &st))
		return false;
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (uint64_t)boot.tv_sec > st.start / (uint64_t)sysconf(_SC_CLK_TCK) + 1;
}

static int probe_new(struct locks *l)
{
	size_t n;
	const pid_t *pids = target_pids(l->config.target, &n);

	drop_gone(l);
	for (size_t i = 0; i < n && l->n_processes < MAX_PROCESSES; i++) {
		struct probed *p = &l->processes[l->n_processes];

		if (find_process(l, pids[i]) || (l->began && !is_settled(l, pids[i])))
			continue;
		*p = (struct probed){
			.pid = pids[i],
			.group = uprobe_group(l->program[TAKES_FIRST], pids[i]),
		};
		l->n_processes++;
		probe_process(l, p);
		if (!p->n_probes) {
			int err = way_note(
				&l->config, NOTE_INFO,
				"no lock functions to probe were found in %d: where it takes its "
				"locks is not seen",
				(int)p->pid);

			if (err < 0)
				return err;
		}
	}
	l->began = true;
	return 0;
}

static uint64_t hits_of(const struct locks *l, enum lt_hit hit)
{
	uint64_t hits = 0;

	if (l->object)
		loader_sum(l->hits_fd, hit, &hits);
	return hits;
}

uint64_t locks_hits(const struct locks *l)
{
	return hits_of(l, LT_HIT_STEPPED) + hits_of(l, LT_HIT_EMULATED);
}

uint64_t locks_trap_ns(const struct locks *l)
{
	uint64_t stepped = hits_of(l, LT_HIT_STEPPED), emulated = hits_of(l, LT_HIT_EMULATED);
	double ns = (double)stepped * STEPPED_NS + (double)emulated * EMULATED_NS;

	return stepped + emulated ? (uint64_t)(ns / (double)(stepped + emulated)) : STEPPED_NS;
}

int locks_update(struct locks *l)
{
	return !l->object || target_is_system(l->config.target) ? 0 : probe_new(l);
}

bool locks_on(const struct locks *l)
{
	for (size_t i = 0; i < l->n_processes; i++) {
		if (l->processes[i].n_probes)
			return true;
	}
	return false;
}

struct search {
	const struct thread_ref *ref;
	uint64_t lock;
	struct lt_lock found;
};

static int match(void *ctx, const void *record)
{
	const struct lt_task_locks *r = record;
	struct search *s = ctx;

	if (r->tid != s->ref->tid || (s->ref->start && record_start(r->start_ns) != s->ref->start))
		return 0;
	for (int i = 0; i < LT_LOCKS; i++) {
		if (r->locks.lock[i].address == s->lock && r->locks.lock[i].entered_ns)
			s->found = r->locks.lock[i];
	}
	return 0;
}

int locks_last_entered(struct locks *l, const struct thread_ref *ref, uint64_t lock,
		       uint64_t *ret_ns, uint64_t *ret_caller)
{
	struct search s = {.ref = ref, .lock = lock};
	int err = 0;

	if (l->object)
		err = loader_iterate(l->list, ref->tid, sizeof(struct lt_task_locks), match, &s);
	if (err < 0)
		return err;
	if (!s.found.entered_ns)
		return 0;
	*ret_ns = s.found.entered_ns;
	*ret_caller = s.found.caller;
	return 1;
}

struct readers {
	pid_t pid;
	uint64_t lock;
	lock_reader_fn emit;
	void *ctx;
};

static int give_reader(void *ctx, const void *record)
{
	const struct lt_task_locks *r = record;
	const struct readers *q = ctx;

	for (int i = 0; r->pid == q->pid && i < LT_LOCKS; i++) {
		const struct lt_lock *l = &r->locks.lock[i];
		struct thread_ref ref = {r->pid, r->tid, record_start(r->start_ns)};
		struct lock_reader reader = {ref, l->reads, l->entered_ns, l->caller};

		if (l->address == q->lock && l->reads)
			return q->emit(q->ctx, &reader);
	}
	return 0;
}

int locks_readers(struct locks *l, pid_t pid, uint64_t lock, lock_reader_fn emit, void *ctx)
{
	struct readers q = {pid, lock, emit, ctx};

	if (!l->object)
		return -ENOTSUP;
	return loader_iterate(l->list, 0, sizeof(struct lt_task_locks), give_reader, &q);
}

int locks_hands(struct locks *l, way_hand_fn emit, void *ctx)
{
	if (!l->object)
		return 0;
	return lock_hands(l->list, l->gone_fd, l->config.target, emit, ctx);
}
