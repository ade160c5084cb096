// SPDX-License-Identifier: GPL-2.0
#include "message.h"

#include <stdarg.h>
#include <stdio.h>

void error_line(const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	/* names of processes and files come from strangers: no escape sequences */
	for (char *c = line; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	}
	fprintf(stderr, "locktrace: %s\n", line);
}

void error_option(const char *command, int opt)
{
	error_line("%s: %s: see locktrace %s --help", command,
		   opt == ':' ? "an option without its value" : "an option that it has not",
		   command);
}
