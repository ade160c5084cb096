/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COLLECT_PRIVATE_H
#define COLLECT_PRIVATE_H

/* Inside of the collector. */
#include "collect.h"
#include "../description.h"
#include "../lost_news.h"

/* A thread that this look came upon. */
struct node {
	struct thread_ref ref; /* first: it is compared by. tid 0: the process as a whole */
	struct seen seen;      /* of tid 0: the main thread */
	int error;	       /* of looking at it: -ESRCH: gone; seen is then empty */
	bool waits;	       /* wait is valid */
	struct wait wait;
	int polled_fd; /* it waits for this one in poll(), as others do in read(); -1: it does not
			*/
	bool held;     /* somebody waits for it: it is stated whatever it does */
	bool done;     /* nothing more to do for it in this look */
	bool stated;   /* its THREAD fact, that is */
	struct fact_habit habit; /* of a parked wait that is told of for it */
};

struct collector {
	struct os *os;
	const struct way *way;
	void *way_self;
	uint64_t threshold_ns;
	bool include_parked;
	uint64_t began_ns; /* the first look; 0: is still to come */
	struct lost_news *lost_news;
	struct reentries *reentries;
	struct places *places;
	struct circles *circles;
	struct retries *retries;
	struct standstills *standstills;
	bool asked;		/* for these processes: why do they hang? */
	bool notes_standstills; /* nothing else may be told of them */
	pid_t asked_pid;	/* ... of this one, what it does; 0: not, or it was said */

	/* of this look */
	const struct thread_ref *also; /* threads to be stated whatever they do */
	size_t n_also;
	struct node **nodes; /* in the order in which they were come upon */
	size_t n_nodes, room;
	void *node_tree;     /* by pid and tid */
	void *resource_tree; /* struct description by key */
	void *process_tree;  /* pids whose PROCESS fact was stated */
	uint32_t parked;
	const struct fact_sink *out;
};

/* collect_nodes.c */
struct node *node_find(const struct collector *c, pid_t pid, pid_t tid);
struct node *node_find_ref(const struct collector *c, const struct thread_ref *ref);
/* Adds an empty one. Returns 0, -ENOSPC (counted as lost), or -ENOMEM. */
int node_add(struct collector *c, const struct thread_ref *ref, struct node **ret);
/* That of a thread that waits so, found or new: 1 and *ret; 0: no room (counted as lost); -ENOMEM.
 */
int node_of_wait(struct collector *c, const struct seen *s, const struct wait *w,
		 struct node **ret);
/* The description of a resource, a new and empty one if there is none yet; NULL: no memory. */
struct description *resource_of(struct collector *c, const char *key);
/* Returns 1 the first time in a look, then 0, or -ENOMEM. */
int process_is_new(struct collector *c, pid_t pid);
void nodes_clear(struct collector *c);

/* collect_holders.c: what a thread that somebody waits for does now. */
void holder_look(struct collector *c, struct node *node);
/*
 * The nodes of all that were named; completes their refs. Returns 0, -ESTALE if
 * one went away after it was named, or -errno.
 */
int holders_find(struct collector *c, struct description *d);
/* Who is said to have the lock, exactly, and waits for it as well; NULL: nobody does. */
struct node *holders_self(const struct collector *c, const struct description *d);

/*
 * collect_sole.c: who alone is known to be able to end a wait, exactly. Returns 1 and sets
 * *ret, whose texts are not valid; 0 if that is not so, or -ENOMEM. why, unless NULL: why nobody is
 * known, or empty.
 */
#define SOLE_WHY 160
int only_holder(struct collector *c, const struct seen *s, const struct wait *w,
		struct fact_hold *ret, char why[SOLE_WHY]);

/* collect_nodes.c: when a wait began, as far as one look can tell; 0: nothing tells. */
uint64_t wait_since(const struct seen *s, const struct wait *w, enum since_quality *ret);

/* collect_closure.c: states the nodes and whatever they lead to. Returns 0 or -errno. */
int closure_state(struct collector *c);

/* States those of also that nothing led to. Returns 0 or -errno. */
int closure_also(struct collector *c);

/* collect_facts.c: one fact each. Return 0 or -errno. */
int put_process(struct collector *c, pid_t pid);
int put_thread(struct collector *c, const struct node *node);
int put_wait(struct collector *c, const struct node *node);

#endif
