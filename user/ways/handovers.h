/* SPDX-License-Identifier: GPL-2.0 */
#ifndef WAYS_HANDOVERS_H
#define WAYS_HANDOVERS_H

/*
 * Who woke whom in the target: hooks keep it in the threads, here it is read,
 * once a scan.
 */
#include <stdbool.h>
#include <stdint.h>

#include "way.h"

struct bpf_object;
struct handovers;
struct locks;

/*
 * locks may be NULL, and is not owned: what its probes saw is added. Returns 0 and
 * sets *ret, or -errno after one note. attach false: nothing will be seen (tests).
 */
int handovers_new(const struct way_config *config, const struct bpf_object *shared,
		  struct locks *locks, struct handovers **ret);
void handovers_free(struct handovers *h);
const struct bpf_object *handovers_object(const struct handovers *h);

/* A new scan begins: reads what the threads have by now. */
void handovers_scan(struct handovers *h);

/* May another thread than this one have what it waits for? */
bool handovers_taken(struct handovers *h, const struct seen *s);

/* As way->hands and way->habit. */
int handovers_hands(struct handovers *h, pid_t pid, uint64_t address, way_hand_fn emit, void *ctx);
int handovers_habit(struct handovers *h, const struct seen *s, struct way_habit *ret);

#endif
