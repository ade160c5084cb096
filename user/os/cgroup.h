/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_CGROUP_H
#define OS_CGROUP_H

/*
 * To which service or container a process belongs, from its control group: of
 * version 1, of version 2, or of both.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CGROUP_PATH 1024
#define CGROUP_UNIT 256

/* The path that tells most. Returns 0, -ENOENT if it is in none but the root, or -errno. */
int cgroup_of(int proc_fd, pid_t pid, char path[CGROUP_PATH]);

/* The same from a text like /proc/PID/cgroup. */
int cgroup_parse(const char *text, char path[CGROUP_PATH]);

/*
 * "nginx.service", "docker 3f2a9c1b7d5e", "nginx.service in docker 3f2a9c1b7d5e".
 * Returns false if the path names neither.
 */
bool cgroup_unit(const char *path, char unit[CGROUP_UNIT]);

/* Is it in that control group, or in one below, of any hierarchy? */
bool cgroup_is_in(int proc_fd, pid_t pid, const char *path);

/*
 * Does it belong to the unit or container of that name: "nginx.service",
 * "nginx", the beginning of a container's id?
 */
bool cgroup_is_of_unit(int proc_fd, pid_t pid, const char *name);

/* The same two of a path. */
bool cgroup_path_is_below(const char *path, const char *above);
bool cgroup_path_has_unit(const char *path, const char *name);

#endif
