// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>

#include "way.h"

int way_note(const struct way_config *config, enum note_level level, const char *format, ...)
{
	char text[1024];
	struct fact fact = {.type = FACT_NOTE, .note = {level, text}};
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return fact_put(config->notes, &fact);
}
