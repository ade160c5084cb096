// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcp_list.h"

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
