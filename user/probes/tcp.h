/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_TCP_H
#define PROBES_TCP_H

/* Inside of the TCP probe. */
#include "../os/tcp_list.h"
#include "probe.h"

/*
 * Does this connect() wait for a listener on this machine whose backlog is
 * full? Then *ret_listener is its inode.
 */
bool tcp_connect_is_backlog(struct os *os, const struct seen *s, uint64_t inode,
			    uint64_t *ret_listener);

/* As a probe's describe(); w->address is the inode of the waiter's own socket. */
int tcp_connect_describe(const struct probe_env *env, const struct seen *s, const struct wait *w);

/* States the RESOURCE, by its address. */
int tcp_state_end(const struct probe_env *env, const struct wait *w, const struct inet_end *end,
		  const char *detail, const struct fact_number *state, size_t n);

/*
 * State the HOLDs: of a listener that has not accepted, in the network namespace
 * of pid, and of what is not on this machine.
 */
int tcp_state_listener(const struct probe_env *env, const struct seen *s, const struct wait *w,
		       const struct tcp_socket *own, pid_t pid);
int tcp_state_away(const struct probe_env *env, const struct wait *w, const struct tcp_socket *own);

#endif
