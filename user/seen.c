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

/* The number of a module that has one, or now gets one; 0: there are too many. */
static unsigned char module_number(struct seen *s, const char *module, size_t n)
{
	if (n >= SEEN_KMODULE)
		n = SEEN_KMODULE - 1;
	for (unsigned char i = 0; n && i < SEEN_KMODULES; i++) {
		if (!*s->kmodules[i]) {
			memcpy(s->kmodules[i], module, n);
			s->kmodules[i][n] = '\0';
		}
		if (strncmp(s->kmodules[i], module, n) == 0 && !s->kmodules[i][n])
			return i + 1;
	}
	return 0;
}

bool seen_add_kframe(struct seen *s, const char *function, size_t n, const char *module,
		     size_t n_module)
{
	if (s->n_kframes == SEEN_KFRAMES)
		return false;
	if (n >= SEEN_KNAME)
		n = SEEN_KNAME - 1;
	memcpy(s->kframes[s->n_kframes], function, n);
	s->kframes[s->n_kframes][n] = '\0';
	s->kframe_module[s->n_kframes++] = module_number(s, module, n_module);
	return true;
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
