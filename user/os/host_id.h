/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_HOST_ID_H
#define OS_HOST_ID_H

/* Which machine this is, and since which boot, without telling its own id. */
#include <stdbool.h>

#include "../core/sha256.h"

#define HOST_ID 33 /* 32 hexadecimal digits */

#define MACHINE_ID_FILE "/etc/machine-id"
#define BOOT_ID_FILE	"/proc/sys/kernel/random/boot_id"

/*
 * Applications of machine-id(5), each with ids of its own that do not lead to
 * each other, as sd_id128_get_machine_app_specific() makes them.
 */
extern const uint8_t HOST_ID_REPORTS[16];

/* All false, and "", if the file has no id in it. */
bool host_machine_id(const char *file, const uint8_t app[16], char ret[HOST_ID]);
bool host_boot_id(const char *file, char ret[HOST_ID]);

#endif
