/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BUNDLE_HOST_FACTS_H
#define BUNDLE_HOST_FACTS_H

/* The machine, as somebody far away wants to know it. */
#include <jansson.h>

/* NULL: no memory. What cannot be had is null. */
json_t *host_facts(void);

#endif
