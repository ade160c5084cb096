/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MESSAGE_H
#define MESSAGE_H

/* One line on stderr, "locktrace: ..."; control characters in arguments are made visible. */
void error_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For what getopt_long() with ":" returned: ':', or anything that the command does not take. */
void error_option(const char *command, int opt);

#endif
