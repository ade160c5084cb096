/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OS_PROC_BODY_H
#define OS_PROC_BODY_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * A main thread may end before the others (pthread_exit in main). Then memory, maps,
 * files and root cannot be read by the id of the process any more, and still can by that
 * of any other thread: *pid becomes one, and the result is true. false: the main thread
 * lives, or none does.
 */
bool proc_other_body(int proc_fd, pid_t *pid);

#endif
