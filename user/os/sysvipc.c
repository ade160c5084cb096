// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/msg.h>
#include <unistd.h>

#include "child.h"
#include "ns.h"
#include "sysvipc.h"

#ifndef MSG_STAT_ANY
#define MSG_STAT_ANY 13
#endif

/* An id is a sequence number above the index of its slot; 15 bits unless ipcmni_extend is on. */
#define SLOT_MASK 0x7fff

/* setns and msgctl do not sleep; a second is for a machine under load. */
#define ASK_NS 1000000000ull

static int read_queue(int id, struct msg_queue *ret)
{
	struct msqid_ds ds;

	if (msgctl(id, IPC_STAT, &ds)) {
		/* no right to read its messages is no reason not to see how many there are */
		if (errno != EACCES)
			return -errno;
		if (msgctl(id & SLOT_MASK, MSG_STAT_ANY, &ds) != id)
			return -EACCES;
	}
	*ret = (struct msg_queue){
		.key = ds.msg_perm.__key,
		.messages = ds.msg_qnum,
		.bytes = ds.__msg_cbytes,
		.max_bytes = ds.msg_qbytes,
		.last_sender = ds.msg_lspid,
		.last_receiver = ds.msg_lrpid,
		.sent_s = ds.msg_stime,
		.received_s = ds.msg_rtime,
	};
	return 0;
}

struct question {
	int ns_fd;
	int id;
};

static int ask_inside(const void *question, void *answer)
{
	const struct question *q = question;

	if (setns(q->ns_fd, CLONE_NEWIPC))
		return -errno;
	return read_queue(q->id, answer);
}

int sysvipc_queue(int proc_fd, pid_t pid, int id, struct msg_queue *ret)
{
	struct question q = {.id = id};
	uint64_t ours, theirs;
	struct msg_queue queue;
	char path[32];
	int r;

	r = ns_inode(proc_fd, pid, "ipc", &theirs);
	if (!r)
		r = ns_inode(proc_fd, 0, "ipc", &ours);
	if (r)
		return r;
	if (ours == theirs)
		return read_queue(id, ret);
	snprintf(path, sizeof(path), "%d/ns/ipc", pid);
	q.ns_fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (q.ns_fd < 0)
		return -errno;
	r = child_ask(ask_inside, &q, &queue, sizeof(queue), ASK_NS);
	close(q.ns_fd);
	if (r)
		return r;
	*ret = queue;
	return 0;
}
