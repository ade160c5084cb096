// SPDX-License-Identifier: GPL-2.0
#include "sysvipc.h"

#include <errno.h>
#include <sys/msg.h>

#include "ipc_ns.h"

#ifndef MSG_STAT_ANY
#define MSG_STAT_ANY 13
#endif

/* An id is a sequence number above the index of its slot; 15 bits unless ipcmni_extend is on. */
#define SLOT_MASK 0x7fff

static int read_queue(const void *question, void *answer)
{
	const int *id = question;
	struct msg_queue *queue = answer;
	struct msqid_ds ds;

	if (msgctl(*id, IPC_STAT, &ds)) {
		/* no right to read its messages is no reason not to see how many there are */
		if (errno != EACCES)
			return -errno;
		if (msgctl(*id & SLOT_MASK, MSG_STAT_ANY, &ds) != *id)
			return -EACCES;
	}
	*queue = (struct msg_queue){
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

int sysvipc_queue(int proc_fd, pid_t pid, int id, struct msg_queue *ret)
{
	return ipc_ns_ask(proc_fd, pid, read_queue, &id, ret, sizeof(*ret));
}
