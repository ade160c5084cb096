/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OPTION_VALUES_H
#define OPTION_VALUES_H

/*
 * What an option's value may be, wherever it comes from: the command line, or
 * a configuration file.
 */
#include "option_table.h"

#define OPTION_WHY_MAX 256

/*
 * Sets one option. The value must live as long as the options; NULL for an
 * option that takes none. Returns 0, or -EINVAL and fills why: what is wrong
 * with the value, without naming the option.
 */
int option_set(struct options *o, int opt, const char *arg, char why[OPTION_WHY_MAX]);

#endif
