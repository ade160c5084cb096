// SPDX-License-Identifier: GPL-2.0
#include "seen.h"

#include <string.h>

/* As often as it was switched away, and still asleep: a running thread has not moved on either. */
static bool asleep(const struct seen *s)
{
	return s->state == 'D' || (s->state == 'S' && s->syscall >= 0);
}

bool seen_same_wait(const struct seen *before, const struct seen *now)
{
	return asleep(before) && asleep(now) && before->ref.pid == now->ref.pid &&
	       before->ref.tid == now->ref.tid && before->ref.start == now->ref.start &&
	       before->syscall == now->syscall && before->sp == now->sp &&
	       before->nvcsw == now->nvcsw && before->nivcsw == now->nivcsw &&
	       memcmp(before->args, now->args, sizeof(now->args)) == 0;
}

bool seen_in_kernel(const struct seen *s, const char *function)
{
	size_t len = strlen(function);

	for (int i = 0; i < s->n_kframes; i++) {
		if (strncmp(s->kframes[i], function, len) == 0 &&
		    (s->kframes[i][len] == '\0' || s->kframes[i][len] == '.'))
			return true;
	}
	return false;
}
