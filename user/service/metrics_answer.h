/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_METRICS_ANSWER_H
#define SERVICE_METRICS_ANSWER_H

/* From a request to all bytes of its answer. */
#include "../report/metrics/metrics_exporter.h"

/* Older than that, whoever wrote it hangs or has gone, and what it says is no longer so. */
#define METRICS_FRESH_NS ((uint64_t)60000000000)

/* A watch writes some KiB. */
#define METRICS_FILE_MAX (1UL << 20)

/*
 * The whole file, and how old it is. Returns 0 and *ret, which is the caller's,
 * with *ret_n bytes, or -errno: -EFBIG, -EINVAL if it is no regular file.
 */
int metrics_file_read(const char *path, uint64_t wall_ns, char **ret, size_t *ret_n,
		      uint64_t *ret_age_ns);

/*
 * The answer to the n bytes of a request that came so far. m: the files to pass
 * on, and counts. Returns 0 if more must come, 1 with *ret, which is the
 * caller's, or -ENOMEM.
 */
int metrics_answer(struct exporter_metrics *m, const char *request, size_t n, uint64_t wall_ns,
		   char **ret, size_t *ret_n);

#endif
