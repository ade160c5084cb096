// SPDX-License-Identifier: GPL-2.0
/* What is packed comes back; what is cut or damaged is said to be, whatever came before. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "packing/pack.h"
#include "packing/unpack.h"

#define SIZE 300000

static char data[SIZE], back[2 * SIZE];

static int temporary(void)
{
	char path[] = "/tmp/locktrace-pack.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

static int set_up(void **state)
{
	uint32_t x = 1;

	(void)state;
	/* half of it can be packed, half can not */
	for (size_t i = 0; i < SIZE; i++) {
		x = x * 1664525 + 1013904223;
		data[i] = i & 4096 ? (char)(x >> 24) : 'a';
	}
	return 0;
}

static int packed_by(enum packing by, size_t n)
{
	int fd = temporary();
	struct pack *p;

	assert_int_equal(pack_open(fd, by, &p), 0);
	for (size_t at = 0; at < n; at += 7919)
		assert_int_equal(pack_write(p, data + at, n - at < 7919 ? n - at : 7919), 0);
	assert_int_equal(pack_end(p), 0);
	pack_free(p);
	return fd;
}

/* Returns how many bytes there were, or the error after them; *ret_n is how many before it. */
static ssize_t unpacked(int fd, size_t piece, size_t *ret_n)
{
	struct unpack *u;
	ssize_t n;
	int err;

	*ret_n = 0;
	lseek(fd, 0, SEEK_SET);
	err = unpack_open(fd, &u);
	if (err)
		return err;
	while ((n = unpack_read(u, back + *ret_n, piece)) > 0)
		*ret_n += (size_t)n;
	unpack_close(u);
	return n;
}

static const enum packing all[] = {PACK_NONE, PACK_GZIP, PACK_ZSTD};
#define FOR_ALL(by)                                                                                \
	for (const enum packing *(by) = all; (by) < all + (pack_has_zstd() ? 3 : 2); (by)++)

static void what_is_packed_comes_back(void **state)
{
	static const size_t sizes[] = {0, 1, 512, 65536, SIZE}, pieces[] = {1000, SIZE};
	size_t n;

	(void)state;
	FOR_ALL(by)
	{
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			for (size_t k = 0; k < 2; k++) {
				int fd = packed_by(*by, sizes[i]);

				assert_int_equal(unpacked(fd, pieces[k], &n), 0);
				assert_int_equal(n, sizes[i]);
				assert_memory_equal(back, data, n);
			}
		}
	}
}

/* `cat a.gz b.gz` is a file, too. */
static void several_parts_are_one(void **state)
{
	size_t n;

	(void)state;
	for (size_t i = 1; i < (pack_has_zstd() ? 3U : 2U); i++) {
		int fd = packed_by(all[i], 5000);
		struct pack *p;

		lseek(fd, 0, SEEK_END);
		assert_int_equal(pack_open(fd, all[i], &p), 0);
		assert_int_equal(pack_write(p, data + 5000, 5000), 0);
		assert_int_equal(pack_end(p), 0);
		pack_free(p);
		assert_int_equal(unpacked(fd, 999, &n), 0);
		assert_int_equal(n, 10000);
		assert_memory_equal(back, data, n);
	}
}

static void what_is_cut_is_said_to_be(void **state)
{
	size_t n;

	(void)state;
	for (size_t i = 1; i < (pack_has_zstd() ? 3U : 2U); i++) {
		for (int cut = 1; cut < 2000; cut = cut * 2 + 1) {
			int fd = packed_by(all[i], SIZE);
			struct stat st;

			assert_int_equal(fstat(fd, &st), 0);
			assert_int_equal(ftruncate(fd, st.st_size - cut), 0);
			assert_int_equal(unpacked(fd, 4096, &n), -EPIPE);
			assert_true(n > SIZE / 2);
			assert_memory_equal(back, data, n);
		}
	}
}

static void what_is_damaged_is_said_to_be(void **state)
{
	size_t n;

	(void)state;
	for (size_t i = 1; i < (pack_has_zstd() ? 3U : 2U); i++) {
		int fd = packed_by(all[i], SIZE);
		struct stat st;
		char byte;

		assert_int_equal(fstat(fd, &st), 0);
		/* the checksum itself */
		assert_int_equal(pread(fd, &byte, 1, st.st_size - (i == 1 ? 6 : 2)), 1);
		byte ^= 1;
		assert_int_equal(pwrite(fd, &byte, 1, st.st_size - (i == 1 ? 6 : 2)), 1);
		assert_int_equal(unpacked(fd, 4096, &n), -EILSEQ);
	}
}

static void a_look_ahead_takes_nothing(void **state)
{
	(void)state;
	FOR_ALL(by)
	{
		int fd = packed_by(*by, 2000);
		struct unpack *u;
		const char *ahead;
		size_t n = 0;
		ssize_t got;

		lseek(fd, 0, SEEK_SET);
		assert_int_equal(unpack_open(fd, &u), 0);
		assert_int_equal(unpack_peek(u, &ahead, 512), 512);
		assert_memory_equal(ahead, data, 512);
		assert_int_equal(unpack_read(u, back, 100), 100);
		assert_int_equal(unpack_peek(u, &ahead, 512), 512);
		assert_memory_equal(ahead, data + 100, 512);
		for (n = 100; (got = unpack_read(u, back + n, 333)) > 0; n += (size_t)got)
			;
		assert_int_equal(n, 2000);
		assert_memory_equal(back, data, n);
		assert_int_equal(unpack_peek(u, &ahead, 512), 0);
		unpack_close(u);
	}
}

static void a_full_disk_is_an_error(void **state)
{
	(void)state;
	FOR_ALL(by)
	{
		int fd = open("/dev/full", O_WRONLY), err = 0;
		struct pack *p;

		if (fd < 0)
			skip();
		assert_int_equal(pack_open(fd, *by, &p), 0);
		for (int i = 0; i < 4 && !err; i++)
			err = pack_write(p, data, SIZE);
		if (!err)
			err = pack_end(p);
		assert_int_equal(err, -ENOSPC);
		assert_int_equal(pack_end(p), -ENOSPC);
		pack_free(p);
		close(fd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_packed_comes_back),
		cmocka_unit_test(several_parts_are_one),
		cmocka_unit_test(what_is_cut_is_said_to_be),
		cmocka_unit_test(what_is_damaged_is_said_to_be),
		cmocka_unit_test(a_look_ahead_takes_nothing),
		cmocka_unit_test(a_full_disk_is_an_error),
	};

	return cmocka_run_group_tests_name("bundle/pack", tests, set_up, NULL);
}
