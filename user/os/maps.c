// SPDX-License-Identifier: GPL-2.0
#include "maps.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

struct maps {
	struct mapping *list; /* by address, as the kernel writes them */
	size_t n, room;
	char *text; /* paths point into it */
};

static int parse_line(char *line, struct mapping *ret)
{
	struct mapping m = {0};
	char perms[5];
	int path = 0;

	if (sscanf(line,
		   "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %" SCNx32 ":%" SCNx32 " %" SCNu64 " %n",
		   &m.start, &m.end, perms, &m.offset, &m.dev_major, &m.dev_minor, &m.inode,
		   &path) != 7 ||
	    m.end < m.start)
		return -EBADMSG;
	m.write = perms[1] == 'w';
	m.exec = perms[2] == 'x';
	m.shared = perms[3] == 's';
	m.path = path ? line + path : "";

	static const char gone[] = " (deleted)";
	size_t len = strlen(m.path), gone_len = sizeof(gone) - 1;

	if (len > gone_len && strcmp(m.path + len - gone_len, gone) == 0) {
		line[path + (int)(len - gone_len)] = '\0';
		m.deleted = true;
	}
	*ret = m;
	return 0;
}

static int add(struct maps *m, const struct mapping *one)
{
	if (m->n == m->room) {
		size_t room = m->room ? m->room * 2 : 64;
		struct mapping *list = reallocarray(m->list, room, sizeof(*list));

		if (!list)
			return -ENOMEM;
		m->list = list;
		m->room = room;
	}
	m->list[m->n++] = *one;
	return 0;
}

int maps_take(char *text, struct maps **ret)
{
	struct maps *m = calloc(1, sizeof(*m));
	char *save = NULL;
	int err = m ? 0 : -ENOMEM;

	if (!m) {
		free(text);
		return err;
	}
	m->text = text;
	for (char *line = strtok_r(text, "\n", &save); line && !err;
	     line = strtok_r(NULL, "\n", &save)) {
		struct mapping one;

		err = parse_line(line, &one);
		if (!err)
			err = add(m, &one);
	}
	if (err) {
		maps_free(m);
		return err;
	}
	*ret = m;
	return 0;
}

int maps_parse(const char *text, struct maps **ret)
{
	char *copy = strdup(text);

	return copy ? maps_take(copy, ret) : -ENOMEM;
}

int maps_read(struct reader *r, pid_t pid, struct maps **ret)
{
	char *text;
	ssize_t n = reader_proc_file(r, pid, "maps", &text);

	return n < 0 ? (int)n : maps_take(text, ret);
}

void maps_free(struct maps *m)
{
	if (!m)
		return;
	free(m->list);
	free(m->text);
	free(m);
}

const struct mapping *maps_at(const struct maps *m, size_t i)
{
	return i < m->n ? &m->list[i] : NULL;
}

const struct mapping *maps_find(const struct maps *m, uint64_t addr)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (addr < m->list[mid].start)
			high = mid;
		else if (addr >= m->list[mid].end)
			low = mid + 1;
		else
			return &m->list[mid];
	}
	return NULL;
}
