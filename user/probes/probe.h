/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_PROBE_H
#define PROBES_PROBE_H

/*
 * A probe knows one kind of wait: how a blocked thread of that kind looks, what
 * it waits for, and who could end it. It sees one thread (struct seen) and may
 * ask the system through os/; it states RESOURCE and HOLD facts. It never
 * decides whether anything is wrong: that is the core's.
 */
#include <stdio.h>

#include "../seen.h"
#include "../core/facts.h"

struct os;

#define WAIT_KEY 160

/* A wait as a probe recognised it. */
struct wait {
	const struct probe *probe;
	char key[WAIT_KEY]; /* resource key */
	const char *kind;   /* resource kind, static string */
	enum wait_class class;
	const char *verb; /* "waits for", static string */
	uint64_t address; /* the probe's own notes between recognise and describe */
	uint64_t address2;
	int64_t id;
	uint64_t since_ns; /* when it began, if the probe knows; 0: what was seen tells */
	bool follow; /* a parked wait that is described although nothing is known to depend on it */
};

/* What a probe may ask while it describes. */
struct probe_env {
	struct os *os;
	const struct way *way; /* for last_entered() and users(), which may be NULL */
	void *way_self;
	const struct fact_sink *out;
};

/* That nobody is known, and why, can be said of any kind. */
#define KNOWS(evidence) (1u << (evidence))
#define KNOWS_EXACT	KNOWS(EVIDENCE_EXACT)
#define KNOWS_TRACKED	KNOWS(EVIDENCE_TRACKED)
#define KNOWS_INFERRED	KNOWS(EVIDENCE_INFERRED)
#define KNOWS_NOBODY	0

/*
 * A kind of resource, and which evidence there can be for its holders: the
 * table in docs/kinds.md is made of these, and the tests hold probes to them.
 */
struct probe_kind {
	const char *name;
	enum wait_class class;
	unsigned int evidence; /* KNOWS_*, whichever way it is seen */
	unsigned int by_hooks; /* what hooks add to that */
};

struct probe {
	enum lt_kind kind;
	const char *name;		/* as in lt_kinds.h */
	const struct probe_kind *kinds; /* of the resources that it states; ends with {0} */
	const int *syscalls;		/* in which it can block, ends with -1 */
	bool anywhere;	    /* ... and in any other, in a page fault, in a thread of the kernel */
	const char *unseen; /* "when waits on unix sockets began": not seen exactly if its hook is
			       refused */

	/*
	 * Is s blocked in a wait of this kind? Cheap where it can be: called
	 * for every candidate at every look. Returns 1 and fills *ret, 0 if
	 * not, -errno if it could not tell.
	 */
	int (*recognise)(struct os *os, const struct seen *s, struct wait *ret);

	/*
	 * States one RESOURCE and its HOLDs. Called once a look for each
	 * resource that matters. s is one of the waiters. Returns 0, or
	 * -ESTALE if the wait is not the same any more, or -errno.
	 */
	int (*describe)(const struct probe_env *env, const struct seen *s, const struct wait *w);
};

/* All probes, in the order of lt_kinds.h; ends with NULL. */
extern const struct probe *const probes[];

/* Asks each probe; returns 1 and fills *ret, 0 if none knows this wait. */
int probes_recognise(struct os *os, const struct seen *s, struct wait *ret);

/* Does any probe care about this system call? */
bool probes_want_syscall(int32_t syscall);

#endif
