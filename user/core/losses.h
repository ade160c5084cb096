/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_LOSSES_H
#define CORE_LOSSES_H

/*
 * What could not be seen in this session, by reason, in the order of its first
 * loss; and what is not seen now, as hooks were taken off.
 */
#include <stdbool.h>

#include "facts.h"

/* What a loss may hide of a stall. */
enum loss_kind {
	LOSS_OTHER = 1, /* nothing: names, stacks, where a lock was taken */
	LOSS_EVENT,	/* that a wait began or ended */
	LOSS_READ,	/* what was waited for, or by whom it was held */
	LOSS_SCAN,	/* threads that nobody looked at */
	_LOSS_MAX,
};

struct loss_growth;

struct losses {
	struct fact_lost *all; /* reasons are copies */
	size_t n;
	struct fact_unseen *unseen; /* as of this look; texts are copies */
	size_t n_unseen;

	/* private */
	struct loss_growth *growth; /* when each grew */
	size_t cap, cap_growth, cap_unseen;
};

void losses_free(struct losses *l);

/* Returns 0 or -ENOMEM. */
int losses_take(struct losses *l, const struct fact_lost *f, uint64_t now_ns);

/* A look begins: what is not stated in it is seen. */
void losses_look(struct losses *l);
int losses_unseen(struct losses *l, const struct fact_unseen *f);

enum loss_kind loss_kind(const char *reason);

/* By how much the i-th has grown since then; rather too much than too little. */
uint64_t losses_since(const struct losses *l, size_t i, uint64_t since_ns);

#endif
