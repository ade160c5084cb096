/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_TRAIL_H
#define CORE_TRAIL_H

/*
 * The way from the lead trigger of a finding to its root, and around the root
 * if it is a circle: what the summary tells, what the certainty is judged by.
 */
#include "finding.h"
#include "text.h"

struct trail {
	const uint32_t *path; /* nodes: thread, resource, thread, ... the first of the root */
	uint32_t n_path;
	const uint32_t *cycle; /* nodes: thread, resource, thread, ... resource */
	uint32_t n_cycle;      /* 0: the root is no circle */
};

/* Returns 0 or -ENOMEM. */
int trail_of(struct diagnosis *d, const struct finding *f, struct arena *a, struct trail *ret);

/* The first resource on it of which one look only has told who waits and who holds, or NONE. */
uint32_t trail_read_once(const struct trail *trail, const struct diagnosis *d);

/*
 * "dispatcher (317)"; with its process unless that is home: "worker (291) of
 * snmpd (288)". home 0: always with its process.
 */
void trail_name(struct text *t, const struct diagnosis *d, uint32_t thread, int32_t home);

/* "dispatcher (317) of a (300) holds M": what a hold of somebody says. */
void trail_claim(struct text *t, const struct diagnosis *d, const struct model_resource *r,
		 const struct model_hold *hold);

#endif
