// SPDX-License-Identifier: GPL-2.0
#include "cgroup.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proc.h"

#define ID_LENGTH 64 /* of a container, in hex */
#define ID_SHOWN  12

/* ---- /proc/PID/cgroup: lines of "NUMBER:CONTROLLERS:PATH" ---- */

/* systemd's own hierarchy and that of version 2 say where a process belongs; others what it may. */
static bool is_home(const char *controllers, size_t size)
{
	return size == 0 || (size == 12 && memcmp(controllers, "name=systemd", 12) == 0);
}

struct choice {
	char path[CGROUP_PATH];
	int rank; /* 2: names a unit; 1: is at least a home; 0: nothing yet */
};

static void consider(struct choice *best, const char *line, size_t size)
{
	const char *controllers = memchr(line, ':', size), *path;
	char copy[CGROUP_PATH], unit[CGROUP_UNIT];
	int rank;

	path = controllers ? memchr(controllers + 1, ':', size - (controllers + 1 - line)) : NULL;
	if (!path)
		return;
	controllers++;
	snprintf(copy, sizeof(copy), "%.*s", (int)(line + size - path - 1), path + 1);
	if (strcmp(copy, "/") == 0 || !copy[0])
		return;
	rank = cgroup_unit(copy, unit)				    ? 2
	       : is_home(controllers, (size_t)(path - controllers)) ? 1
								    : 0;
	if (rank > best->rank) {
		best->rank = rank;
		memcpy(best->path, copy, sizeof(copy));
	}
}

int cgroup_parse(const char *text, char path[CGROUP_PATH])
{
	struct choice best = {.rank = 0};

	for (const char *line = text; *line;) {
		size_t size = strcspn(line, "\n");

		consider(&best, line, size);
		line += size + (line[size] == '\n');
	}
	if (!best.rank)
		return -ENOENT;
	memcpy(path, best.path, CGROUP_PATH);
	return 0;
}

#define FILE_MAX 16384 /* a dozen lines of version 1, each with a long path */

static int read_text(int proc_fd, pid_t pid, char **ret)
{
	char name[32], *text = malloc(FILE_MAX);
	ssize_t n;

	if (!text)
		return -ENOMEM;
	snprintf(name, sizeof(name), "%d/cgroup", pid);
	n = proc_read(proc_fd, name, text, FILE_MAX);
	if (n < 0) {
		free(text);
		return (int)n;
	}
	*ret = text;
	return 0;
}

int cgroup_of(int proc_fd, pid_t pid, char path[CGROUP_PATH])
{
	char *text;
	int r = read_text(proc_fd, pid, &text);

	if (r)
		return r;
	r = cgroup_parse(text, path);
	free(text);
	return r;
}

/* Does any line's path do? */
static bool any_path(int proc_fd, pid_t pid, bool (*fits)(const char *path, const char *what),
		     const char *what)
{
	char *text, *save;
	bool found = false;

	if (read_text(proc_fd, pid, &text))
		return false;
	for (char *line = strtok_r(text, "\n", &save); line && !found;
	     line = strtok_r(NULL, "\n", &save)) {
		char *path = strchr(line, ':');

		path = path ? strchr(path + 1, ':') : NULL;
		found = path && fits(path + 1, what);
	}
	free(text);
	return found;
}

bool cgroup_is_in(int proc_fd, pid_t pid, const char *path)
{
	return any_path(proc_fd, pid, cgroup_path_is_below, path);
}

bool cgroup_is_of_unit(int proc_fd, pid_t pid, const char *name)
{
	return any_path(proc_fd, pid, cgroup_path_has_unit, name);
}

/* ---- Paths ---- */

static bool starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static bool ends(const char *s, size_t size, const char *with)
{
	size_t n = strlen(with);

	return size > n && memcmp(s + size - n, with, n) == 0;
}

