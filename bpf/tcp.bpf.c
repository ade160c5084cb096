// SPDX-License-Identifier: GPL-2.0
/*
 * Writers to a TCP socket whose send buffer is full. The key is the inode
 * number of the socket, the one of "socket:[1234]". The function is entered
 * each time the buffer is full again, so the wait is as old as the last byte
 * that went. It is also entered to say EAGAIN: that is no wait.
 *
 * Readers have no hook: sk_wait_data() is entered for every request that a
 * server waits for.
 */
#include "wait.bpf.h"

static __always_inline void tcp_wait_begin(__u64 sock, __u64 timeout)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct sock *sk = (struct sock *)sock;
	struct lt_state *state;
	long left = 0;

	bpf_probe_read_kernel(&left, sizeof(left), (void *)timeout);
	if (!left)
		return;
	state = lt_state_of(task);
	if (state)
		lt_begin(&state->wait, task, (struct pt_regs *)bpf_task_pt_regs(task), LT_KIND_TCP,
			 BPF_CORE_READ(sk, sk_socket, file, f_inode, i_ino));
}

LT_HOOK(2, sk_stream_wait_memory, tcp_wait_begin)

char LICENSE[] SEC("license") = "GPL";
