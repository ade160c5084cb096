// SPDX-License-Identifier: GPL-2.0
#include "site_probe.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "../../bpf/lt_wire.h"
#include "../../user/parser/disassembler.h"
#include "../../user/ways/uprobe.h"

/* The library that this program runs with, by its mapping. */
static bool find_libc(char *libc, size_t size)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[4200];

	while (maps && fgets(line, sizeof(line), maps)) {
		char *path = strchr(line, '/');

		line[strcspn(line, "\n")] = '\0';
		if (path && strstr(line, "r-xp") && lock_functions_likely(path))
			snprintf(libc, size, "%s", path);
	}
	if (maps)
		fclose(maps);
	return libc[0];
}

const char *site_probes_open(struct site_probes *p)
{
	static char why[WHY_SIZE];
	struct disassembler *d = NULL;
	struct bpf_object *census;
	int fd;

	if (!find_libc(p->libc, sizeof(p->libc)))
		return "no C library is mapped";
	if (disassembler_open(&d))
		return "libcapstone is not here";
	fd = open(p->libc, O_RDONLY | O_CLOEXEC);
	p->n_found = lock_functions_find(fd, d, p->found);
	close(fd);
	disassembler_close(d);
	if (loader_load("census", HOOK_FENTRY, true, NULL, NULL, &census, why) ||
	    loader_load("pthread", HOOK_FENTRY, true, census, NULL, &p->object, why))
		return why;
	return p->n_found > 0 ? NULL : "the C library has no lock functions";
}

uint64_t site_hits(const struct site_probes *p)
{
	uint64_t n = 0;

	loader_sum(loader_map(p->object, "lt_hits"), LT_HIT_STEPPED, &n);
	return n;
}

static const char *const programs[_LOCK_USE_MAX] = {
	[TAKES_FIRST] = "lt_lock_first", [TAKES_SECOND] = "lt_lock_second",
	[TAKES_READ] = "lt_lock_read",	 [GIVES_BACK] = "lt_lock_unlock",
	[TAKES_UNIT] = "lt_sem_take",	 [TRIES_UNIT] = "lt_sem_try",
	[GIVES_UNIT] = "lt_sem_give",
};

int site_probe(const struct site_probes *p, const char *path, uint64_t offset, enum lock_use use)
{
	return uprobe_attach(loader_program(p->object, programs[use]),
			     &(struct uprobe_place){getpid(), -1, path, offset}, 0);
}
