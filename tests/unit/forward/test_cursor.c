// SPDX-License-Identifier: GPL-2.0
/* What a target has of a spool, told as what happens to the spool. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "forward/cursor.h"

#define FILES_MAX 16

struct spool {
	struct cursor_file files[FILES_MAX];
	size_t n;
};

static void write_report(struct spool *s, uint64_t seq, uint64_t state)
{
	size_t i = 0;

	while (i < s->n && s->files[i].seq != seq)
		i++;
	s->n += i == s->n;
	s->files[i] = (struct cursor_file){.seq = seq, .state = state};
	snprintf(s->files[i].id, SPOOL_WORD_MAX, "h%uabc", (unsigned int)seq % 1000);
}

static void remove_report(struct spool *s, uint64_t seq)
{
	size_t i = 0;

	while (s->files[i].seq != seq)
		i++;
	memmove(&s->files[i], &s->files[i + 1], (--s->n - i) * sizeof(*s->files));
}

static void look(struct cursor *c, const struct spool *s)
{
	assert_int_equal(cursor_look(c, s->files, s->n), 0);
}

static void send_one(struct cursor *c)
{
	size_t i = cursor_next(c, 0);

	assert_true(i < c->n);
	cursor_done(c, i, c->entries[i].file.state, END_DELIVERED);
}

/* Written and read back: what a restart makes of it. */
static void restart(struct cursor *c)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	cursor_print(c, f);
	assert_int_equal(fclose(f), 0);
	cursor_free(c);
	assert_int_equal(cursor_scan(text, c), 0);
	free(text);
}

static void each_report_is_sent_once_and_each_change_again(void **state)
{
	struct cursor c = {0};
	struct spool s = {0};

	(void)state;
	write_report(&s, 1, 100);
	write_report(&s, 2, 200);
	look(&c, &s);
	assert_int_equal(cursor_pending(&c), 2);
	send_one(&c);
	send_one(&c);
	assert_int_equal(cursor_next(&c, 0), c.n);
	restart(&c);
	look(&c, &s);
	assert_int_equal(cursor_pending(&c), 0);
	write_report(&s, 1, 101); /* resolved */
	write_report(&s, 3, 300);
	look(&c, &s);
	assert_int_equal(cursor_pending(&c), 2);
	assert_int_equal(c.entries[cursor_next(&c, 0)].file.seq, 1);
	assert_int_equal(c.ends[END_DELIVERED], 2);
	assert_int_equal(c.gaps, 0);
	cursor_free(&c);
}

/* It was read when it was opened, and resolved before it had been sent. */
static void a_change_while_it_is_sent_is_sent_too(void **state)
{
	struct cursor c = {0};
	struct spool s = {0};

	(void)state;
	write_report(&s, 1, 100);
	look(&c, &s);
	write_report(&s, 1, 101);
	look(&c, &s);
	cursor_done(&c, 0, 100, END_DELIVERED);
	assert_int_equal(cursor_pending(&c), 1);
	send_one(&c);
	assert_int_equal(cursor_pending(&c), 0);
	cursor_free(&c);
}

static void what_goes_before_it_was_sent_is_a_gap(void **state)
{
	struct cursor c = {0};
	struct spool s = {0};

	(void)state;
	for (uint64_t i = 1; i <= 4; i++)
		write_report(&s, i, i);
	look(&c, &s);
	send_one(&c);
	remove_report(&s, 1); /* was sent */
	remove_report(&s, 2); /* was not */
	look(&c, &s);
	assert_int_equal(c.gaps, 1);
	send_one(&c);
	write_report(&s, 3, 33);
	look(&c, &s);
	remove_report(&s, 3); /* its end was not */
	look(&c, &s);
	assert_int_equal(c.gaps, 2);
	look(&c, &s);
	restart(&c);
	look(&c, &s);
	assert_int_equal(c.gaps, 2);
	cursor_free(&c);
}

/* While nobody looked, 5 to 8 were written, and 5, 6 and 7 had to go. */
static void what_came_and_went_meanwhile_is_a_gap(void **state)
{
	struct cursor c = {0};
	struct spool s = {0};

	(void)state;
	write_report(&s, 4, 4);
	look(&c, &s);
	assert_int_equal(c.gaps, 0); /* 1 to 3 were before its time */
	restart(&c);
	write_report(&s, 8, 8);
	look(&c, &s);
	assert_int_equal(c.gaps, 3);
	assert_int_equal(cursor_pending(&c), 2);
	cursor_free(&c);
}

static void a_spool_that_begins_anew_is_no_gap(void **state)
{
	struct cursor c = {0};
	struct spool s = {0};

	(void)state;
	write_report(&s, 900, 1);
	look(&c, &s);
	send_one(&c);
	s.n = 0; /* report rm --all */
	look(&c, &s);
	write_report(&s, 1, 2);
	look(&c, &s);
	assert_int_equal(c.gaps, 0);
	assert_int_equal(cursor_pending(&c), 1);
	write_report(&s, 3, 3); /* ... and there 2 is missing */
	look(&c, &s);
	assert_int_equal(c.gaps, 1);
	cursor_free(&c);
}

