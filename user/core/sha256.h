/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CORE_SHA256_H
#define CORE_SHA256_H

/*
 * SHA-256 (FIPS 180-4) and its HMAC (RFC 2104): names that lead nowhere, and
 * what says that a text is still the same. Our own, as a library for it would
 * be the largest that the program has.
 */
#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32
#define SHA256_HEX  (2 * SHA256_SIZE + 1)

struct sha256 {
	uint32_t state[8];
	uint64_t n; /* bytes so far */
	uint8_t block[64];
};

void sha256_start(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t n);
void sha256_end(struct sha256 *s, uint8_t ret[SHA256_SIZE]);

void hmac_sha256(const void *key, size_t n_key, const void *data, size_t n,
		 uint8_t ret[SHA256_SIZE]);

/* 2 * n hexadecimal digits, and a zero byte. */
void hex_of(const uint8_t *bytes, size_t n, char *ret);

#endif
