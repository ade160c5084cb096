/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VM_SITE_PROBE_H
#define VM_SITE_PROBE_H

/* Probes on this very process, with the programs and at the places of the real ones. */
#include <stdbool.h>
#include <stdint.h>

#include "../../user/parser/lock_functions.h"
#include "../../user/parser/uprobe_site.h"
#include "../../user/ways/loader.h"

struct site_probes {
	struct bpf_object *object;
	char libc[4096]; /* the library that this program runs with */
	struct lock_function found[LOCK_FUNCTIONS];
	int n_found;
};

/* NULL, or why not. */
const char *site_probes_open(struct site_probes *p);

/* A descriptor, or -errno: the kernel refused it. */
int site_probe(const struct site_probes *p, const char *path, uint64_t offset, enum lock_use use);

/* Of all probes, so far. */
uint64_t site_hits(const struct site_probes *p);

#endif
