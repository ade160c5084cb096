/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BUNDLE_IMPORT_FILES_H
#define BUNDLE_IMPORT_FILES_H

/* Where reports of a bundle are put. */
#include "../service/spool_dir.h"
#include "bundle.h"
#include "tar.h"

struct import_place {
	char *path; /* of the directory */
	int fd;
	struct spool_list list; /* what was there before */
};

#define IMPORT_DEVICE 80

/*
 * A name of a directory for the machine that bundle.json is of: "site42-a7eb8314".
 * Redacted, the host has another name in each bundle: "device-a7eb8314".
 */
void import_device_name(const json_t *bundle, char ret[IMPORT_DEVICE]);

/* Opens it, made if it is not there; below may be NULL. Returns 0 or -errno. */
int import_place_open(const char *dir, const char *below, struct import_place *ret);
void import_place_close(struct import_place *p);

enum import_end { IMPORT_NEW, IMPORT_NEWER, IMPORT_KNOWN };

/*
 * A report that was checked: written, unless there is one of its id that was
 * told of at the same time, or later. Returns 0 or -errno.
 */
int import_report(struct import_place *p, const char *plain, const char *text, size_t size,
		  uint64_t at_ns, enum import_end *ret);

/* Whole, or not at all, whatever was there. Returns 0 or -errno, of either side. */
int import_file(struct import_place *p, const char *name, const char *text, size_t size);
int import_stream(struct import_place *p, const char *name, struct tar *from, bool *ret_output);

#endif
