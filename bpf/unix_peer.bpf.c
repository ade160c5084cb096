// SPDX-License-Identifier: GPL-2.0
/*
 * Waits for room at the peer of a unix socket: connect() to a listener whose
 * backlog is full, sends of datagrams to a full receiver. The key is the inode
 * number of the peer, the one of "socket:[1234]" and of /proc/net/unix.
 *
 * Not every connect() comes here, so that the same call alone does not prove
 * that the wait goes on; but unix_wait_for_peer() sleeps exactly once, and a
 * thread that has slept more often since is past it.
 */
#include "wait.bpf.h"

static __always_inline void unix_wait_begin(__u64 other)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct sock *peer = (struct sock *)other;
	struct lt_state *state = lt_state_of(task);

	if (!state)
		return;
	lt_begin(&state->wait, (struct pt_regs *)bpf_task_pt_regs(task), LT_KIND_UNIX_PEER,
		 BPF_CORE_READ(peer, sk_socket, file, f_inode, i_ino));
	lt_sleeps_once(&state->wait, task);
}

LT_HOOK(1, unix_wait_for_peer, unix_wait_begin)

char LICENSE[] SEC("license") = "GPL";
