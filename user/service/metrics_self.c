// SPDX-License-Identifier: GPL-2.0
#include "metrics_self.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../os/proc.h"

#define TEXT	  4096
#define SAMPLE_NS ((uint64_t)30000000000)

static uint64_t of_rusage(int who)
{
	struct rusage u;

	if (getrusage(who, &u) != 0)
		return 0;
	return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000 +
	       (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000;
}

static uint64_t resident_bytes(int proc_fd, const char *pid)
{
	char path[32], text[128];
	unsigned long long pages;

	snprintf(path, sizeof(path), "%s/statm", pid);
	if (proc_read(proc_fd, path, text, sizeof(text)) <= 0 ||
	    sscanf(text, "%*u %llu", &pages) != 1)
		return 0;
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* Fields 14 and 15; the name before may hold blanks and brackets. */
static uint64_t cpu_ns(int proc_fd, const char *pid)
{
	char path[32], text[1024];
	unsigned long long user, system;
	const char *at;

	snprintf(path, sizeof(path), "%s/stat", pid);
	if (proc_read(proc_fd, path, text, sizeof(text)) <= 0 || !(at = strrchr(text, ')')) ||
	    sscanf(at, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &system) !=
		    2)
		return 0;
	return (user + system) * (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK));
}

static void add_children(int proc_fd, struct metrics_process *p)
{
	char path[48], text[TEXT], *save;

	snprintf(path, sizeof(path), "self/task/%d/children", getpid());
	if (proc_read(proc_fd, path, text, sizeof(text)) <= 0)
		return;
	for (char *pid = strtok_r(text, " \n", &save); pid; pid = strtok_r(NULL, " \n", &save)) {
		p->n++;
		p->cpu_ns += cpu_ns(proc_fd, pid);
		p->resident_bytes += resident_bytes(proc_fd, pid);
	}
}

static uint64_t recent_ppm(struct metrics_self *self, const struct cost_sample *now)
{
	uint64_t spent, elapsed;

	if (!self->begun) {
		self->begun = true;
		self->older = self->newer = *now;
	}
	spent = now->cpu_ns > self->older.cpu_ns ? now->cpu_ns - self->older.cpu_ns : 0;
	elapsed = now->now_ns > self->older.now_ns ? now->now_ns - self->older.now_ns : 0;
	if (now->now_ns >= self->newer.now_ns + SAMPLE_NS) {
		self->older = self->newer;
		self->newer = *now;
	}
	return elapsed / 1000 ? spent * 1000 / (elapsed / 1000) : 0;
}

void metrics_self_read(struct metrics_self *self, uint64_t now_ns, struct metrics *ret)
{
	struct metrics_process *p = ret->processes;

	p[METRICS_WATCH] = (struct metrics_process){
		.n = 1,
		.cpu_ns = of_rusage(RUSAGE_SELF),
		.resident_bytes = resident_bytes(self->proc_fd, "self"),
	};
	p[METRICS_HELPERS] = (struct metrics_process){.cpu_ns = of_rusage(RUSAGE_CHILDREN)};
	add_children(self->proc_fd, &p[METRICS_HELPERS]);
	ret->cpu_recent_ppm = recent_ppm(
		self,
		&(struct cost_sample){now_ns, p[METRICS_WATCH].cpu_ns + p[METRICS_HELPERS].cpu_ns});
}
