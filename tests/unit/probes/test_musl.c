// SPDX-License-Identifier: GPL-2.0
/* Locks of musl, dynamic and static: what each is taken for, and who is named. */
#include "rig.h"

#include <libgen.h>
#include <limits.h>

#include "../../../user/os/unread.h"

struct victim {
	struct rig rig;
	pid_t waiter, holder;
};

static const char *const programs[] = {"victim_musl", "victim_musl_static"};

/* Starts victim_musl WHAT next to this test; false if there is none: no musl-gcc here. */
static bool up(struct victim *v, const char *program, const char *what)
{
	char own[PATH_MAX] = "", path[PATH_MAX + 64];
	int fds[2], holder, waiter;
	FILE *out;
	pid_t pid;

	assert_true(readlink("/proc/self/exe", own, sizeof(own) - 1) > 0);
	snprintf(path, sizeof(path), "%s/%s", dirname(own), program);
	if (access(path, X_OK)) {
		print_message("[  SKIPPED ] no musl-gcc (package musl-tools)\n");
		skip();
	}
	rig_up(&v->rig);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (!pid) {
		dup2(fds[1], 1);
		execl(path, path, what, NULL);
		_exit(1);
	}
	close(fds[1]);
	v->rig.pids[v->rig.n_pids++] = pid;
	out = fdopen(fds[0], "r");
	assert_int_equal(fscanf(out, "%d %d", &holder, &waiter), 2);
	fclose(out);
	v->holder = holder;
	atomic_store(&v->rig.page->tid[1], waiter);
	v->waiter = rig_blocked(&v->rig, 0, 1, SYS_futex);
	return true;
}

static struct description *describe(struct victim *v, struct wait *w)
{
	return rig_describe(&v->rig, 0, v->waiter, w);
}

static void check_exact(const char *what, const char *kind)
{
	for (int i = 0; i < 2; i++) {
		struct victim v = {0};
		struct description *d;
		struct wait w;

		up(&v, programs[i], what);
		d = describe(&v, &w);
		assert_string_equal(d->resource.resource.kind, kind);
		assert_int_equal(d->n_holds, 1);
		assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_EXACT);
		assert_int_equal(d->holds[0].hold.ref.tid, v.holder);
		assert_int_equal(d->holds[0].hold.gone, false);
		description_free(d);
		rig_down(&v.rig);
	}
}

static void check_nobody(const char *what, const char *kind, const char *why)
{
	for (int i = 0; i < 2; i++) {
		struct victim v = {0};
		struct description *d;
		struct wait w;

		up(&v, programs[i], what);
		d = describe(&v, &w);
		assert_string_equal(d->resource.resource.kind, kind);
		assert_int_equal(d->n_holds, 1);
		assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_UNKNOWN);
		assert_non_null(strstr(d->holds[0].hold.why, why));
		description_free(d);
		rig_down(&v.rig);
	}
}

static void typed_mutexes_name_their_owner(void **state)
{
	(void)state;
	check_exact("recursive", "mutex");
	check_exact("errorcheck", "mutex");
	check_exact("robust", "mutex");
	check_exact("pi", "mutex");
}

static void normal_mutexes_name_nobody(void **state)
{
	(void)state;
	check_nobody("normal", "mutex", "does not record its owner");
}

static void of_a_dead_owner_no_id_is_left(void **state)
{
	(void)state;
	check_nobody("dead", "mutex", "has exited without releasing it");
}

static void rwlocks_name_nobody(void **state)
{
	(void)state;
	check_nobody("read", "rwlock", "counts its readers");
	check_nobody("write", "rwlock", "does not record its writer");
}

static void the_joined_thread_is_named(void **state)
{
	(void)state;
	check_exact("join", "thread");
}

/* An own lock that looks like a recursive mutex, waited for after a real one; an own descriptor. */
static void look_alikes_are_not_taken_for_them(void **state)
{
	(void)state;
	check_nobody("fake", "futex", "");
	check_nobody("fakejoin", "futex", "");
}

static void parked_threads_are_parked(void **state)
{
	static const char *const what[] = {"cond", "sem"};

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct victim v = {0};
		struct wait w;
		struct seen seen;

		up(&v, programs[i / 2], what[i % 2]);
		w = rig_recognise(&v.rig, 0, v.waiter, &seen);
		assert_int_equal(w.class, CLASS_PARK);
		assert_false(w.follow);
		rig_down(&v.rig);
	}
}

static int take_note(void *ctx, const struct fact *f)
{
	char *text = ctx;

	assert_int_equal(f->type, FACT_NOTE);
	assert_string_equal(text, ""); /* once */
	snprintf(text, 160, "%s", f->note.text);
	return 0;
}

/* It could be any lock; that there is one of which nothing is known, is said once. */
static void of_a_stripped_program_nothing_is_claimed(void **state)
{
	char text[160] = "";
	struct fact_sink sink = {take_note, text};
	struct victim v = {0};
	struct description *d;
	struct wait w;

	(void)state;
	up(&v, "victim_musl_stripped", "recursive");
	for (int i = 0; i < 2; i++) {
		d = describe(&v, &w);
		assert_int_equal(w.class, CLASS_PARK);
		assert_string_equal(d->resource.resource.kind, "futex");
		assert_int_equal(d->n_holds, 1);
		assert_int_equal(d->holds[0].hold.evidence, EVIDENCE_UNKNOWN);
		assert_string_equal(d->holds[0].hold.why, UNREAD_STRIPPED);
		description_free(d);
		assert_int_equal(unread_state(v.rig.os.unread, &sink), 0);
	}
	assert_non_null(strstr(text, "victim_musl_str: stripped static program"));
	rig_down(&v.rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(typed_mutexes_name_their_owner),
		cmocka_unit_test(of_a_dead_owner_no_id_is_left),
		cmocka_unit_test(normal_mutexes_name_nobody),
		cmocka_unit_test(rwlocks_name_nobody),
		cmocka_unit_test(the_joined_thread_is_named),
		cmocka_unit_test(look_alikes_are_not_taken_for_them),
		cmocka_unit_test(parked_threads_are_parked),
		cmocka_unit_test(of_a_stripped_program_nothing_is_claimed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
