// SPDX-License-Identifier: GPL-2.0
/* Against the examples of FIPS 180 and RFC 4231, and in pieces of any size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <string.h>

#include "core/sha256.h"

static void is_hash(const void *data, size_t n, size_t piece, const char *hex)
{
	uint8_t hash[SHA256_SIZE];
	char text[SHA256_HEX];
	struct sha256 s;

	sha256_start(&s);
	for (size_t at = 0; at < n; at += piece)
		sha256_add(&s, (const char *)data + at, n - at < piece ? n - at : piece);
	sha256_end(&s, hash);
	hex_of(hash, sizeof(hash), text);
	assert_string_equal(text, hex);
}

static void the_published_hashes(void **state)
{
	static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	char *million = malloc(1000000);

	(void)state;
	assert_non_null(million);
	memset(million, 'a', 1000000);
	is_hash("", 0, 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	is_hash("abc", 3, 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	for (size_t piece = 1; piece < sizeof(two); piece++)
		is_hash(two, sizeof(two) - 1, piece,
			"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	is_hash(million, 1000000, 977,
		"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	free(million);
}

static void is_hmac(const void *key, size_t n_key, const void *data, size_t n, const char *hex)
{
	uint8_t hash[SHA256_SIZE];
	char text[SHA256_HEX];

	hmac_sha256(key, n_key, data, n, hash);
	hex_of(hash, sizeof(hash), text);
	assert_string_equal(text, hex);
}

static void the_published_keyed_hashes(void **state)
{
	static const char large[] = "Test Using Larger Than Block-Size Key - Hash Key First";
	uint8_t key[131];

	(void)state;
	memset(key, 0x0b, 20);
	is_hmac(key, 20, "Hi There", 8,
		"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	is_hmac("Jefe", 4, "what do ya want for nothing?", 28,
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	is_hmac(key, sizeof(key), large, sizeof(large) - 1,
		"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_hashes),
		cmocka_unit_test(the_published_keyed_hashes),
	};

	return cmocka_run_group_tests_name("core/sha256", tests, NULL, NULL);
}
