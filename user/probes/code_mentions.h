/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_CODE_MENTIONS_H
#define PROBES_CODE_MENTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Does code, which is at that place in a process, name an address of data: relative
 * to itself, or, in a program that is not moved, as it is? On other machines than
 * x86-64 the answer is no.
 */
bool code_mentions(const uint8_t *code, size_t size, uint64_t at, uint64_t address);

#endif
