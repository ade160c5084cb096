/* SPDX-License-Identifier: GPL-2.0 */
#ifndef REPORT_FLEET_H
#define REPORT_FLEET_H

/*
 * Any number of reports of any number of devices, by signature: one bug, one
 * group. What is kept grows with the signatures and with the devices that have
 * them, up to caps, and not with the reports. As long as no cap is met, nothing
 * of the result depends on the order in which files are read, but for which of
 * the programs is named, should several have the same signature.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct fleet;

/* What is above them is counted, and said. */
struct fleet_caps {
	size_t signatures;
	size_t devices;
	size_t pairs;  /* a signature on a device */
	size_t stalls; /* by which duplicates are known */
};

extern const struct fleet_caps fleet_caps_default;

/* NULL: no memory. */
struct fleet *fleet_new(const struct fleet_caps *caps);
void fleet_free(struct fleet *f);

/*
 * Reads all reports of one file; name is for messages. read: as read(2), but
 * with -errno. Returns 0, though lines were broken; or -errno if it could not
 * be read to its end, then all before that counts; -ENOMEM is for good.
 */
int fleet_read(struct fleet *f, const char *name,
	       ssize_t (*read)(void *from, char *buf, size_t size), void *from);

/* How much of it there was. */
struct fleet_count {
	uint64_t files;
	uint64_t reports;	 /* lines that are reports, also of the same stall */
	uint64_t broken;	 /* lines that are none */
	const char *broken_file; /* of the first; NULL: none */
	size_t broken_line;
	const char *broken_why;
};

void fleet_count(const struct fleet *f, struct fleet_count *ret);

/* Those on the most devices first. Returns 0, -ENOMEM or -EIO. */
int fleet_print_text(struct fleet *f, FILE *out);
int fleet_print_json(struct fleet *f, const char *version, FILE *out);

#endif
