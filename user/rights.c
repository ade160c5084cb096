// SPDX-License-Identifier: GPL-2.0
#include "rights.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "message.h"

/* Effective capabilities of this process; 0 if they cannot be read. */
static uint64_t effective(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	uint64_t caps = 0;

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "CapEff: %" SCNx64, &caps) == 1)
			break;
	}
	fclose(f);
	return caps;
}

bool rights_has(int capability)
{
	return effective() & (1ULL << capability);
}

int rights_check(void)
{
	if (rights_has(CAP_SYS_PTRACE))
		return 0;
	if (access("/proc/self/status", R_OK) != 0) {
		error_line("there is no /proc here: mount -t proc proc /proc");
		return -ENOENT;
	}
	error_line("not permitted to look at other processes: run it as root (sudo), or with the "
		   "capabilities CAP_SYS_PTRACE, CAP_BPF, CAP_PERFMON");
	return -EPERM;
}
