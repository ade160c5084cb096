/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COLLECT_ASKED_H
#define COLLECT_ASKED_H

/*
 * Somebody asks once why one process hangs, and nothing of it is stuck: a note then says
 * what its main thread does instead, and who could end that.
 */
#include "collect_private.h"

/* To be called when all is stated; says it once, and only of looks that found nothing. 0 or -errno.
 */
int asked_state(struct collector *c);

#endif
