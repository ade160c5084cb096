// SPDX-License-Identifier: GPL-2.0
/*
 * Who stands where in the picture of a report. Rows are lines; two that share
 * one have a | between them, and what is in the circle has a * before it.
 */
#include "pictured.h"

#include "report/html/picture.h"
#include "report/html/picture_place.h"

static void box(FILE *out, const struct picture *p, const struct picture_box *b)
{
	fputs(b->cycle ? "*" : "", out);
	if (b->sort == PICTURE_MORE)
		fprintf(out, "+%zu", b->count);
	else if (b->sort == PICTURE_RESOURCE)
		fputs(p->r->resources[b->first].fact.name, out);
	else if (b->count > 1)
		fprintf(out, "%zu threads", b->count);
	else
		fputs(p->r->threads[b->first].fact.comm, out);
}

/* What holds of every picture. */
static void check(const struct picture *p)
{
	size_t threads = 0, rows = 0;

	for (size_t i = 0; i < p->n_boxes; i++) {
		const struct picture_box *b = &p->boxes[i];

		assert_int_equal(b->row, b->half == 2 ? rows - 1 : rows);
		if (b->half == 2)
			assert_int_equal(p->boxes[i - 1].half, 1);
		else
			rows++;
		threads += b->sort == PICTURE_RESOURCE ? 0 : b->count;
	}
	assert_int_equal(rows, p->n_rows);
	assert_int_equal(threads, p->r->n_threads);
	assert_true(p->n_boxes <= 2 * PICTURE_BOXES + 1);
	for (size_t i = 0; i < p->r->n_threads; i++)
		assert_true(p->thread_box[i] < p->n_boxes);
	for (size_t i = 0; i < p->n_edges; i++) {
		assert_true(p->edges[i].from < p->n_boxes && p->edges[i].to < p->n_boxes);
		assert_true(p->edges[i].from != p->edges[i].to);
	}
}

static char *drawn(const struct report *r)
{
	struct picture p;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(picture_new(r, &p), 0);
	check(&p);
	for (size_t i = 0; i < p.n_boxes; i++) {
		fputs(i == 0 ? "" : p.boxes[i].half == 2 ? " | " : "\n", out);
		box(out, &p, &p.boxes[i]);
	}
	fclose(out);
	picture_free(&p);
	return text;
}

static void expect(const char *story, const char *rows)
{
	struct pictured d;
	char *text = drawn(pictured(&d, story));

	assert_string_equal(text, rows);
	free(text);
	pictured_free(&d);
}

static void a_chain_goes_down_to_the_root(void **state)
{
	(void)state;
	expect("root agentd\n"
	       "holder dispatcher for socket\n"
	       "waiting logger for queue\n"
	       "lock queue by dispatcher inferred\n"
	       "lock socket by agentd\n",
	       "logger\nqueue\ndispatcher\nsocket\nagentd");
}

static void a_circle_begins_with_its_first_thread(void **state)
{
	(void)state;
	expect("cycle left for B\n"
	       "cycle right for A\n"
	       "lock A by left\n"
	       "lock B by right\n",
	       "*left\n*B\n*right\n*A");
}

static void who_waits_for_himself_is_a_circle_of_one(void **state)
{
	(void)state;
	expect("cycle again for A\nlock A by again\n", "*again\n*A");
}

static void who_hangs_off_a_circle_is_not_in_it(void **state)
{
	(void)state;
	expect("cycle left for B\n"
	       "cycle right for A\n"
	       "waiting third for A\n"
	       "waiting fourth for C\n"
	       "lock A by left\n"
	       "lock B by right\n"
	       "lock C by right\n",
	       "*left\n*B\nfourth\nC\n*right | third\n*A");
	expect("cycle left for B\n"
	       "cycle right for A\n"
	       "holder third for B\n"
	       "waiting fourth for C\n"
	       "lock A by left\n"
	       "lock B by right\n"
	       "lock C by third\n",
	       "fourth\nC\n*left | third\n*B\n*right\n*A");
}

static void who_waits_alike_shares_a_box(void **state)
{
	(void)state;
	expect("root writer\n"
	       "waiting a for A\nwaiting b for A\nwaiting c for A\n"
	       "lock A by writer\n",
	       "3 threads\nA\nwriter");
	expect("root writer\n"
	       "waiting a for A\nwaiting b for A\n"
	       "lock A by writer\n",
	       "a | b\nA\nwriter");
}

static void readers_that_keep_a_lock_share_a_box(void **state)
{
	(void)state;
	expect("root r1\nroot r2\nroot r3\n"
	       "waiting writer for A\n"
	       "lock A by r1 inferred\nlock A by r2 inferred\nlock A by r3 inferred\n",
	       "writer\nA\n3 threads");
	expect("root r1\nroot r2\n"
	       "waiting writer for A\n"
	       "lock A by r1 inferred\nlock A by r2 inferred\n",
	       "writer\nA\nr1 | r2");
}

static void a_chain_has_the_others_beside_it(void **state)
{
	(void)state;
	expect("root archiver\n"
	       "holder flusher for archive\n"
	       "waiting w1 for log\nwaiting w2 for log\nwaiting w3 for log\n"
	       "waiting r1 for archive\nwaiting r2 for archive\nwaiting r3 for archive\n"
	       "lock log by flusher\n"
	       "lock archive by archiver\n",
	       "3 threads\nlog\nflusher | 3 threads\narchive\narchiver");
}

