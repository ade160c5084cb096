/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_STALLS_H
#define CORE_STALLS_H

/*
 * The life of a stall: opened once, with all its waiters; changed when its
 * rule or its root is another, or threads were added; resolved when none of
 * its triggering waits remains in two looks. A finding of this look is a
 * stall of an earlier one if it has the same root, else if they share a
 * triggering wait.
 */
#include "cast.h"

struct stall {
	uint64_t serial; /* from 1, in the order of opening */
	char id[24];
	uint64_t root_key; /* as last found */
	bool open;

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
	struct arena arena; /* of the report */
	struct report *report;

	/* In this look. */
	bool seen;	  /* a triggering wait of it is still there */
	uint32_t finding; /* or NONE */
	uint32_t gone_looks;
	uint64_t gone_ns; /* the first look without it */
};

/* What is to be told about a stall after this look. */
struct telling {
	enum report_event event;
	struct stall *stall;
	struct finding *finding; /* NULL: resolved */
	struct cast cast;	 /* unless resolved */
};

struct stalls {
	struct stall **open; /* by serial */
	size_t n_open;
	size_t n_opened; /* ever */

	/* Of this look. */
	struct telling *tellings;
	size_t n_tellings;

	/* private */
	size_t cap_open, cap_tellings;
	struct table by_root;
	uint64_t seed; /* of ids: of the session */
};

void stalls_begin(struct stalls *s, const struct fact_session *session);
void stalls_free(struct stalls *s);

/* Compares findings with the open stalls and fills in tellings. Returns 0 or -ENOMEM. */
int stalls_look(struct stalls *s, struct diagnosis *d);

/* The tellings were told: forgets those that are resolved. */
void stalls_told(struct stalls *s);

#endif
