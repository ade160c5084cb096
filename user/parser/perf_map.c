// SPDX-License-Identifier: GPL-2.0
#include "perf_map.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../os/clock.h"

#define LINE_MAX_BYTES 1024 /* the rest of a longer one is cut off */

static int by_pc(const void *a, const void *b)
{
	const struct jit_name *x = a, *y = b;

	return (x->pc > y->pc) - (x->pc < y->pc);
}

/* A number in hex, without sign or 0x; false if there is none, or too large a one. */
static bool take_hex(const char **at, uint64_t *ret)
{
	uint64_t n = 0;
	int digits = 0;

	for (; isxdigit((unsigned char)**at); (*at)++, digits++) {
		unsigned char c = tolower((unsigned char)**at);

		if (n >> 60)
			return false;
		n = n << 4 | (c <= '9' ? c - '0' : c - 'a' + 10);
	}
	*ret = n;
	return digits > 0;
}

/* at: where in the file it begins. A line that makes no sense is passed over. */
static void take_line(const char *line, uint64_t at, struct jit_name *names, size_t n)
{
	const char *begin = line;
	uint64_t start, size;
	size_t low = 0, high = n;

	line += strncmp(line, "0x", 2) == 0 ? 2 : 0;
	if (!take_hex(&line, &start) || *line++ != ' ')
		return;
	line += strncmp(line, "0x", 2) == 0 ? 2 : 0;
	if (!take_hex(&line, &size) || *line++ != ' ' || !*line)
		return;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (names[mid].pc < start)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < n && names[low].pc - start < size; low++) {
		names[low].start = start;
		names[low].at = at + (line - begin);
	}
}

static char *read_name(int fd, uint64_t at)
{
	char name[LINE_MAX_BYTES + 1];
	ssize_t n = pread(fd, name, sizeof(name) - 1, at);

	if (n <= 0)
		return NULL;
	name[n] = '\0';
	name[strcspn(name, "\n")] = '\0';
	return strdup(name);
}

int perf_map_names(int fd, struct jit_name *names, size_t n, uint64_t deadline_ns)
{
	char line[LINE_MAX_BYTES + 1] = "", buf[16384];
	size_t length = 0, begin = 0;
	struct stat st;
	off_t at = 0;
	ssize_t got;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return -EBADF;
	if (st.st_size > PERF_MAP_MAX)
		return -EFBIG;
	qsort(names, n, sizeof(*names), by_pc);
	while (at < PERF_MAP_MAX && (got = pread(fd, buf, sizeof(buf), at)) > 0) {
		if (os_now_ns() > deadline_ns)
			return -ETIME;
		for (ssize_t i = 0; i < got; i++) {
			if (buf[i] != '\n') {
				if (length < LINE_MAX_BYTES)
					line[length++] = buf[i];
				continue;
			}
			line[length] = '\0';
			take_line(line, begin, names, n);
			length = 0;
			begin = at + i + 1;
		}
		at += got;
	}
	for (size_t i = 0; i < n; i++)
		names[i].name = names[i].at ? read_name(fd, names[i].at) : NULL;
	return 0;
}

void jit_names_free(struct jit_name *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i].name);
}
