// SPDX-License-Identifier: GPL-2.0
#include "semaphores.h"

#include <errno.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "../../bpf/lt_wire.h"
#include "loader.h"

void semaphores_close(struct semaphores *s)
{
	bpf_object__close(s->object);
	*s = (struct semaphores){0};
}

static int add(void *ctx, const void *record)
{
	struct way_semaphore *ret = ctx;
	const struct lt_sem *r = record;

	if (r->flags & LT_SEM_USED) {
		ret->used_known = true;
		ret->used_s = r->used_s;
	}
	if (!(r->flags & LT_SEM_UNITS))
		return 0;
	/* threads of a process share what they have to give back */
	for (size_t i = 0; i < ret->n; i++) {
		if (ret->pids[i] == r->pid)
			return 0;
	}
	if (ret->n == WAY_SEM_TAKERS) {
		ret->more = true;
		return 0;
	}
	ret->pids[ret->n] = r->pid;
	ret->units[ret->n++] = r->units;
	return 0;
}

int semaphores_ask(struct semaphores *s, pid_t tid, uint32_t place, int semid, int num,
		   struct way_semaphore *ret)
{
	const struct lt_sem_wanted wanted = {
		.place = place,
		.semid = semid,
		.num = num,
		.tid = tid,
	};
	const uint32_t first = 0;
	char why[WHY_SIZE];

	*ret = (struct way_semaphore){0};
	if (!s->object && !s->refused &&
	    loader_load("semstate", HOOK_FENTRY, true, NULL, NULL, &s->object, why))
		s->refused = true;
	if (s->refused)
		return -ENOTSUP;
	if (bpf_map_update_elem(loader_map(s->object, "lt_sem_wanted"), &first, &wanted, BPF_ANY))
		return -errno;
	return loader_iterate(loader_program(s->object, "lt_read_sem"), 0, sizeof(struct lt_sem),
			      add, ret);
}
