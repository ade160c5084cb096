// SPDX-License-Identifier: GPL-2.0
#include "mounts.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fdinfo.h"
#include "os.h"
#include "reader.h"

bool mount_parse(const char *line, struct mount *ret)
{
	const char *dash = strstr(line, " - "), *end = strchr(line, '\n');

	*ret = (struct mount){.id = 0};
	if (!dash || (end && dash > end))
		return false;
	return sscanf(line, "%u %*u %u:%u %*s %255s", &ret->id, &ret->major, &ret->minor,
		      ret->at) == 4 &&
	       sscanf(dash + 3, "%47s %255s", ret->type, ret->source) == 2;
}

int mount_of_fd(struct os *os, pid_t pid, int fd, struct mount *ret)
{
	char info[FDINFO_MAX], *text;
	ssize_t n = fdinfo_read(os->proc_fd, pid, fd, info, sizeof(info));
	uint64_t id;
	bool found = false;

	if (n < 0)
		return (int)n;
	if (!os->reader || !fdinfo_number(info, "mnt_id", &id))
		return -ENOENT;
	n = reader_proc_file(os->reader, pid, "mountinfo", &text);
	if (n < 0)
		return (int)n;
	for (const char *line = text; !found && line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		found = mount_parse(line, ret) && ret->id == id;
	}
	free(text);
	return found ? 0 : -ENOENT;
}

bool mount_is_fuse(const struct mount *m)
{
	return !strcmp(m->type, "fuse") || !strncmp(m->type, "fuse.", 5) ||
	       !strcmp(m->type, "fuseblk");
}

bool mount_is_network(const struct mount *m)
{
	static const char *const types[] = {"nfs", "nfs4", "cifs", "smb3", "ceph", "9p", "afs"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(m->type, types[i]))
			return true;
	return false;
}
