// SPDX-License-Identifier: GPL-2.0
#include "handovers.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "../core/arena.h"
#include "census.h"
#include "habits.h"
#include "hook.h"
#include "locks.h"
#include "record.h"

struct handovers {
	struct hook hook;
	struct locks *locks;
	bool fresh;		/* what follows is of this scan */
	int err;		/* of reading it */
	struct way_hand *hands; /* by process and address */
	size_t n_hands, room_hands;
	struct lt_task_handovers *threads;
	size_t n_threads, room_threads;
	struct starts starts;
};

int handovers_new(const struct way_config *config, const struct bpf_object *shared,
		  struct locks *locks, struct handovers **ret)
{
	struct handovers *h = calloc(1, sizeof(*h));
	char why[WHY_SIZE];
	int err;

	if (!h)
		return -ENOMEM;
	h->locks = locks;
	err = hook_open("handover", config->force_kprobe, !config->detach_hooks, shared, &h->hook,
			why);
	if (err < 0) {
		free(h);
		way_note(config, NOTE_WARNING,
			 "the hook of hand-overs was refused (%s); who took a lock last that does "
			 "not say so is not seen",
			 why);
		return err;
	}
	*ret = h;
	return 0;
}

void handovers_free(struct handovers *h)
{
	if (!h)
		return;
	hook_close(&h->hook);
	free(h->hands);
	free(h->threads);
	habits_free(&h->starts);
	free(h);
}

const struct bpf_object *handovers_object(const struct handovers *h)
{
	return h->hook.object;
}

static int keep_hand(void *ctx, const struct way_hand *hand)
{
	struct handovers *h = ctx;

	if (array_room(&h->hands, &h->room_hands, h->n_hands, sizeof(*h->hands)))
		return -ENOMEM;
	h->hands[h->n_hands++] = *hand;
	return 0;
}

static int keep_thread(void *ctx, const void *record)
{
	const struct lt_task_handovers *r = record;
	struct handovers *h = ctx;
	int err = 0;

	if (array_room(&h->threads, &h->room_threads, h->n_threads, sizeof(*h->threads)))
		return -ENOMEM;
	h->threads[h->n_threads++] = *r;
	for (int i = 0; i < LT_WORDS && !err; i++) {
		const struct lt_word *w = &r->handovers.word[i];
		const struct way_hand hand = {
			.ref = {r->pid, r->tid, record_start(r->start_ns)},
			.address = w->address,
			.waited_ns = w->waited_ns,
			.woke_ns = w->woke_ns,
			.waits = w->waits,
			.wakes = w->wakes,
		};

		if (w->address)
			err = keep_hand(h, &hand);
	}
	return err;
}

static int compare(const void *pa, const void *pb)
{
	const struct way_hand *a = pa, *b = pb;

	if (a->ref.pid != b->ref.pid)
		return a->ref.pid < b->ref.pid ? -1 : 1;
	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	return (a->ref.tid > b->ref.tid) - (a->ref.tid < b->ref.tid);
}

/* The first of those with this process and address, or past it; the others follow. */
static size_t first_of(const struct handovers *h, pid_t pid, uint64_t address)
{
	const struct way_hand wanted = {.ref = {.pid = pid, .tid = -1}, .address = address};
	size_t low = 0, high = h->n_hands;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (compare(&h->hands[mid], &wanted) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool is_of(const struct handovers *h, size_t i, pid_t pid, uint64_t address)
{
	return i < h->n_hands && h->hands[i].ref.pid == pid && h->hands[i].address == address;
}

static int refresh(struct handovers *h)
{
	if (h->fresh)
		return h->err;
	h->fresh = true;
	h->n_hands = h->n_threads = 0;
	h->err = loader_iterate(loader_program(h->hook.object, "lt_list_handovers"), 0,
				sizeof(struct lt_task_handovers), keep_thread, h);
	if (!h->err)
		h->err = habits_note(&h->starts, h->threads, h->n_threads);
	if (!h->err && h->locks)
		h->err = locks_hands(h->locks, keep_hand, h);
	if (!h->err && h->n_hands)
		qsort(h->hands, h->n_hands, sizeof(*h->hands), compare);
	return h->err;
}

void handovers_scan(struct handovers *h)
{
	h->fresh = false;
	refresh(h);
}

bool handovers_taken(struct handovers *h, const struct seen *s)
{
	if (s->syscall != SYS_futex || refresh(h))
		return false;
	for (size_t i = first_of(h, s->ref.pid, s->args[0]); is_of(h, i, s->ref.pid, s->args[0]);
	     i++) {
		const struct way_hand *hand = &h->hands[i];

		if (hand->ref.tid != s->ref.tid &&
		    (hand->counted ? hand->has > 0
				   : hand->entered || (hand->waits && !hand->wakes)))
			return true;
	}
	return false;
}

int handovers_hands(struct handovers *h, pid_t pid, uint64_t address, way_hand_fn emit, void *ctx)
{
	int err = refresh(h);

	for (size_t i = first_of(h, pid, address); !err && is_of(h, i, pid, address); i++)
		err = emit(ctx, &h->hands[i]);
	return err;
}

int handovers_habit(struct handovers *h, const struct seen *s, struct way_habit *ret)
{
	if (s->syscall != SYS_futex || refresh(h))
		return 0;
	return habits_find(&h->starts, h->threads, h->n_threads, s, ret);
}
