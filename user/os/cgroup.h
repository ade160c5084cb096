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

#endif
