// SPDX-License-Identifier: GPL-2.0
/* Which report goes next: by example, then of any spool at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/spool_dir.h"
#include "service/spool_limits.h"

#define NOW_S 1795271952ULL
#define DAY_S 86400ULL

static void limits_are_read(void **state)
{
	static const char *const bad[] = {"",	       "bytes",
					  "bytes=",    "bytes=x",
					  "bytes=1X",  "bytes=1MM",
					  "files=-1",  "age=1",
					  "age=0.5",   "age=soon",
					  "free=1M,",  "inodes=10",
					  "bytes=1,,", "bytes=999999999999T"};
	struct spool_limits l = SPOOL_LIMITS_DEFAULT, before;

	(void)state;
	assert_null(spool_limits_parse("bytes=2M,age=12h,free=off", &l));
	assert_int_equal(l.bytes, 2 << 20);
	assert_int_equal(l.age_s, 12 * 3600);
	assert_int_equal(l.free_bytes, 0);
	assert_int_equal(l.files, 1000);
	before = l;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!strcmp(bad[i], "age=1"))
			continue; /* a second */
		if (!spool_limits_parse(bad[i], &l))
			fail_msg("%s is taken", bad[i]);
		assert_memory_equal(&l, &before, sizeof(l));
	}
}

static void names_come_back_and_others_are_left_alone(void **state)
{
	static const char *const others[] = {
		"20261121T143912Z-00000001-aaa-sig.json.tmp",
		".20261121T143912Z-00000001-aaa-sig.json.tmp",
		"20261121T143912Z-1-aaa.json",
		"20261121T143912Z--aaa-sig.json",
		"20261121T143912Z-99999999999999-aaa-sig.json",
		"20261121T143912Z-1-../x-sig.json",
		"20261121T143912Z-1-aaa-sig.json.xz",
		"20261121T143912Z-1-aaa-sig.json.gz.zst",
		"readme.json",
		"",
	};
	struct spool_entry e;
	char name[SPOOL_NAME_MAX];

	(void)state;
	assert_int_equal(spool_name(NOW_S, 42, "he64m1fasa", "6cedb0bc", SPOOL_ZSTD, name), 0);
	assert_string_equal(name, "20261121T143912Z-00000042-he64m1fasa-6cedb0bc.json.zst");
	assert_true(spool_name_parse(name, &e));
	assert_int_equal(e.wall_s, NOW_S);
	assert_int_equal(e.seq, 42);
	assert_string_equal(e.id, "he64m1fasa");
	assert_string_equal(e.signature, "6cedb0bc");
	assert_true(spool_name(NOW_S, 1, "../../etc", "x", SPOOL_PLAIN, name) < 0);
	assert_true(spool_name(NOW_S, 1, "", "x", SPOOL_PLAIN, name) < 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(spool_name_parse(others[i], &e));
}

static struct spool_entry entry(uint64_t seq, const char *signature, uint64_t age_s)
{
	struct spool_entry e = {.seq = seq, .bytes = 10, .wall_s = NOW_S - age_s};

	snprintf(e.id, sizeof(e.id), "id%u", (unsigned int)seq);
	snprintf(e.signature, sizeof(e.signature), "%s", signature);
	return e;
}

static void age_takes_a_first_one_when_it_is_alone(void **state)
{
	const struct spool_limits l = {.age_s = 30 * DAY_S};
	struct spool_entry e[] = {entry(1, "a", 100 * DAY_S), entry(2, "b", 100 * DAY_S),
				  entry(3, "a", 40 * DAY_S), entry(4, "a", DAY_S)};

	(void)state;
	spool_limits_sort(e, 4);
	assert_int_equal(spool_limits_next(e, 4, &l, NOW_S, 0), 1);
	e[1] = e[2], e[2] = e[3];
	assert_int_equal(spool_limits_next(e, 3, &l, NOW_S, 0), 1); /* seq 3 */
	e[1] = e[2];
	assert_int_equal(spool_limits_next(e, 2, &l, NOW_S, 0), SPOOL_NONE);
	/* the clock is wrong: back, or never set */
	assert_int_equal(spool_limits_next(e, 2, &l, 1000, 0), SPOOL_NONE);
	e[0] = entry(1, "a", NOW_S - 1000);
	spool_limits_sort(e, 1);
	assert_int_equal(spool_limits_next(e, 1, &l, NOW_S, 0), SPOOL_NONE);
}

static void free_space_never_costs_a_first_one(void **state)
{
	const struct spool_limits l = {.free_bytes = 1000};
	struct spool_entry e[] = {entry(1, "a", 0), entry(2, "b", 0), entry(3, "a", 0)};

	(void)state;
	spool_limits_sort(e, 3);
	assert_int_equal(spool_limits_next(e, 3, &l, NOW_S, 1000), SPOOL_NONE);
	assert_int_equal(spool_limits_next(e, 3, &l, NOW_S, 999), 2);
	assert_int_equal(spool_limits_next(e, 2, &l, NOW_S, 999), SPOOL_NONE);
}

/* Returns how many are left. */
static size_t shrink(struct spool_entry *e, size_t n, const struct spool_limits *l, unsigned int *r)
{
	size_t i;

	while ((i = spool_limits_next(e, n, l, NOW_S, UINT64_MAX)) != SPOOL_NONE) {
		assert_true(i < n);
		for (size_t k = 0; k < n; k++) {
			/* a first one goes last, but for its age; of two of a kind the older */
			if (e[i].first && !l->age_s)
				assert_true(e[k].first && e[i].seq <= e[k].seq);
			else if (e[i].first && !strcmp(e[k].signature, e[i].signature))
				assert_true(k == i || l->age_s);
		}
		memmove(&e[i], &e[i + 1], (n - i - 1) * sizeof(*e));
		n--;
		*r += 1;
	}
	return n;
}

static void of_any_spool_the_limits_hold(void **state)
{
	unsigned int seed = 7, removed = 0;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct spool_entry e[40];
		size_t n = (size_t)(rand_r(&seed) % 40), left;
		struct spool_limits l = {
			.bytes = (uint64_t)(rand_r(&seed) % 3 ? rand_r(&seed) % 2000 + 1 : 0),
			.files = (uint64_t)(rand_r(&seed) % 30),
			.age_s = (uint64_t)(rand_r(&seed) % 3 ? 0 : rand_r(&seed) % 1000 + 1),
		};
		uint64_t bytes = 0;

		for (size_t i = 0; i < n; i++) {
			char signature[8];

			snprintf(signature, sizeof(signature), "s%d", rand_r(&seed) % 6);
			e[i] = entry((uint64_t)(rand_r(&seed) % 1000), signature,
				     (uint64_t)(rand_r(&seed) % 2000));
			e[i].bytes = (uint64_t)(rand_r(&seed) % 200);
		}
		spool_limits_sort(e, n);
		left = shrink(e, n, &l, &removed);
		for (size_t i = 0; i < left; i++) {
			bytes += e[i].bytes;
			if (l.age_s && !e[i].first)
				assert_true(NOW_S - e[i].wall_s <= l.age_s);
		}
		assert_true(!l.files || left <= l.files);
		assert_true(!l.bytes || bytes <= l.bytes);
	}
	assert_true(removed > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_are_read),
		cmocka_unit_test(names_come_back_and_others_are_left_alone),
		cmocka_unit_test(age_takes_a_first_one_when_it_is_alone),
		cmocka_unit_test(free_space_never_costs_a_first_one),
		cmocka_unit_test(of_any_spool_the_limits_hold),
	};

	return cmocka_run_group_tests_name("spool_limits", tests, NULL, NULL);
}
