/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_OPEN_STALLS_H
#define SERVICE_OPEN_STALLS_H

/*
 * The stalls that are open, each with its newest report, in memory; and as a
 * text from which a later session takes them (docs/spool.md has the format).
 * One that is over is among them until its last report is in the spool.
 */
#include "../core/engine.h"
#include "../os/host_id.h"
#include "../report/json/json_read.h"

#define OPEN_STALLS_VERSION 1 /* of the text */

/* Of whom a text is: another boot, or others that are watched, are no business of ours. */
struct open_whose {
	char boot[HOST_ID];
	const char *scope;
};

struct open_stall {
	char id[24], signature[24];
	uint64_t wall_s; /* of its newest report */
	char *text;	 /* ... which is JSON on one line */
	size_t size;
	bool over;
};

/* Zeroed, there are none. */
struct open_stalls {
	struct open_stall *all;
	size_t n, cap;
};

struct open_stall *open_stalls_find(const struct open_stalls *o, const char *id);

/* A report was told: takes its text over, also after an error. Returns 0 or -ENOMEM. */
int open_stalls_told(struct open_stalls *o, const struct report *r, char *text, size_t size);
void open_stalls_remove(struct open_stalls *o, struct open_stall *stall);
void open_stalls_free(struct open_stalls *o);

/* What was kept, read again. */
struct open_kept {
	struct open_stalls stalls;
	uint64_t last_wall_ns;
	bool same_boot;
	struct fact *facts; /* STALL and STALL_WAIT */
	size_t n_facts, cap_facts;

	/* private */
	void **memory;
	size_t n_memory, cap_memory;
};

/* The text of all of them; e says what a later engine has to know. Returns 0 or -ENOMEM. */
int open_stalls_write(const struct open_stalls *o, const struct open_whose *whose,
		      const struct engine *e, uint64_t wall_ns, char **ret, size_t *ret_size);

/*
 * Returns 0 (free it with open_kept_free()), -ENOENT if it is of other ones,
 * -EBADMSG with a line in why if it is damaged, or -ENOMEM.
 */
int open_stalls_read(const char *text, size_t size, const struct open_whose *whose,
		     struct open_kept *ret, char why[JSON_READ_WHY]);
void open_kept_free(struct open_kept *k);

#endif
