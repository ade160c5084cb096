// SPDX-License-Identifier: GPL-2.0
/* Control groups, for those scenes that are about them. */
#include "scene.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool group_put(const char *group, const char *file, const char *text)
{
	char path[192];
	int fd;
	bool good;

	snprintf(path, sizeof(path), "%s/%s", group, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return good;
}