/* The id of a container in one part of a path, or NULL: it is long enough to be no accident. */
static const char *find_id(const char *part, size_t size)
{
	size_t run = 0;

	for (size_t i = 0; i < size; i++) {
		run = isxdigit((unsigned char)part[i]) ? run + 1 : 0;
		if (run == ID_LENGTH && (i + 1 == size || !isalnum((unsigned char)part[i + 1])))
			return part + i + 1 - ID_LENGTH;
	}
	return NULL;
}

/* Who runs it: by what stands before the id in its part, or in the path. */
static const char *engine_of(const char *path, const char *part, const char *id)
{
	static const struct {
		const char *mark, *name;
	} marks[] = {
		{"docker", "docker"},
		{"libpod", "podman"},
		{"cri-containerd", "containerd"},
		{"crio", "cri-o"},
		{"nerdctl", "containerd"},
		{"k8s.io", "containerd"},
		{"kubepods", "kubernetes"},
		{"containerd", "containerd"},
	};
	char before[CGROUP_PATH];

	snprintf(before, sizeof(before), "%.*s", (int)(id - part), part);
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (strstr(before, marks[i].mark))
			return marks[i].name;
	snprintf(before, sizeof(before), "%.*s", (int)(part - path), path);
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (strstr(before, marks[i].mark))
			return marks[i].name;
	return "container";
}

/* Containers with a name instead of an id: LXC, systemd-nspawn and kin. */
static bool named_container(const char *path, const char *part, size_t size, char *buf, size_t room)
{
	const char *name = part;

	if (starts(part, "lxc.payload."))
		name += strlen("lxc.payload.");
	else if (part - path >= 5 && starts(part - 5, "/lxc/"))
		;
	else if (starts(part, "machine-") && ends(part, size, ".scope"))
		name += strlen("machine-");
	else
		return false;
	size -= (size_t)(name - part);
	if (ends(name, size, ".scope"))
		size -= strlen(".scope");
	snprintf(buf, room, "%s %.*s", *part == 'm' ? "machine" : "lxc", (int)size, name);
	return size > 0;
}

static bool is_unit(const char *part, size_t size)
{
	return ends(part, size, ".service") || ends(part, size, ".scope") ||
	       ends(part, size, ".mount") || ends(part, size, ".socket");
}

/* The innermost unit counts; in a container, the innermost of it. */
bool cgroup_unit(const char *path, char unit[CGROUP_UNIT])
{
	char container[CGROUP_UNIT / 2 - 8] = "", inner[CGROUP_UNIT / 2] = "";

	for (const char *part = path; *part; part += strcspn(part, "/")) {
		size_t size;
		const char *id;

		part += *part == '/';
		size = strcspn(part, "/");
		id = find_id(part, size);
		if (id) {
			snprintf(container, sizeof(container), "%s %.*s", engine_of(path, part, id),
				 ID_SHOWN, id);
			inner[0] = '\0';
		} else if (named_container(path, part, size, container, sizeof(container))) {
			inner[0] = '\0';
		} else if (is_unit(part, size)) {
			snprintf(inner, sizeof(inner), "%.*s", (int)size, part);
		}
	}
	snprintf(unit, CGROUP_UNIT, "%s%s%s", inner, inner[0] && container[0] ? " in " : "",
		 container);
	return unit[0];
}

bool cgroup_path_is_below(const char *path, const char *above)
{
	size_t n = strlen(above);

	while (n && above[n - 1] == '/')
		n--;
	return strncmp(path, above, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* As docker and podman do, take the beginning of an id for it, but not a digit or two. */
#define ID_GIVEN_MIN 4

bool cgroup_path_has_unit(const char *path, const char *name)
{
	size_t n = strlen(name);

	for (const char *part = path; *part; part += strcspn(part, "/")) {
		const char *id;
		size_t size;

		part += *part == '/';
		size = strcspn(part, "/");
		if (size >= n && memcmp(part, name, n) == 0 &&
		    (size == n || (size == n + strlen(".service") && ends(part, size, ".service"))))
			return true;
		id = n >= ID_GIVEN_MIN ? find_id(part, size) : NULL;
		if (id && n <= ID_LENGTH && memcmp(id, name, n) == 0)
			return true;
	}
	return false;
}
