/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_STALLS_H
#define CORE_STALLS_H

/*
 * The life of a stall.
 *
 *	opened		told whole, with all its waiters
 *	changed		its rule or its root is another: told whole; or threads
 *			were added: these are counted. At most once a threshold,
 *			and ever more rarely. Or names came late: once
 *	escalated	it has lasted 10, or 100, times the threshold
 *	merged		for two looks its waits have led to the root of an older
 *			one: it goes on as a part of that
 *	resolved	none of its triggering waits remained in two looks
 *	reopened	it came back soon after: the same one, for the n-th time
 *
 * One that an earlier session told of goes on untold, until there is news.
 *
 * A finding of this look is a stall of an earlier one if it has the same root,
 * else if they share a triggering wait. Waits of one stall that lead to two
 * roots, in two looks, are two: the second one opens and says of which it was.
 *
 * What limits.h does not let through is lived all the same, untold.
 */
#include "cast.h"
#include "limits.h"
#include "mover.h"
#include "recent.h"

struct kept;

/* In so many looks in a row it must be gone: one may have failed to see it. */
#define STALLS_GONE_LOOKS 2

struct stall {
	uint64_t serial; /* from 1, in the order of opening */
	char id[24];
	uint64_t identity; /* the same if it comes back */
	uint32_t times;
	uint64_t root_key; /* as last found */
	bool told;	   /* opened, as far as anybody knows */
	bool suppressed;   /* counted instead */
	char split_from[24];

	/* Its first wait, over its whole life. */
	uint64_t since_ns, since_wall_ns;
	enum since_quality since_quality;
	uint64_t seen_ns; /* when a look first saw it */
	bool before;

	/* As last told. */
	uint64_t told_ns;
	uint64_t told_root_key;
	const struct rule *told_rule;
	const struct rule *signature_rule; /* that the signature is of; NULL: there is none yet */
	char signature[24];
	bool signature_partial;
	uint32_t n_changes; /* that were told */
	uint32_t level;	    /* 1: it has lasted 10 times the threshold, 2: 100 times */
	struct arena arena; /* of the report */
	struct report *report;
	struct mover mover; /* since then */
	bool names_later;   /* of its stacks, when it was last built */
	unsigned int name_tries;
	uint64_t next_try_ns;

	/* In this look. */
	bool seen;	  /* a triggering wait of it is still there */
	uint32_t finding; /* or NONE */
	uint32_t looks;	  /* that found it */
	uint32_t gone_looks;
	uint64_t gone_ns; /* the first look without it */

	struct kept *kept; /* of an earlier session: stalls_kept.h; NULL: of this one */

	/* Whose root its waits lead to; for how many looks in a row, up to this one. */
	uint64_t merging; /* serial; 0: none */
	uint32_t merging_looks;
	uint64_t merging_look;
	const struct stall *into; /* it is merged */
};

/* What is to be told about a stall after this look. */
struct telling {
	enum report_event event;
	enum report_change change;
	size_t more; /* threads that it was not told of before */
	bool quiet;  /* its report is built, for later, and not told */
	struct stall *stall;
	struct finding *finding; /* NULL: it is told as last time, with another end */
	struct cast cast;	 /* if there is a finding */
};

struct stalls {
	struct stall **open; /* by serial */
	size_t n_open;
	size_t n_opened;     /* ever told */
	size_t n_contended;  /* ... of these, what was contention then */
	size_t n_still_open; /* of these, and of those that were kept */
	size_t n_kept;	     /* ever */
	struct limits limits;

	/* Of this look. */
	struct telling *tellings;
	size_t n_tellings;

	/* private */
	uint64_t serials;
	uint64_t threshold_ns;
	size_t cap_open, cap_tellings;
	struct table by_root;
	uint64_t seed; /* of ids: of the session */
	struct recent recent;
};

void stalls_begin(struct stalls *s, const struct fact_session *session);
void stalls_free(struct stalls *s);

/* Compares findings with the open stalls and fills in tellings. Returns 0 or -ENOMEM. */
int stalls_look(struct stalls *s, struct diagnosis *d);

/*
 * A telling of this look has its report now, and with it a signature: may it be
 * told? If not it was counted. One that is free always may. Returns 0 or -ENOMEM.
 */
int stalls_admit(struct stalls *s, const struct telling *t, uint64_t now_ns, bool free, bool *ret);

/* The tellings were told: forgets those that are over. */
void stalls_told(struct stalls *s);

#endif