static void a_number_that_is_used_again_is_another_report(void **state)
{
	struct cursor c = {0};
	struct spool s = {0};

	(void)state;
	write_report(&s, 7, 1);
	look(&c, &s);
	send_one(&c);
	strcpy(s.files[0].id, "other");
	look(&c, &s);
	assert_int_equal(cursor_pending(&c), 1);
	cursor_free(&c);
}

static void what_can_not_be_sent_is_counted_and_passed(void **state)
{
	struct cursor c = {0};
	struct spool s = {0};

	(void)state;
	write_report(&s, 1, 1);
	write_report(&s, 2, 2);
	look(&c, &s);
	cursor_done(&c, 0, 1, END_REFUSED);
	cursor_done(&c, 1, 2, END_UNREADABLE);
	remove_report(&s, 1);
	look(&c, &s);
	restart(&c);
	assert_int_equal(cursor_pending(&c), 0);
	assert_int_equal(c.ends[END_REFUSED], 1);
	assert_int_equal(c.ends[END_UNREADABLE], 1);
	assert_int_equal(c.gaps, 0);
	cursor_free(&c);
}

static void half_a_cursor_is_none(void **state)
{
	struct cursor c = {.high = 3}, read = {0};
	struct spool s = {0};
	char *text = NULL;
	size_t size;
	FILE *f;

	(void)state;
	write_report(&s, 1, 1);
	write_report(&s, 2, 2);
	look(&c, &s);
	f = open_memstream(&text, &size);
	cursor_print(&c, f);
	fclose(f);
	/* without the newline at the end nothing is missing */
	for (size_t n = 0; n < size - 1; n++) {
		char *half = strndup(text, n);

		assert_int_equal(cursor_scan(half, &read), -EBADMSG);
		free(half);
	}
	assert_int_equal(cursor_scan(text, &read), 0);
	assert_int_equal(read.n, 2);
	cursor_free(&read);
	assert_int_equal(cursor_scan("locktrace-cursor 2\nend 0\n", &read), -EPROTONOSUPPORT);
	assert_int_equal(cursor_scan("locktrace-cursor 1\nnew-count 3\nend 0\n", &read), 0);
	assert_int_equal(cursor_scan("locktrace-cursor 1\nend 0\nend 0\n", &read), -EBADMSG);
	cursor_free(&read);
	cursor_free(&c);
	free(text);
}

static void written_at(struct spool *s, uint64_t seq, uint64_t state, uint64_t when_s)
{
	write_report(s, seq, state);
	for (size_t i = 0; i < s->n; i++) {
		if (s->files[i].seq == seq)
			s->files[i].written_s = when_s;
	}
}

static void lag_is_that_of_the_state_that_waits_longest(void **state)
{
	struct cursor c = {0};
	struct spool s = {0};

	(void)state;
	assert_int_equal(cursor_oldest_s(&c), 0);
	written_at(&s, 1, 100, 5000);
	written_at(&s, 2, 200, 6000);
	look(&c, &s);
	assert_int_equal(cursor_oldest_s(&c), 5000);
	/* written anew before it was sent: what it said at 5000 has still not arrived */
	written_at(&s, 1, 101, 7000);
	look(&c, &s);
	assert_int_equal(cursor_oldest_s(&c), 5000);
	/* the older state was on its way: the new one waits since it was written */
	cursor_done(&c, 0, 100, END_DELIVERED);
	assert_int_equal(cursor_oldest_s(&c), 6000);
	send_one(&c);
	send_one(&c);
	assert_int_equal(cursor_oldest_s(&c), 0);
	/* told months ago, over now */
	written_at(&s, 1, 102, 9000000);
	look(&c, &s);
	assert_int_equal(cursor_oldest_s(&c), 9000000);
	/* after a restart it is at least so long */
	restart(&c);
	look(&c, &s);
	assert_int_equal(cursor_oldest_s(&c), 9000000);
	cursor_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lag_is_that_of_the_state_that_waits_longest),
		cmocka_unit_test(each_report_is_sent_once_and_each_change_again),
		cmocka_unit_test(a_change_while_it_is_sent_is_sent_too),
		cmocka_unit_test(what_goes_before_it_was_sent_is_a_gap),
		cmocka_unit_test(what_came_and_went_meanwhile_is_a_gap),
		cmocka_unit_test(a_spool_that_begins_anew_is_no_gap),
		cmocka_unit_test(a_number_that_is_used_again_is_another_report),
		cmocka_unit_test(what_can_not_be_sent_is_counted_and_passed),
		cmocka_unit_test(half_a_cursor_is_none),
	};

	return cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
}
