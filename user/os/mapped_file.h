/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_MAPPED_FILE_H
#define OS_MAPPED_FILE_H

/*
 * The very file that a process has mapped: not what has its name now. It may
 * have been deleted, or replaced by another version while the process runs, and
 * in another container the same name is another file.
 */
#include <sys/types.h>

#include "maps.h"

struct reader;

/* A descriptor, or -errno; -ESTALE: by its name there is another file now. */
int mapped_file_open(struct reader *r, pid_t pid, const struct maps *maps,
		     const struct mapping *map);

#endif
