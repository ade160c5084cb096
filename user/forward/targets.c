// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>

#include "target.h"

const struct target *const targets[N_TARGETS] = {&target_journal, &target_otlp};

void answer_set(struct answer *a, enum answer_what what, const char *why, ...)
{
	va_list args;

	a->what = what;
	va_start(args, why);
	vsnprintf(a->why, sizeof(a->why), why, args);
	va_end(args);
}
