// SPDX-License-Identifier: GPL-2.0
/*
 * The file in which a program tells perf what code it made. It lies where
 * everybody may write, so it counts only if it is the process's own user's, and
 * if it was written since the process began: a process before it may have had
 * the same id.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../parser/perf_map.h"
#include "clock.h"
#include "os.h"
#include "parser_source.h"
#include "proc.h"
#include "reader.h"

#define SLACK_NS 1000000000ull /* clocks of files tick coarsely */

/* By the wall clock as it is set now. */
static uint64_t began_wall_ns(const struct parser_process *p)
{
	uint64_t since_boot_ns = p->start * (1000000000ull / (uint64_t)sysconf(_SC_CLK_TCK));
	struct timespec boot;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	return os_wall_ns() - ((uint64_t)boot.tv_sec * 1000000000 + boot.tv_nsec - since_boot_ns);
}

static bool is_its_own(const struct parser_process *p, int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_uid == p->owner.uid && st.st_size <= PERF_MAP_MAX &&
	       (uint64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec + SLACK_NS >=
		       began_wall_ns(p);
}

int parser_source_perf_map(void *ctx)
{
	struct parser_source *s = ctx;
	const struct parser_process *p = s->process;
	struct proc_status status;
	char name[64];
	int fd, err;

	if (!p || s->n_perf_maps++)
		return -EPERM;
	err = proc_status(s->os->proc_fd, p->pid, p->pid, &status);
	if (err)
		return err;
	/* Its own id, as it has it in its own PID namespace. */
	snprintf(name, sizeof(name), "root/tmp/perf-%d.map",
		 (int)(status.ns_tid ? status.ns_tid : p->pid));
	fd = reader_proc_open(s->os->reader, p->pid, name);
	if (fd < 0 || is_its_own(p, fd))
		return fd;
	close(fd);
	return -EACCES;
}
