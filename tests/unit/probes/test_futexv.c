// SPDX-License-Identifier: GPL-2.0
/* A thread that waits for any of three futexes. */
#include <linux/futex.h>

#include "rig.h"

static uint32_t words[3];

static void wait_for_any(struct page *page)
{
	struct futex_waitv any[3] = {0};

	atomic_store(&page->tid[0], (pid_t)syscall(SYS_gettid));
	for (int i = 0; i < 3; i++) {
		any[i].uaddr = (uintptr_t)&words[i];
		any[i].flags = FUTEX_32 | FUTEX_PRIVATE_FLAG;
	}
	syscall(SYS_futex_waitv, any, 3, 0, NULL, CLOCK_MONOTONIC);
}

static void any_of_three(void **state)
{
	struct description *d;
	struct rig r;
	struct wait w;

	(void)state;
	rig_up(&r);
	rig_start(&r, wait_for_any);
	d = rig_describe(&r, 0, rig_blocked(&r, 0, 0, SYS_futex_waitv), &w);
	assert_int_equal(w.class, CLASS_PARK);
	assert_non_null(strstr(d->resource.resource.name, "any of 3 futexes, the first words"));
	assert_int_equal(d->n_holds, 1);
	assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_UNKNOWN);
	description_free(d);
	rig_down(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(any_of_three)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
