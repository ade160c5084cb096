/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FLEET_FILES_H
#define FLEET_FILES_H

/*
 * The files of reports that were named: a file, "-" for standard input, or a
 * directory with all that is below it and ends in .json, .ndjson or .jsonl,
 * also with .gz. Symbolic links in it are not followed, and what begins with a
 * dot is not looked at: it may be half written.
 */
#include "report/fleet/fleet.h"

/*
 * Returns 0, or -errno after a line on stderr for each that could not be read:
 * the others were. -ENOMEM: not all were, and there is no line.
 */
int fleet_files_read(struct fleet *f, const char *path);

#endif
