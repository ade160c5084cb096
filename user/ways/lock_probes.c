// SPDX-License-Identifier: GPL-2.0
#include "lock_probes.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "../../bpf/lt_wire.h"
#include "../os/maps.h"
#include "../os/os.h"
#include "../os/parser.h"
#include "../os/proc.h"
#include "../os/reader.h"
#include "../target.h"
#include "loader.h"
#include "uprobe.h"

#define MAX_LIBRARIES 4

void lock_probes_new(struct lock_probes *all, const struct way_config *config,
		     const struct bpf_object *object)
{
	*all = (struct lock_probes){.config = config};
	all->program[TAKES_FIRST] = loader_program(object, "lt_lock_first");
	all->program[TAKES_SECOND] = loader_program(object, "lt_lock_second");
	all->program[TAKES_READ] = loader_program(object, "lt_lock_read");
	all->program[GIVES_BACK] = loader_program(object, "lt_lock_unlock");
	all->program[TAKES_UNIT] = loader_program(object, "lt_sem_take");
	all->program[TRIES_UNIT] = loader_program(object, "lt_sem_try");
	all->program[GIVES_UNIT] = loader_program(object, "lt_sem_give");
}

static void forget(struct lock_probed *p)
{
	uprobe_detach(p->probes, p->n_probes);
	if (p->group >= 0)
		close(p->group);
	*p = (struct lock_probed){.group = -1};
}

void lock_probes_take_off(struct lock_probes *all)
{
	for (size_t i = 0; i < all->n_processes; i++)
		forget(&all->processes[i]);
	all->n_processes = 0;
	all->began = false;
}

/* What a probe is to know of its place, in the library that m maps. */
static uint64_t cookie_of(const struct lock_function *f, bool at_entry, const struct mapping *m)
{
	uint64_t cookie = !at_entry && uprobe_is_emulated(f->kind) ? LT_PROBE_EMULATED : 0;

	if (f->leads_on)
		cookie |= LT_PROBE_LEADS_ON;
	if (f->inside)
		cookie |= LT_PROBE_INSIDE | (m->start >> LT_PAGE_SHIFT) << LT_PROBE_PAGE_SHIFT |
			  (((m->end - m->start) >> LT_PAGE_SHIFT) & LT_PROBE_PAGES)
				  << LT_PROBE_PAGES_SHIFT;
	return cookie;
}

static int attach(const struct lock_probes *all, const struct lock_probed *p, const char *path,
		  const struct lock_function *f, bool at_entry, const struct mapping *m)
{
	const struct uprobe_place place = {p->pid, p->group, path,
					   f->offset + (at_entry ? 0 : f->at)};

	return uprobe_attach(all->program[f->use], &place, cookie_of(f, at_entry, m));
}

/* Probes one library, open as fd: the kernel finds the same file by our descriptor's name. */
static void probe_file(struct lock_probes *all, struct lock_probed *p, int fd,
		       const struct mapping *m)
{
	struct lock_function found[LOCK_FUNCTIONS];
	char path[64];
	int n = parser_lock_functions(all->config->os, p->pid, fd, found);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (int i = 0; i < n && p->n_probes < LOCK_PROBES; i++) {
		int probe = attach(all, p, path, &found[i], false, m);

		if (probe < 0 && found[i].at)
			probe = attach(all, p, path, &found[i], true, m);
		if (probe >= 0)
			p->probes[p->n_probes++] = probe;
	}
}

/* Opened by its mapping, so that it is the file in use whatever its path says by now. */
static void probe_mapping(struct lock_probes *all, struct lock_probed *p, const struct mapping *m)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "map_files/%llx-%llx", (unsigned long long)m->start,
		 (unsigned long long)m->end);
	fd = reader_proc_open(all->config->os->reader, p->pid, name);
	if (fd < 0)
		return;
	probe_file(all, p, fd, m);
	close(fd);
}

static void probe_process(struct lock_probes *all, struct lock_probed *p)
{
	const struct mapping *m;
	struct maps *maps;
	uint64_t seen[MAX_LIBRARIES];
	size_t n_seen = 0;

	if (maps_read(all->config->os->reader, p->pid, &maps) < 0)
		return;
	for (size_t i = 0; (m = maps_at(maps, i)) && n_seen < MAX_LIBRARIES; i++) {
		bool known = false;

		if (!m->exec || !m->inode || !lock_functions_likely(m->path))
			continue;
		for (size_t k = 0; k < n_seen; k++)
			known |= seen[k] == m->inode;
		if (known)
			continue;
		seen[n_seen++] = m->inode;
		probe_mapping(all, p, m);
	}
	maps_free(maps);
}

static struct lock_probed *find_process(struct lock_probes *all, pid_t pid)
{
	for (size_t i = 0; i < all->n_processes; i++) {
		if (all->processes[i].pid == pid)
			return &all->processes[i];
	}
	return NULL;
}

static void drop_gone(struct lock_probes *all)
{
	for (size_t i = all->n_processes; i-- > 0;) {
		if (target_has(all->config->target, all->processes[i].pid))
			continue;
		forget(&all->processes[i]);
		all->processes[i] = all->processes[--all->n_processes];
	}
}

/*
 * Setting up takes a while, and a program that starts others all day would keep
 * us busy for nothing: who has not been there for a second holds nobody up yet.
 */
static bool is_settled(const struct lock_probes *all, pid_t pid)
{
	struct timespec boot;
	struct proc_stat st;

	if (proc_stat(all->config->os->proc_fd, pid, pid, &st))
		return false;
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return (uint64_t)boot.tv_sec > st.start / (uint64_t)sysconf(_SC_CLK_TCK) + 1;
}

int lock_probes_update(struct lock_probes *all)
{
	size_t n;
	const pid_t *pids = target_pids(all->config->target, &n);

	drop_gone(all);
	for (size_t i = 0; i < n && all->n_processes < LOCK_PROBED_PROCESSES; i++) {
		struct lock_probed *p = &all->processes[all->n_processes];

		if (find_process(all, pids[i]) || (all->began && !is_settled(all, pids[i])))
			continue;
		*p = (struct lock_probed){
			.pid = pids[i],
			.group = uprobe_group(all->program[TAKES_FIRST], pids[i]),
		};
		all->n_processes++;
		probe_process(all, p);
		if (!p->n_probes) {
			int err = way_note(
				all->config, NOTE_INFO,
				"no lock functions to probe were found in %d: where it takes its "
				"locks is not seen",
				(int)p->pid);

			if (err < 0)
				return err;
		}
	}
	all->began = true;
	return 0;
}

bool lock_probes_on(const struct lock_probes *all)
{
	for (size_t i = 0; i < all->n_processes; i++) {
		if (all->processes[i].n_probes)
			return true;
	}
	return false;
}