static void nobody_known_is_the_end_of_a_chain(void **state)
{
	(void)state;
	expect("waiting a for A\nlock A\n", "a\nA");
	expect("", "");
}

/* ---- Too much to be drawn ---- */

static char *chain_of(size_t n, bool closed)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 && !closed)
			fprintf(out, "root t0\n");
		else
			fprintf(out, "%s t%zu for l%zu\n", closed ? "cycle" : "holder", i,
				(i + n - 1) % n);
	}
	for (size_t i = 0; i < n; i++)
		fprintf(out, "lock l%zu by t%zu\n", i, i);
	fclose(out);
	return text;
}

static void of_a_long_chain_the_end_is_drawn(void **state)
{
	char *story = chain_of(1000, false), *text;
	struct pictured d;

	(void)state;
	text = drawn(pictured(&d, story));
	assert_true(strncmp(text, "+985\nl14\nt14\n", 13) == 0);
	assert_non_null(strstr(text, "\nt1\nl0\nt0"));
	free(text);
	free(story);
	pictured_free(&d);
}

static void a_large_circle_is_closed_through_what_is_not_drawn(void **state)
{
	char *story = chain_of(200, true);
	struct pictured d;
	struct picture p;
	size_t more = 0, out = 0;

	(void)state;
	assert_int_equal(picture_new(pictured(&d, story), &p), 0);
	check(&p);
	assert_int_equal(p.n_boxes, PICTURE_BOXES + 1);
	while (p.boxes[more].sort != PICTURE_MORE)
		more++;
	assert_int_equal(p.boxes[more].count, 185);
	for (size_t i = 0; i < p.n_edges; i++) {
		assert_true(p.edges[i].cycle);
		out += p.edges[i].from == more;
	}
	assert_int_equal(p.n_edges, PICTURE_BOXES + 1);
	assert_int_equal(out, 1);
	picture_free(&p);
	pictured_free(&d);
	free(story);
}

static char *any_story(unsigned int *seed)
{
	static const char *const roles[] = {"root", "cycle", "holder", "waiting"};
	size_t threads = rand_r(seed) % 90, locks = rand_r(seed) % 60 + 1, size;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	for (size_t i = 0; i < threads; i++) {
		fprintf(out, "%s t%zu", roles[rand_r(seed) % 4], i);
		if (rand_r(seed) % 4)
			fprintf(out, " for l%zu", (size_t)rand_r(seed) % locks);
		fputc('\n', out);
	}
	for (size_t i = 0; i < locks; i++) {
		size_t holders = threads ? rand_r(seed) % 4 : 0;

		fprintf(out, holders ? "" : "lock l%zu\n", i);
		for (size_t h = 0; h < holders; h++)
			fprintf(out, "lock l%zu by t%zu\n", i, (size_t)rand_r(seed) % threads);
	}
	fclose(out);
	return text;
}

/* Boxes do not overlap, nothing is outside, and edges pass beside the boxes. */
static void check_places(const struct report *r)
{
	struct picture p;
	struct place place;

	assert_int_equal(picture_new(r, &p), 0);
	place_all(&p, &place);
	for (size_t i = 0; i < p.n_boxes; i++) {
		struct place_rect at = place_box(&place, i);

		assert_true(at.x >= 0 && at.width > 80 && at.x + at.width <= PLACE_WIDTH);
		assert_true(at.y + PLACE_BOX_H <= place.height);
		if (p.boxes[i].half == 2)
			assert_true(at.x >= place_box(&place, i - 1).x + at.width);
	}
	for (size_t i = 0; i < p.n_edges; i++) {
		int x = place_lane_x(&place, &p.edges[i]);

		assert_true(x == -1 || (x > 0 && x < place.left) ||
			    (x > place.left + place.width && x < PLACE_WIDTH));
	}
	picture_free(&p);
}

static void whatever_the_graph_each_thread_is_in_one_box(void **state)
{
	unsigned int seed = 1;

	(void)state;
	for (size_t i = 0; i < 400; i++) {
		char *story = any_story(&seed);
		struct pictured d;

		free(drawn(pictured(&d, story)));
		check_places(&d.report);
		pictured_free(&d);
		free(story);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_goes_down_to_the_root),
		cmocka_unit_test(a_circle_begins_with_its_first_thread),
		cmocka_unit_test(who_waits_for_himself_is_a_circle_of_one),
		cmocka_unit_test(who_hangs_off_a_circle_is_not_in_it),
		cmocka_unit_test(who_waits_alike_shares_a_box),
		cmocka_unit_test(readers_that_keep_a_lock_share_a_box),
		cmocka_unit_test(a_chain_has_the_others_beside_it),
		cmocka_unit_test(nobody_known_is_the_end_of_a_chain),
		cmocka_unit_test(of_a_long_chain_the_end_is_drawn),
		cmocka_unit_test(a_large_circle_is_closed_through_what_is_not_drawn),
		cmocka_unit_test(whatever_the_graph_each_thread_is_in_one_box),
	};

	return cmocka_run_group_tests_name("picture", tests, NULL, NULL);
}
