// SPDX-License-Identifier: GPL-2.0
#include "processes.h"

#include <errno.h>
#include <stdlib.h>

static int by_pid(const void *a, const void *b)
{
	const struct process *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static int by_parent(const void *a, const void *b)
{
	const struct process *x = a, *y = b;

	return x->ppid != y->ppid ? (x->ppid < y->ppid ? -1 : 1) : by_pid(a, b);
}

static void sort(struct processes *p, int (*order)(const void *a, const void *b))
{
	if (p->n)
		qsort(p->list, p->n, sizeof(*p->list), order);
}

int processes_add(struct processes *p, const struct process *one)
{
	if (p->n == p->room) {
		size_t room = p->room ? p->room * 2 : 256;
		struct process *list = reallocarray(p->list, room, sizeof(*list));

		if (!list)
			return -ENOMEM;
		p->list = list;
		p->room = room;
	}
	p->list[p->n++] = *one;
	return 0;
}

void processes_sort_by_pid(struct processes *p)
{
	sort(p, by_pid);
}

void processes_sort_by_parent(struct processes *p)
{
	sort(p, by_parent);
}

const struct process *processes_find(const struct processes *p, pid_t pid)
{
	const struct process key = {.pid = pid};

	return p->n ? bsearch(&key, p->list, p->n, sizeof(key), by_pid) : NULL;
}

size_t processes_first_child(const struct processes *p, pid_t ppid)
{
	size_t low = 0, high = p->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (p->list[mid].ppid < ppid)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void processes_free(struct processes *p)
{
	free(p->list);
	*p = (struct processes){0};
}
