// SPDX-License-Identifier: GPL-2.0
#include "tcp_list.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ns.h"

/* Some 100,000: the kernel takes a tenth of a second to print them. */
#define TABLE_BYTES_MAX (16UL << 20)

/* Network namespaces whose tables are kept during one look; more are read anew. */
#define NAMESPACES 4

struct table {
	uint64_t ns;
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
	while (t->n)
		free(t->tables[--t->n].items);
}

void tcp_free(struct tcp_tables *t)
{
	if (!t)
		return;
	tcp_forget(t);
	free(t);
}

bool inet_end_same(const struct inet_end *a, const struct inet_end *b)
{
	return a->port == b->port && !memcmp(&a->address, &b->address, sizeof(a->address));
}

bool inet_end_is_loopback(const struct inet_end *e)
{
	if (IN6_IS_ADDR_V4MAPPED(&e->address))
		return e->address.s6_addr[12] == 127;
	return IN6_IS_ADDR_LOOPBACK(&e->address);
}

static bool is_any(const struct in6_addr *a)
{
	static const struct in6_addr any4 = {.s6_addr = {[10] = 0xff, [11] = 0xff}};

	return IN6_IS_ADDR_UNSPECIFIED(a) || !memcmp(a, &any4, sizeof(any4));
}

void inet_end_text(const struct inet_end *e, char buf[INET_END_TEXT])
{
	char text[INET6_ADDRSTRLEN] = "?";

	if (IN6_IS_ADDR_V4MAPPED(&e->address)) {
		inet_ntop(AF_INET, &e->address.s6_addr[12], text, sizeof(text));
		snprintf(buf, INET_END_TEXT, "%s:%u", text, e->port);
	} else {
		inet_ntop(AF_INET6, &e->address, text, sizeof(text));
		snprintf(buf, INET_END_TEXT, "[%s]:%u", text, e->port);
	}
}

/* Hexadecimal digits up to something else. Returns where, or NULL if there is none. */
static const char *hex(const char *p, uint32_t *ret)
{
	char *end;

	*ret = (uint32_t)strtoul(p, &end, 16);
	return end == p ? NULL : end;
}

/* "0100007F:0035": words of the address as the machine has them in memory, then the port. */
static const char *take_end(const char *p, bool v6, struct inet_end *ret)
{
	char word[9] = "";
	uint32_t value, port;

	*ret = (struct inet_end){0};
	if (!v6)
		ret->address.s6_addr[10] = ret->address.s6_addr[11] = 0xff;
	for (int i = v6 ? 0 : 3; i < 4; i++, p += 8) {
		if (strnlen(p, 8) < 8)
			return NULL;
		memcpy(word, p, 8);
		if (hex(word, &value) != word + 8)
			return NULL;
		memcpy(&ret->address.s6_addr[i * 4], &value, sizeof(value));
	}
	if (*p != ':' || !(p = hex(p + 1, &port)))
		return NULL;
	ret->port = (uint16_t)port;
	return p;
}

int tcp_parse_line(const char *line, bool v6, struct tcp_socket *ret)
{
	struct tcp_socket s = {.v6 = v6};
	const char *p = strchr(line, ':');
	unsigned long long inode;
	unsigned int state;

	if (!p || p[1] != ' ')
		return -EINVAL;
	p = take_end(p + 2, v6, &s.local);
	if (!p || *p != ' ')
		return -EINVAL;
	p = take_end(p + 1, v6, &s.remote);
	if (!p ||
	    sscanf(p, " %x %x:%x %*s %*s %*u %*u %llu", &state, &s.unsent, &s.unread, &inode) != 4)
		return -EINVAL;
	s.state = (enum tcp_state)state;
	s.inode = inode;
	*ret = s;
	return 0;
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
	table->error = read_file(table, proc_fd, pid, false);
	if (!table->error)
		table->error = read_file(table, proc_fd, pid, true);
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
