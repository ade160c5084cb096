// SPDX-License-Identifier: GPL-2.0
#include "backoff.h"

uint64_t backoff_failed(struct backoff *b, uint64_t asked_ns, uint64_t random)
{
	uint64_t whole_ns = b->min_ns, wait_ns;

	for (unsigned int i = 0; i < b->failures && whole_ns < b->max_ns; i++)
		whole_ns = whole_ns > b->max_ns / 2 ? b->max_ns : whole_ns * 2;
	if (whole_ns > b->max_ns)
		whole_ns = b->max_ns;
	if (b->failures < UINT32_MAX)
		b->failures++;
	wait_ns = whole_ns / 2 + random % (whole_ns - whole_ns / 2 + 1);
	if (asked_ns > BACKOFF_ASKED_MAX_NS)
		asked_ns = BACKOFF_ASKED_MAX_NS;
	/* all who were sent away were told the same */
	return wait_ns > asked_ns ? wait_ns : asked_ns + random % (asked_ns / 8 + 1);
}

void backoff_went_well(struct backoff *b)
{
	b->failures = 0;
}
