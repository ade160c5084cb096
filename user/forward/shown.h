/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FORWARD_SHOWN_H
#define FORWARD_SHOWN_H

/*
 * What the workers have counted, kept in a file of numbers as the watch's are
 * (service/metrics_file.h). Each worker has its part of memory that they share with
 * the process that started them; that one writes, so that a worker which hangs in
 * the middle of a delivery is seen to hang.
 */
#include "../service/metrics_file.h"
#include "cursor.h"
#include "settings.h"

#define FORWARD_METRICS_DEFAULT "/run/locktrace-forward/metrics.prom"

/* So often. */
#define SHOWN_EVERY_NS ((uint64_t)5000000000)

struct shown;

/* Returns NULL if there is no memory. */
struct shown *shown_new(void);

/* By the worker of targets[i], for the others. */
void shown_set(struct shown *s, size_t i, const struct cursor *c, uint64_t looked_s);

/* Of the targets that are wanted. Returns 0 or -errno, said once. */
int shown_write(const struct shown *s, const struct settings *settings, uint64_t now_s,
		struct metrics_file *file);

void shown_free(struct shown *s);

#endif
