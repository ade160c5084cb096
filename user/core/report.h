/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_REPORT_H
#define CORE_REPORT_H

/*
 * A report: one finding, whole, as data. It is all that a renderer
 * (user/report/) sees. Everything in it belongs to the engine that made it and
 * is valid only during the call that hands it over.
 */
#include "facts.h"

enum report_event {
	EVENT_OPENED = 1,
	EVENT_CHANGED,
	EVENT_RESOLVED,
	EVENT_SNAPSHOT,	  /* --once */
	EVENT_ESCALATED,  /* it has lasted 10, or 100, times the threshold */
	EVENT_REOPENED,	  /* soon after it was resolved: the same id, and how often */
	EVENT_MERGED,	  /* it is a part of an older one now, and not told of any more */
	EVENT_SUPPRESSED, /* more like this one were counted and not told of */
	_EVENT_MAX,
};

/* What is new in EVENT_CHANGED: the first that fits. */
enum report_change { CHANGE_RULE = 1, CHANGE_ROOT, CHANGE_WAITERS, CHANGE_NAMES, _CHANGE_MAX };

/* How much was seen of the end of a stall. */
enum report_ending {
	ENDING_WATCHED,
	ENDING_UNWATCHED, /* it had ended when locktrace came back */
	ENDING_REBOOT,	  /* with all the rest */
	_ENDING_MAX,
};

enum certainty { CERTAINTY_POSSIBLE = 1, CERTAINTY_LIKELY, CERTAINTY_CERTAIN, _CERTAINTY_MAX };

/* How bad it is, apart from how sure: the higher, the worse. */
enum severity {
	SEVERITY_CONTENTION = 1, /* nothing is stuck, but many wait for long */
	SEVERITY_STALL,
	_SEVERITY_MAX,
};

enum role {
	ROLE_ROOT = 1, /* the root blocker */
	ROLE_CYCLE,    /* member of a deadlock cycle */
	ROLE_HOLDER,   /* between: holds what others wait for, and waits itself */
	ROLE_WAITING,  /* waits, and nobody in this report waits for it */
	_ROLE_MAX,
};

#define REPORT_NONE SIZE_MAX /* an index that points to nothing */

struct report_thread {
	struct fact_thread fact; /* fact.ref.tid 0: a process as a whole */
	const char *process;	 /* comm of its process */
	const char *exe;	 /* base name of its executable; NULL: not known */
	int32_t ns_pid;		 /* the process's own id in its PID namespace; 0: no other */
	const char *cgroup;	 /* path; NULL: the root, or not known */
	const char *unit;	 /* "nginx.service", "docker 3f2a9c1b7d5e"; NULL: neither */
	enum role role;
	size_t resource;       /* index in resources: what it waits for; REPORT_NONE: nothing */
	struct fact_wait wait; /* if resource is not REPORT_NONE */
	uint64_t waited_ns;
	size_t stack; /* index in stacks, or REPORT_NONE */
};

struct report_holder {
	size_t thread; /* index in threads; REPORT_NONE if nobody is known (fact.why says why) */
	struct fact_hold fact;
};

struct report_resource {
	struct fact_resource fact;
	const struct report_holder *holders;
	size_t n_holders;
};

/* Threads with the same stack share one. */
struct report_stack {
	const struct fact_frame *frames;
	size_t n_frames;
	bool complete;
	const char *note;
};

/* What became of a stall since it was told of first. */
struct report_life {
	enum report_change change; /* EVENT_CHANGED; otherwise 0 */
	size_t more;		   /* threads that it was not told of before; 0 when it opens */
	uint32_t times;		   /* this is the so-manieth time in a row; 1 is the first */
	char into[24];		   /* EVENT_MERGED: the id of the older one; otherwise "" */
	char split_from[24];	   /* of the stall that its threads were in before; "": none */

	/* EVENT_RESOLVED: which thread of the chain or the circle first went on. */
	size_t first; /* index in threads, or REPORT_NONE if that could not be seen */
	enum evidence first_evidence;
	const char *first_how; /* "let go of mutex M" */

	/*
	 * EVENT_RESOLVED. Unless it was watched, lasted_ns ends when the stall was
	 * last known to go on: it is the least that it lasted.
	 */
	enum report_ending ending;

	/* EVENT_SUPPRESSED: so many more, in so long. */
	uint64_t suppressed;
	uint64_t suppressed_ns;
};

struct report {
	const struct fact_session *session;
	enum report_event event;
	char id[24];		/* the same in opened, changed and resolved */
	char signature[24];	/* the same for the same bug anywhere; of a stall as first told */
	bool signature_partial; /* a place that should be in it could not be had */
	const char *rule;	/* "deadlock" */
	const char *title;	/* "queue full behind a blocked reader" */
	enum certainty certainty;
	enum severity severity; /* of its rule */
	const char *heading;	/* "the whole process ... has made no progress"; NULL: none */
	const char *summary;	/* one sentence */
	const char *advice;	/* what to do, one or two sentences */
	uint64_t now_ns;
	uint64_t wall_ns;  /* when this was reported */
	uint64_t since_ns; /* the first wait of it */
	uint64_t since_wall_ns;
	enum since_quality since_quality; /* the worst of the wait that since_ns is from */
	uint64_t lasted_ns;		  /* until now, or until it was resolved */
	bool already_stuck;		  /* before locktrace looked */
	size_t n_stuck; /* threads that cannot go on (root blocker not counted unless it waits) */
	const struct report_thread *threads; /* root or cycle first, then by (pid, tid) */
	size_t n_threads;
	bool many_processes; /* ... they are not all of one */
	const struct report_resource *resources;
	size_t n_resources;
	const struct report_stack *stacks;
	size_t n_stacks;
	const struct fact_lost *lost;
	size_t n_lost;
	const struct fact_unseen *unseen; /* hooks that are off for their price, by now */
	size_t n_unseen;
	const char *const *doubts; /* what lowers the certainty, sentences */
	size_t n_doubts;
	struct report_life life;
};

/* Stalls that were kept back (silence.h). */
struct report_silenced {
	const char *filter; /* the --ignore; NULL: no --only fits them */
	size_t stalls;
};

/* What is said when nothing, or nothing more, is to be reported. */
struct report_end {
	const struct fact_session *session;
	const char *why;
	uint64_t now_ns;
	uint64_t wall_ns;
	uint32_t threads; /* of the last look */
	uint32_t parked;
	size_t opened;	     /* stalls reported in this session, contention too */
	size_t contended;    /* ... of these, what was contention when it was told of first */
	uint64_t suppressed; /* stalls that were counted and not reported */
	size_t still_open;
	size_t kept; /* stalls of before that went on, or had ended; in neither of these two */
	const struct fact_lost *lost;
	size_t n_lost;
	const struct fact_unseen *unseen;
	size_t n_unseen;
	bool filtered; /* there were --only or --ignore; what they kept back is in neither count */
	const struct report_silenced *silenced;
	size_t n_silenced;
};

#endif
