// SPDX-License-Identifier: GPL-2.0
#include "sysvsem.h"

#include <errno.h>
#include <stddef.h>
#include <sys/sem.h>

#include "ipc_ns.h"

#ifndef SEM_STAT_ANY
#define SEM_STAT_ANY 20
#endif

/* An id is a sequence number above the index of its slot; 15 bits unless ipcmni_extend is on. */
#define SLOT_MASK 0x7fff

struct question {
	int id;
	const struct sem_op *ops;
	uint32_t n_ops;
};

struct answer {
	int error; /* of reading the values */
	struct sem_state state;
};

union semun {
	int val;
	struct semid_ds *buf;
};

static int read_set(int id, struct sem_state *ret)
{
	struct semid_ds ds = {0};

	if (semctl(id, 0, IPC_STAT, (union semun){.buf = &ds})) {
		/* no right to read the values is no reason not to see the set */
		if (errno != EACCES)
			return -errno;
		if (semctl(id & SLOT_MASK, 0, SEM_STAT_ANY, (union semun){.buf = &ds}) != id)
			return -EACCES;
	}
	ret->key = ds.sem_perm.__key;
	ret->n_sems = ds.sem_nsems;
	ret->used_s = ds.sem_otime;
	ret->set_s = ds.sem_ctime;
	return 0;
}

/* As perform_atomic_semop() of the kernel: one after the other, each on what the last one left. */
static int find_block(const struct question *q, struct sem_state *ret)
{
	for (uint32_t i = 0; i < q->n_ops; i++) {
		const struct sem_op *op = &q->ops[i];
		int value = semctl(q->id, op->num, GETVAL), before = value;

		if (value < 0)
			return -errno;
		for (uint32_t k = 0; k < i; k++)
			before += q->ops[k].num == op->num ? q->ops[k].op : 0;
		if (op->op ? before + op->op >= 0 : !before)
			continue;
		ret->blocks = true;
		ret->at = i;
		ret->value = value;
		ret->needed = op->op ? value - before - op->op : 0;
		return 0;
	}
	return 0;
}

static int look(const void *question, void *answer)
{
	const struct question *q = question;
	struct answer *a = answer;
	uint16_t num;
	int r;

	a->state = (struct sem_state){0};
	r = read_set(q->id, &a->state);
	if (r)
		return r;
	a->error = find_block(q, &a->state);
	if (a->error || !a->state.blocks)
		return 0;
	num = q->ops[a->state.at].num;
	a->state.last_pid = semctl(q->id, num, GETPID);
	a->state.waiting = semctl(q->id, num, GETNCNT);
	a->state.waiting_0 = semctl(q->id, num, GETZCNT);
	if (a->state.last_pid < 0 || a->state.waiting < 0 || a->state.waiting_0 < 0)
		a->error = -errno;
	return 0;
}

int sysvsem_state(int proc_fd, pid_t pid, int id, const struct sem_op *ops, uint32_t n_ops,
		  struct sem_state *ret)
{
	struct question q = {id, ops, n_ops};
	struct answer a = {0};
	int r = ipc_ns_ask(proc_fd, pid, look, &q, &a, sizeof(a));

	if (r)
		return r;
	*ret = a.state;
	return a.error;
}
