// SPDX-License-Identifier: GPL-2.0
#include "hook_meter.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../os/clock.h"
#include "loader.h"

#define CALLS	256
#define BATCHES 8

int hook_meter_begin(void)
{
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);

	return fd < 0 ? -errno : fd;
}

void hook_meter_count(const struct bpf_object *object, bool on)
{
	int fd = loader_map(object, ".data.lt");
	const uint32_t zero = 0;

	if (fd >= 0)
		bpf_map_update_elem(fd, &zero, &on, BPF_ANY);
}

/* Probes of lock functions count in several, by what a hit costs. */
uint64_t hook_meter_hits(const struct bpf_object *object)
{
	int fd = loader_map(object, "lt_hits");
	uint64_t sum = 0, hits;

	for (uint32_t i = 0; fd >= 0 && loader_sum(fd, i, &hits) == 0; i++)
		sum += hits;
	return sum;
}

struct hook_count hook_meter_read(const struct bpf_object *object)
{
	struct hook_count sum = {0};
	struct bpf_program *program;

	bpf_object__for_each_program(program, object)
	{
		struct bpf_prog_info info = {0};
		uint32_t size = sizeof(info);
		int fd = bpf_program__fd(program);

		/* iterators run when we ask them to */
		if (fd < 0 || strncmp(bpf_program__section_name(program), "iter", 4) == 0 ||
		    bpf_obj_get_info_by_fd(fd, &info, &size) < 0)
			continue;
		sum.hits += info.run_cnt;
		sum.run_ns += info.run_time_ns;
	}
	return sum;
}

static uint64_t map_bytes(int fd)
{
	unsigned long long bytes = 0;
	char path[64], line[128];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "memlock: %llu", &bytes) == 1)
			break;
	}
	fclose(file);
	return bytes;
}

uint64_t hook_meter_map_bytes(const struct bpf_object *object, const struct bpf_object *shared)
{
	struct bpf_map *map;
	uint64_t bytes = 0;

	bpf_object__for_each_map(map, object)
	{
		if (!shared || loader_map(shared, bpf_map__name(map)) < 0)
			bytes += map_bytes(bpf_map__fd(map));
	}
	return bytes;
}

/* The best of several: whatever else happens only makes it slower. */
uint64_t hook_meter_futex_call_ns(void)
{
	const uint32_t word = 0;
	uint64_t best = UINT64_MAX;

	for (int batch = 0; batch < BATCHES; batch++) {
		uint64_t from = os_now_ns(), took;

		/* the word has not that value: it comes back at once */
		for (int i = 0; i < CALLS; i++)
			syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
		took = os_now_ns() - from;
		if (took < best)
			best = took;
	}
	return best / CALLS;
}
