// SPDX-License-Identifier: GPL-2.0
/*
 * TCP: writers whose send buffer is full, readers that have nothing to read,
 * connections that are not answered. The key is the inode number of the
 * waiter's own socket, the one of "socket:[1234]". The first two are entered
 * each time that the thread goes to sleep, so the wait is as old as the last
 * byte that went or came.
 *
 * sk_stream_wait_memory() is also entered to say EAGAIN: that is no wait. So
 * is __inet_stream_connect(), but connections are rare.
 */
#include "wait.bpf.h"

static __always_inline void tcp_begin(struct socket *socket)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct lt_state *state = lt_state_of(task);

	if (state)
		lt_begin(&state->wait, (struct pt_regs *)bpf_task_pt_regs(task), LT_KIND_TCP,
			 BPF_CORE_READ(socket, file, f_inode, i_ino));
}

static __always_inline void tcp_data_begin(__u64 sock, __u64 timeout)
{
	struct sock *sk = (struct sock *)sock;
	long left = 0;

	bpf_probe_read_kernel(&left, sizeof(left), (void *)timeout);
	if (left)
		tcp_begin(BPF_CORE_READ(sk, sk_socket));
}

static __always_inline void tcp_connect_begin(__u64 socket)
{
	tcp_begin((struct socket *)socket);
}

LT_HOOK(2, sk_stream_wait_memory, tcp_data_begin)
LT_HOOK(2, sk_wait_data, tcp_data_begin)
LT_HOOK(1, __inet_stream_connect, tcp_connect_begin)

char LICENSE[] SEC("license") = "GPL";
