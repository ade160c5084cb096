// SPDX-License-Identifier: GPL-2.0
#include "tcp_list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "ns.h"

/* Some 100,000: the kernel takes a tenth of a second to print them. */
#define TABLE_BYTES_MAX (16UL << 20)

/* Network namespaces whose tables are kept during one look; more are read anew. */
#define NAMESPACES 8

/* A table is good for so many times of what it took to read it: 2 % of a CPU. */
#define GOOD_FOR      50
#define GOOD_FLOOR_NS 200000000ull /* the time between two looks and more */
#define GOOD_MAX_NS   5000000000ull

struct table {
	uint64_t ns;
	uint64_t good_until_ns;
	int error; /* it could not be read in this look */
	struct tcp_socket *items;
	size_t n, room;
};

struct tcp_tables {
	struct table tables[NAMESPACES];
	size_t n;
};

int tcp_new(struct tcp_tables **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void tcp_forget(struct tcp_tables *t)
{
	uint64_t now_ns = os_now_ns();
	size_t kept = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (t->tables[i].good_until_ns > now_ns)
			t->tables[kept++] = t->tables[i];
		else
			free(t->tables[i].items);
	}
	t->n = kept;
}

void tcp_free(struct tcp_tables *t)
{
	if (!t)
		return;
	while (t->n)
		free(t->tables[--t->n].items);
	free(t);
}

static bool is_any(const struct in6_addr *a)
{
	static const struct in6_addr any4 = {.s6_addr = {[10] = 0xff, [11] = 0xff}};

	return IN6_IS_ADDR_UNSPECIFIED(a) || !memcmp(a, &any4, sizeof(any4));
}

static int append(struct table *t, const struct tcp_socket *item)
{
	if (t->n == t->room) {
		size_t room = t->room ? t->room * 2 : 64;
		struct tcp_socket *items = realloc(t->items, room * sizeof(*items));

		if (!items)
			return -ENOMEM;
		t->items = items;
		t->room = room;
	}
	t->items[t->n++] = *item;
	return 0;
}

static int read_file(struct table *t, int proc_fd, pid_t pid, bool v6)
{
	size_t total = 0;
	char path[48], line[512];
	FILE *f;
	int r = 0;
	int fd;

	snprintf(path, sizeof(path), "%d/net/%s", pid, v6 ? "tcp6" : "tcp");
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT && v6 ? 0 : -errno; /* a kernel without IPv6 */
	f = fdopen(fd, "r");
	if (!f) {
		close(fd);
		return -ENOMEM;
	}
	setvbuf(f, NULL, _IOFBF, 65536);
	while (!r && fgets(line, sizeof(line), f)) {
		struct tcp_socket s;

		total += strlen(line);
		if (total > TABLE_BYTES_MAX)
			r = -E2BIG;
		else if (!tcp_parse_line(line, v6, &s))
			r = append(t, &s);
	}
	fclose(f);
	return r;
}

static void read_table(struct table *t, int proc_fd, pid_t pid)
{
	uint64_t begin_ns = os_now_ns(), good_ns;

	t->error = read_file(t, proc_fd, pid, false);
	if (!t->error)
		t->error = read_file(t, proc_fd, pid, true);
	good_ns = (os_now_ns() - begin_ns) * GOOD_FOR;
	/* what takes no time is read anew each time */
	if (good_ns < GOOD_FLOOR_NS)
		good_ns = 0;
	t->good_until_ns = begin_ns + (good_ns < GOOD_MAX_NS ? good_ns : GOOD_MAX_NS);
}

static int table_of(struct tcp_tables *t, int proc_fd, pid_t pid, const struct table **ret)
{
	struct table *table;
	uint64_t ns = 0;

	/* unreadable (no rights) most likely means ours: all such share a table */
	if (ns_inode(proc_fd, pid, "net", &ns))
		ns = 0;
	for (size_t i = 0; i < t->n; i++) {
		if (t->tables[i].ns != ns)
			continue;
		*ret = &t->tables[i];
		return t->tables[i].error;
	}
	if (t->n == NAMESPACES)
		free(t->tables[--t->n].items);
	table = &t->tables[t->n++];
	*table = (struct table){.ns = ns};
	read_table(table, proc_fd, pid);
	*ret = table;
	return table->error;
}

int tcp_by_inode(struct tcp_tables *t, int proc_fd, pid_t pid, uint64_t inode,
		 struct tcp_socket *ret)
{
	const struct table *table;
	int r = table_of(t, proc_fd, pid, &table);

	for (size_t i = 0; !r && i < table->n; i++) {
		if (table->items[i].inode == inode) {
			*ret = table->items[i];
			return 0;
		}
	}
	return r ? r : -ENOENT;
}

int tcp_other_end(struct tcp_tables *t, int proc_fd, pid_t pid, const struct tcp_socket *own,
		  struct tcp_socket *ret)
{
	const struct table *table;
	int r = table_of(t, proc_fd, pid, &table);

	for (size_t i = 0; !r && i < table->n; i++) {
		const struct tcp_socket *s = &table->items[i];

		if (s->state != TCP_STATE_LISTEN && inet_end_same(&s->local, &own->remote) &&
		    inet_end_same(&s->remote, &own->local)) {
			*ret = *s;
			return 0;
		}
	}
	return r ? r : -ENOENT;
}

int tcp_listener(struct tcp_tables *t, int proc_fd, pid_t pid, const struct inet_end *to,
		 struct tcp_socket *ret, bool *ret_only)
{
	const struct tcp_socket *best = NULL;
	const struct table *table;
	size_t n_exact = 0, n_any = 0;
	int r = table_of(t, proc_fd, pid, &table);

	for (size_t i = 0; !r && i < table->n; i++) {
		const struct tcp_socket *s = &table->items[i];
		bool exact = inet_end_same(&s->local, to);

		if (s->state != TCP_STATE_LISTEN || s->local.port != to->port ||
		    (!exact && !is_any(&s->local.address)))
			continue;
		/* one that has the very address beats one that takes them all */
		if (!best || (exact && !n_exact) ||
		    (exact == !!n_exact && s->unread > best->unread))
			best = s;
		n_exact += exact;
		n_any += !exact;
	}
	if (!best)
		return r ? r : -ENOENT;
	*ret = *best;
	*ret_only = n_exact ? n_exact == 1 : n_any == 1;
	return 0;
}
