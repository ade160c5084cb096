/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_CENSUS_H
#define WAYS_CENSUS_H

/*
 * The census object in use: what the ways `hooks` and `census` share.
 */
#include <stdbool.h>
#include <stdint.h>

#include "way.h"

struct bpf_object;
struct lt_wanted;
struct census;

/* Returns 0 and sets *ret, or -errno after one warning note that names the way. */
int census_new(const struct way_config *config, const char *way, struct census **ret);
void census_free(struct census *c);

/*
 * The hook of this kind was off until then (UINT64_MAX: it is): what it remembers
 * from before holds only for threads that have not moved since.
 */
void census_unhooked(struct census *c, enum lt_kind kind, uint64_t until_ns);

/* Hooks share its maps. */
const struct bpf_object *census_object(const struct census *c);

/* As way->scan. Threads in a futex call come without kernel frames. */
int census_scan(struct census *c, uint64_t now_ns, uint64_t min_age_ns, seen_fn emit, void *ctx,
		uint32_t *ret_threads);
int census_look(struct census *c, pid_t pid, pid_t tid, struct seen *ret);
int census_lost(struct census *c, const struct fact_sink *sink);

/* Calls fn with a struct lt_task_use for each thread that hooks saw use this. */
int census_uses(struct census *c, const struct lt_wanted *wanted,
		int (*fn)(void *ctx, const void *record), void *ctx);

/* As way->semaphore. */
int census_semaphore(struct census *c, pid_t tid, uint32_t place, int semid, int num,
		     struct way_semaphore *ret);

#endif
