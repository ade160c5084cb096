// SPDX-License-Identifier: GPL-2.0
#include "boot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int boot_id(char *ret, size_t size)
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
	int err = f ? 0 : -errno;

	if (!err && !fgets(ret, (int)size, f))
		err = -EIO;
	if (f)
		fclose(f);
	if (!err)
		ret[strcspn(ret, "\n")] = '\0';
	return err;
}
