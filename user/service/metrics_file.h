/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SERVICE_METRICS_FILE_H
#define SERVICE_METRICS_FILE_H

/* The file that holds the numbers: replaced as a whole, readable by all. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct metrics_file {
	const char *path;
	uint64_t dev, ino; /* of the one that we wrote last */
	bool failing;	   /* and that was said */
};

/*
 * What write() puts there. Its directory is made if only that is missing. Returns 0 or
 * -errno, said once.
 */
int metrics_file_write(struct metrics_file *f, void (*write)(const void *m, FILE *out),
		       const void *m);

/* Unless somebody else has written it since. */
void metrics_file_remove(const struct metrics_file *f);

#endif
