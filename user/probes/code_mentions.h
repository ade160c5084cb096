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

/*
 * What the call calls that ends the code: an address, or where one is; 0: it is not
 * known. On other machines than x86-64 it is not.
 */
#define CALL_MAX 6
uint64_t code_call_target(const uint8_t *code, size_t size, uint64_t at);

#endif
