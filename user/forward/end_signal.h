/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FORWARD_END_SIGNAL_H
#define FORWARD_END_SIGNAL_H

/*
 * SIGTERM ends a worker, wherever it is: but for where something was sent and is not
 * noted yet, as that would be sent again after the next start.
 */
#include <stdbool.h>

void end_put_off(void);
/* One that came meanwhile ends it here. */
void end_allow(void);

/* Has one come that was put off? */
bool end_waits(void);

#endif
