// SPDX-License-Identifier: GPL-2.0
#include "uprobe.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/* BPF_TRACE_UPROBE_MULTI, and its part of union bpf_attr: headers of 6.1 have neither. */
#define UPROBE_MULTI 48

struct link_uprobe_multi {
	uint32_t prog_fd;
	uint32_t target_fd;
	uint32_t attach_type;
	uint32_t link_flags;
	uint64_t path;
	uint64_t offsets;
	uint64_t ref_ctr_offsets;
	uint64_t cookies;
	uint32_t n;
	uint32_t flags;
	uint32_t pid;
	uint32_t pad;
};

bool uprobe_needs_no_event(const char *release)
{
	unsigned major, minor;

	return sscanf(release, "%u.%u", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 10));
}

void uprobe_prepare(struct bpf_object *object)
{
	struct bpf_program *program;
	struct utsname kernel;

	if (uname(&kernel) < 0 || !uprobe_needs_no_event(kernel.release))
		return;
	bpf_object__for_each_program(program, object)
	{
		if (strcmp(bpf_program__section_name(program), "uprobe") == 0)
			bpf_program__set_expected_attach_type(program, UPROBE_MULTI);
	}
}

static int attach_multi(int program_fd, const struct uprobe_place *place, uint64_t cookie)
{
	struct link_uprobe_multi attr = {
		.prog_fd = program_fd,
		.attach_type = UPROBE_MULTI,
		.path = (uintptr_t)place->path,
		.offsets = (uintptr_t)&place->offset,
		.cookies = (uintptr_t)&cookie,
		.n = 1,
		.pid = place->pid,
	};
	long fd = syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));

	return fd < 0 ? -errno : (int)fd;
}

static int event_type(void)
{
	FILE *f = fopen("/sys/bus/event_source/devices/uprobe/type", "re");
	int type;

	if (!f)
		return -errno;
	if (fscanf(f, "%d", &type) != 1)
		type = -EINVAL;
	fclose(f);
	return type;
}

static int open_event(struct perf_event_attr *attr, pid_t pid, int group)
{
	long fd;

	attr->size = sizeof(*attr);
	attr->disabled = 1;
	fd = syscall(SYS_perf_event_open, attr, pid, -1, group, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? -errno : (int)fd;
}

static int open_probe(const struct uprobe_place *place)
{
	struct perf_event_attr attr = {
		.uprobe_path = (uintptr_t)place->path,
		.probe_offset = place->offset,
	};
	int type = event_type();

	if (type < 0)
		return type;
	attr.type = type;
	return open_event(&attr, place->pid, place->group);
}

static int attach_event(int program_fd, const struct uprobe_place *place, uint64_t cookie)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .perf_event.bpf_cookie = cookie);
	int event = open_probe(place);
	int link, err;

	if (event < 0)
		return event;
	link = bpf_link_create(program_fd, event, BPF_PERF_EVENT, &opts);
	if (link >= 0) {
		close(event); /* the link keeps it */
		return link;
	}
	/* before 5.15 there are no such links, and nothing can be given to the program */
	if (ioctl(event, PERF_EVENT_IOC_SET_BPF, program_fd) == 0)
		return event;
	err = -errno;
	close(event);
	return err;
}

static bool has_no_event(const struct bpf_program *program)
{
	return (int)bpf_program__expected_attach_type(program) == UPROBE_MULTI;
}

int uprobe_group(const struct bpf_program *program, pid_t pid)
{
	struct perf_event_attr counts_nothing = {
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_DUMMY,
	};
	int fd = has_no_event(program) ? -1 : open_event(&counts_nothing, pid, -1);

	return fd < 0 ? -1 : fd;
}

int uprobe_attach(const struct bpf_program *program, const struct uprobe_place *place,
		  uint64_t cookie)
{
	int fd = bpf_program__fd(program);

	return has_no_event(program) ? attach_multi(fd, place, cookie)
				     : attach_event(fd, place, cookie);
}

#define CLOSERS 32

struct closer {
	pthread_t thread;
	bool started;
	const int *probes;
	size_t n;
};

static void *close_some(void *arg)
{
	const struct closer *c = arg;

	for (size_t i = 0; i < c->n; i += CLOSERS)
		close(c->probes[i]);
	return NULL;
}

void uprobe_detach(const int *probes, size_t n)
{
	struct closer closers[CLOSERS] = {{0}};

	for (size_t i = 0; i < CLOSERS && i < n; i++) {
		closers[i] = (struct closer){.probes = probes + i, .n = n - i};
		closers[i].started = !pthread_create(&closers[i].thread, NULL, close_some,
						     &closers[i]);
		if (!closers[i].started)
			close_some(&closers[i]);
	}
	for (size_t i = 0; i < CLOSERS && i < n; i++) {
		if (closers[i].started)
			pthread_join(closers[i].thread, NULL);
	}
}
