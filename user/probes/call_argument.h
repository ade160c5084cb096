/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PROBES_CALL_ARGUMENT_H
#define PROBES_CALL_ARGUMENT_H

/*
 * The first argument of a call, from the code before it: where an address was
 * computed into its register. Pure functions on bytes; only x86-64 is known.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CALL_ARGUMENT_BYTES 24 /* before the return address */

struct call_argument {
	bool fixed;	/* the argument is value, whatever the registers were */
	uint64_t value; /* or: some register plus this */
};

/* The code that ends at return address ra. Returns false if it does not tell. */
bool call_argument(const uint8_t code[CALL_ARGUMENT_BYTES], uint64_t ra, struct call_argument *ret);

#endif
