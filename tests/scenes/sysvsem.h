/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SYSVSEM_H
#define SYSVSEM_H

/* What the scenes about SysV semaphores share. */
#include "scene.h"

#define SEM_WAITERS 2

struct sem_plot {
	int set;     /* of one semaphore */
	short flags; /* of taking: SEM_UNDO or not */
	_Atomic bool taken, locked;
	pthread_mutex_t mutex;
};

/* A new set with that value, in memory shared with children. */
struct sem_plot *sem_set_up(struct stage *s, int value);
void sem_add(int set, int n);
void sem_await_taken(const struct sem_plot *p);
void sem_want(struct actor *a); /* takes a unit, and keeps it */

#endif
