// SPDX-License-Identifier: GPL-2.0
#include "fdinfo.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proc.h"

ssize_t fdinfo_read(int proc_fd, pid_t pid, int fd, char *buf, size_t size)
{
	char path[48];

	snprintf(path, sizeof(path), "%d/fdinfo/%d", pid, fd);
	return proc_read(proc_fd, path, buf, size);
}

bool fdinfo_number(const char *text, const char *field, uint64_t *ret)
{
	size_t len = strlen(field);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, field, len) && line[len] == ':')
			return sscanf(line + len + 1, "%" SCNu64, ret) == 1;
	}
	return false;
}
