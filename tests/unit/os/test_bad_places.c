// SPDX-License-Identifier: GPL-2.0
/* What hung a read is left alone: so much of it, and for so long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "os/bad_places.h"

#define S 1000000000ULL

static void a_page_is_bad_for_every_read_that_touches_it(void **state)
{
	struct bad_places b = {.next = 0};
	struct place page = place_of_memory(306, 0x10008, 8);
	struct place across = place_of_memory(306, 0x10000 - 8, 16);
	struct place next_door = place_of_memory(306, 0x40000, 8);
	struct place other = place_of_memory(307, 0x10008, 8);

	(void)state;
	bad_places_add(&b, &page, 5 * S);
	assert_int_equal(bad_places_near(&b, &page, 5 * S), BAD_PLACES);
	assert_int_equal(bad_places_near(&b, &across, 5 * S), BAD_PLACES);
	assert_int_equal(bad_places_near(&b, &next_door, 5 * S), 1);
	assert_int_equal(bad_places_near(&b, &other, 5 * S), 0);
	assert_int_equal(bad_places_near(&b, &page, 16 * S), 0);
}

static void a_process_of_many_is_left_alone(void **state)
{
	struct bad_places b = {.next = 0};
	struct place file = place_of_file(306, "maps"), exe = place_of_file(306, "exe");
	struct place good = place_of_memory(306, 0x1000, 8);

	(void)state;
	bad_places_add(&b, &file, S);
	assert_int_equal(bad_places_near(&b, &file, S), BAD_PLACES);
	assert_int_equal(bad_places_near(&b, &exe, S), 1);
	bad_places_add(&b, &exe, S);
	assert_int_equal(bad_places_near(&b, &good, S), 2);
	bad_places_add(&b, &good, S);
	good = place_of_memory(306, 0x90000, 8);
	assert_int_equal(bad_places_near(&b, &good, S), BAD_PLACES);
}

static void the_oldest_make_room(void **state)
{
	struct bad_places b = {.next = 0};
	struct place p;

	(void)state;
	for (int pid = 1; pid <= BAD_MAX + 1; pid++) {
		p = place_of_memory(pid, 0, 1);
		bad_places_add(&b, &p, S);
	}
	p = place_of_memory(1, 0, 1);
	assert_int_equal(bad_places_near(&b, &p, S), 0);
	p = place_of_memory(2, 0, 1);
	assert_int_equal(bad_places_near(&b, &p, S), BAD_PLACES);
	/* the end of memory is no trap */
	p = place_of_memory(2, UINT64_MAX - 1, 1 << 20);
	assert_true(p.last >= p.first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_is_bad_for_every_read_that_touches_it),
		cmocka_unit_test(a_process_of_many_is_left_alone),
		cmocka_unit_test(the_oldest_make_room),
	};

	return cmocka_run_group_tests_name("bad_places", tests, NULL, NULL);
}
