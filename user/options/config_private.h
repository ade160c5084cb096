/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CONFIG_PRIVATE_H
#define CONFIG_PRIVATE_H

#include "config.h"

/* The files' lines into settings (config_read.c). Returns 0 or -ENOMEM. */
int config_read_all(struct config *c, const struct config_kind *kind, const char *path);

/* line 0: of the file as a whole. */
void config_error(struct config *c, const char *file, unsigned int line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
