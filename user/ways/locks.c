// SPDX-License-Identifier: GPL-2.0
#include "locks.h"

#include <errno.h>
#include <stdlib.h>

#include <bpf/libbpf.h>

#include "../../bpf/lt_wire.h"
#include "../target.h"
#include "loader.h"
#include "lock_hands.h"
#include "lock_probes.h"
#include "record.h"

/* A trap, in a cloud guest: docs/cost.md. */
#define STEPPED_NS  16000
#define EMULATED_NS 500

struct locks {
	struct way_config config;
	const struct bpf_object *shared; /* not owned */
	struct bpf_object *object;	 /* NULL: off */
	const struct bpf_program *list;
	struct bpf_link *ends; /* or NULL */
	int hits_fd, gone_fd;
	struct lock_probes probes;
};

static int load(struct locks *l, char why[WHY_SIZE])
{
	int err = loader_load("pthread", HOOK_FENTRY, true, l->shared, &l->config.map_sizes,
			      &l->object, why);

	if (err < 0)
		return err;
	lock_probes_new(&l->probes, &l->config, l->object);
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

void locks_take_off(struct locks *l)
{
	lock_probes_take_off(&l->probes);
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
	return !l->object || target_is_system(l->config.target) ? 0
								: lock_probes_update(&l->probes);
}

bool locks_on(const struct locks *l)
{
	return lock_probes_on(&l->probes);
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
