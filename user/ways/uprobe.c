// SPDX-License-Identifier: GPL-2.0
#include "uprobe.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>

/* Numbers of event sources are given as they come. */
static int event_type(void)
{
	FILE *f = fopen("/sys/bus/event_source/devices/uprobe/type", "re");
	int type = -1;

	if (!f)
		return -errno;
	if (fscanf(f, "%d", &type) != 1)
		type = -ENOTSUP;
	fclose(f);
	return type;
}

static int open_event(struct perf_event_attr *attr, pid_t pid, int group)
{
	int fd;

	attr->size = sizeof(*attr);
	attr->disabled = 1;
	fd = syscall(SYS_perf_event_open, attr, pid, -1, group, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int uprobe_group(pid_t pid)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
	};

	return open_event(&attr, pid, -1);
}

int uprobe_attach(int program_fd, const struct uprobe_place *place, uint64_t cookie)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .perf_event.bpf_cookie = cookie);
	struct perf_event_attr attr = {
		.config1 = (uintptr_t)place->path,
		.config2 = place->offset,
	};
	int type = event_type(), event, link;

	if (type < 0)
		return type;
	attr.type = type;
	event = open_event(&attr, place->pid, place->group < 0 ? -1 : place->group);
	if (event < 0)
		return event;
	link = bpf_link_create(program_fd, event, BPF_PERF_EVENT, &opts);
	if (link < 0) {
		if (ioctl(event, PERF_EVENT_IOC_SET_BPF, program_fd) == 0)
			return event;
		link = -errno;
	}
	close(event);
	return link;
}
