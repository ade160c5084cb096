/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TALK_H
#define TALK_H

/*
 * Two processes joined by a stream of whatever sort: one writes and the other
 * reads, or asks and the other answers; too late, or never.
 */
#include "scene.h"

struct talk {
	int fds[2]; /* the near end and the far one */
	pthread_mutex_t lock;
	uint64_t nap_ns;
};

/* Either end, for an actor that is a process of its own: it has not the other one. */
int talk_near(struct actor *a);
int talk_far(struct actor *a);

/* The stage itself has neither: both ends are children's. */
void talk_close(struct talk *t);

/* Parts to play; the prop is the talk. At the near end: */
void talk_write_on(struct actor *a);
void talk_write_holding(struct actor *a); /* with the lock */
void talk_ask_holding(struct actor *a);
void talk_ask_for_ever(struct actor *a); /* with the lock, as long as the answer takes */

/* At the far end: */
void talk_read_stopped(struct actor *a);
void talk_read_slowly(struct actor *a); /* empties it, naps, and so on */
void talk_want_lock_first(struct actor *a);
void talk_answer_with_lock(struct actor *a);
void talk_answer_slowly(struct actor *a);

/* Aside: wants the lock again and again. */
void talk_want_lock(struct actor *a);

/* Slow readers, slow servers and idle ones: a healthy stage of three talks. */
void talk_set_ok(struct stage *s, struct talk *(*talk_new)(struct stage *));

#endif
