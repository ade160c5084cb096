/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_VALID_FACT_H
#define CORE_VALID_FACT_H

#include "facts.h"

/*
 * Is a fact whole: its enums in range, its strings there where they must be? A
 * trace may come from anywhere, and the rest of the core relies on this.
 */
bool fact_is_valid(const struct fact *fact);

#endif
