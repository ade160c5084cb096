// SPDX-License-Identifier: GPL-2.0
#include "end_signal.h"

#include <signal.h>
#include <stddef.h>

static void mask(int how)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(how, &set, NULL);
}

void end_put_off(void)
{
	mask(SIG_BLOCK);
}

void end_allow(void)
{
	mask(SIG_UNBLOCK);
}

bool end_waits(void)
{
	sigset_t set;

	return sigpending(&set) == 0 && sigismember(&set, SIGTERM) == 1;
}
