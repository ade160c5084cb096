// SPDX-License-Identifier: GPL-2.0
#include <sys/syscall.h>

#include "futex.h"

bool futex_call_of(const struct seen *s, struct futex_call *ret)
{
	/* a timed wait that was interrupted by a signal goes on under this name, same arguments */
	bool restarted = s->syscall == SYS_restart_syscall;

	if (s->syscall != SYS_futex && !restarted)
		return false;
	if (restarted && !seen_in_kernel(s, "futex_wait") && !seen_in_kernel(s, "__futex_wait") &&
	    !seen_in_kernel(s, "futex_do_wait") && !seen_in_kernel(s, "futex_wait_queue") &&
	    !seen_in_kernel(s, "futex_wait_queue_me"))
		return false;
	*ret = (struct futex_call){
		.addr = s->args[0],
		.cmd = s->args[1] & FUTEX_CMD_MASK,
		.private = s->args[1] & FUTEX_PRIVATE_FLAG,
		.val = s->args[2],
	};
	switch (ret->cmd) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
	case FUTEX_WAIT_REQUEUE_PI:
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		return true;
	}
	return false;
}
