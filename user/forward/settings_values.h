/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FORWARD_SETTINGS_VALUES_H
#define FORWARD_SETTINGS_VALUES_H

/* What the value of each setting may be. */
#include "settings.h"
#include "../options/option_values.h"

struct settings settings_default(void);

/* The i-th row's. Returns 0, or -EINVAL and fills why, without naming it. */
int setting_set(struct settings *s, size_t i, const char *value, char why[OPTION_WHY_MAX]);

/* What each on its own allows, but not together: NULL, or what is wrong. */
const char *settings_conflict(const struct settings *s);

#endif
