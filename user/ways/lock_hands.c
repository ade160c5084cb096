// SPDX-License-Identifier: GPL-2.0
#include "lock_hands.h"

#include <bpf/bpf.h>

#include "../../bpf/lt_wire.h"
#include "../target.h"
#include "loader.h"
#include "record.h"

/* What is kept of a semaphore or of a lock, as a hand. */
static struct way_hand hand_of(const struct lt_lock *l, const struct lt_task_locks *r)
{
	bool counted = l->flags & LT_LOCK_SEM;

	return (struct way_hand){
		.ref = {r->pid, r->tid, record_start(r->start_ns)},
		.address = l->address,
		.entered = !counted,
		.counted = counted,
		.unsure = l->flags & LT_LOCK_UNSURE,
		.has = counted ? l->reads : 0,
		.took_ns = l->entered_ns,
		.caller = l->caller,
		.gave_freely = l->gave,
		.turns = l->turns,
	};
}

struct hands {
	way_hand_fn emit;
	void *ctx;
};

static int give_hands(void *ctx, const void *record)
{
	const struct lt_task_locks *r = record;
	const struct hands *h = ctx;
	int err = 0;

	for (int i = 0; i < LT_LOCKS && !err; i++) {
		struct way_hand hand = hand_of(&r->locks.lock[i], r);

		if (hand.address)
			err = h->emit(h->ctx, &hand);
	}
	return err;
}

/* Who ended with something; of processes that are there no more it is forgotten. */
static int give_gone(int gone_fd, const struct target *target, const struct hands *h)
{
	struct lt_gone key, next;
	bool more = bpf_map_get_next_key(gone_fd, NULL, &next) == 0;
	int err = 0;

	while (more && !err) {
		struct lt_task_locks r = {
			.start_ns = next.start_ns, .pid = next.pid, .tid = next.tid};
		struct lt_lock lock;
		struct way_hand hand;

		key = next;
		more = bpf_map_get_next_key(gone_fd, &key, &next) == 0;
		if (!target_has(target, key.pid)) {
			bpf_map_delete_elem(gone_fd, &key);
			continue;
		}
		if (bpf_map_lookup_elem(gone_fd, &key, &lock))
			continue;
		hand = hand_of(&lock, &r);
		hand.gone = true;
		err = h->emit(h->ctx, &hand);
	}
	return err;
}

int lock_hands(const struct bpf_program *list, int gone_fd, const struct target *target,
	       way_hand_fn emit, void *ctx)
{
	struct hands h = {emit, ctx};
	int err = loader_iterate(list, 0, sizeof(struct lt_task_locks), give_hands, &h);

	return err ? err : give_gone(gone_fd, target, &h);
}
