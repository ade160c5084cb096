// SPDX-License-Identifier: GPL-2.0
/*
 * The ways of seeing by BPF, against processes that log the truth themselves.
 * Prints TAP. Needs root and a kernel that allows BPF: meant for a VM.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../../user/os/os.h"
#include "../../user/parser/wire.h"
#include "../../user/target.h"
#include "../../user/ways/way.h"
#include "victims.h"

#define MS	     1000000ULL
#define CLOSE_ENOUGH (20 * MS)

static int n_tests, n_failed;
static char last_warning[1024];

__attribute__((format(printf, 2, 3))) static bool check(bool ok, const char *format, ...)
{
	va_list args;

	printf("%sok %d - ", ok ? "" : "not ", ++n_tests);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	n_failed += !ok;
	return ok;
}

static int keep_note(void *ctx, const struct fact *fact)
{
	(void)ctx;
	if (fact->type == FACT_NOTE) {
		snprintf(last_warning, sizeof(last_warning), "%s", fact->note.text);
		printf("# note: %s\n", fact->note.text);
	}
	if (fact->type == FACT_LOST)
		printf("# lost: %s %" PRIu64 "\n", fact->lost.reason, fact->lost.count);
	return 0;
}

static const struct fact_sink notes = {keep_note, NULL};

/* One way of seeing, open on one process. */
struct view {
	const struct way *way;
	struct way_config config;
	struct target *target;
	void *self;
};

static bool view_open(struct view *v, const struct way *way, struct os *os, pid_t pid,
		      struct way_config config)
{
	int err;

	*v = (struct view){.way = way, .config = config};
	v->config.os = os;
	v->config.notes = &notes;
	if (target_new(os->proc_fd, pid, false, &v->target) < 0)
		return check(false, "target");
	v->config.target = v->target;
	err = way->open(&v->config, &v->self);
	return check(err == 0, "%s opens (%s)", way->name, err ? strerror(-err) : "no error");
}

static void view_close(struct view *v)
{
	v->way->lost(v->self, &notes);
	v->way->close(v->self);
	target_free(v->target);
}

struct found {
	struct seen *seen;
	size_t n;
};

static int keep_seen(void *ctx, const struct seen *s)
{
	struct found *f = ctx;

	f->seen = realloc(f->seen, (f->n + 1) * sizeof(*s));
	f->seen[f->n++] = *s;
	return 0;
}

static struct found scan(struct view *v, uint64_t min_age_ns)
{
	struct found f = {0};
	uint32_t threads = 0;
	int err = v->way->scan(v->self, now_ns(), min_age_ns, keep_seen, &f, &threads);

	if (err < 0 || threads == 0)
		check(false, "scan: %s, %u threads", strerror(-err), threads);
	return f;
}

static const struct seen *find(const struct found *f, pid_t tid)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->seen[i].ref.tid == tid)
			return &f->seen[i];
	}
	return NULL;
}

static double off_ms(uint64_t a, uint64_t b)
{
	return ((double)a - (double)b) / 1e6;
}

static bool close_to(uint64_t a, uint64_t b)
{
	return a > b ? a - b < CLOSE_ENOUGH : b - a < CLOSE_ENOUGH;
}

static void nap_ms(long ms)
{
	const struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

/* Hooks know since when, signals or not; with hooks taken off the same check must fail. */
static void signalled(struct os *os, struct way_config config)
{
	const struct seen *seen;
	struct seen now;
	struct scene s;
	struct view v;
	struct found f;
	struct victim *victim;
	bool right = false;

	if (!view_open(&v, &way_hooks, os, 0, config))
		return;
	s = scene_start(scene_signalled, 1);
	victim = &s.truth->victims[0];
	nap_ms(3100);
	f = scan(&v, 1000 * MS);
	seen = find(&f, victim->tid);
	if (config.detach_hooks) {
		check(!seen || seen->hook_kind == LT_KIND_NONE, "without hooks no hook record");
		do
			v.way->look(v.self, s.pid, victim->tid, &now);
		while (!now.ran_ns); /* it is just being signalled */
		check(!close_to(now.ran_ns, victim->began_ns),
		      "without hooks the wait looks %.0f ms too young",
		      off_ms(now.ran_ns, victim->began_ns));
	} else {
		right = seen && seen->hook_kind == LT_KIND_FUTEX && seen->hook_key == victim->key;
		check(right, "a waiter that takes signals is listed");
	}
	if (right) {
		check(close_to(seen->hook_since_ns, victim->began_ns),
		      "since is %.2f ms off after ten signals",
		      off_ms(seen->hook_since_ns, victim->began_ns));
	}
	free(f.seen);
	scene_stop(&s);
	view_close(&v);
}

static void parked(struct os *os, struct way_config config)
{
	double worst = 0, worst_ran = 0;
	int listed = 0, right = 0;
	struct scene s;
	struct found f;
	struct view v;
	uint64_t before;

	if (!view_open(&v, &way_hooks, os, 0, config))
		return;
	check(strstr(v.way->hooks(v.self), "futex sysvmsg unix_peer") != NULL, "hooks on: %s",
	      v.way->hooks(v.self));
	s = scene_start(scene_parked, 200);
	before = now_ns();
	f = scan(&v, 0);
	printf("# a scan of %zu threads: %.2f ms\n", f.n, off_ms(now_ns(), before));
	for (int i = 0; i < 200; i++) {
		const struct victim *victim = &s.truth->victims[i];
		const struct seen *seen = find(&f, victim->tid);
		double off, ran;

		if (!seen || seen->hook_kind != LT_KIND_FUTEX)
			continue;
		listed++;
		off = off_ms(seen->hook_since_ns, victim->began_ns);
		ran = off_ms(seen->ran_ns, seen->hook_since_ns);
		worst = off > worst ? off : worst;
		worst_ran = ran * ran > worst_ran * worst_ran ? ran : worst_ran;
		right += seen->hook_key == victim->key && seen->args[0] == victim->key &&
			 seen->syscall == SYS_futex && seen->ref.pid == s.pid;
	}
	check(listed == 200, "%d of 200 parked threads are listed", listed);
	check(right == 200, "%d of 200 have the right lock", right);
	printf("# since by hooks: at most %.2f ms late; last ran by the census: %.3f ms off it\n",
	       worst, worst_ran);
	check(worst_ran > -20 && worst_ran < 20, "census and hooks agree");
	free(f.seen);
	scene_stop(&s);
	view_close(&v);
}

/* A lock that everybody gets again and again is not one long wait. */
static void contended(struct os *os, struct way_config config, scene_fn scene, int n)
{
	int live = 0, merged = 0;
	struct scene s;
	struct view v;

	if (!view_open(&v, &way_hooks, os, 0, config))
		return;
	s = scene_start(scene, 0);
	while (s.truth->ready < n)
		nap_ms(1);
	for (int i = 0; i < 800; i++) {
		struct victim *victim = &s.truth->victims[i % n];
		uint64_t had = victim->had_ns;
		struct seen seen;

		if (v.way->look(v.self, s.pid, victim->tid, &seen) < 0 ||
		    seen.hook_kind == LT_KIND_NONE)
			continue;
		live++;
		/* It had the lock at `had`, so no wait that goes on now is older. */
		merged += seen.hook_since_ns < had;
	}
	check(live >= 20, "%d of 800 looks met a wait", live);
	check(merged == 0, "%d of them took several waits for one", merged);
	scene_stop(&s);
	view_close(&v);
}

struct drained {
	struct thread_ref ref;
	uint64_t at_ns;
	int n;
};

static int keep_first(void *ctx, const struct way_use *use)
{
	struct drained *d = ctx;

	if (d->n++ == 0) {
		d->ref = use->ref;
		d->at_ns = use->at_ns;
	}
	return 0;
}

static void one_waiter(struct os *os, struct way_config config, scene_fn scene, int i,
		       enum lt_kind kind, const char *name)
{
	const struct seen *seen;
	struct victim *victim;
	struct scene s;
	struct found f;
	struct view v;
	bool right;

	if (!view_open(&v, &way_hooks, os, 0, config))
		return;
	s = scene_start(scene, 0);
	while (s.truth->ready < i + 1)
		nap_ms(1);
	nap_ms(100);
	victim = &s.truth->victims[i];
	f = scan(&v, 20 * MS);
	seen = find(&f, victim->tid);
	right = seen && seen->hook_kind == kind;
	check(right, "%s is listed", name);
	if (right) {
		check(seen->hook_key == victim->key, "its key is %" PRIu64, seen->hook_key);
		check(close_to(seen->hook_since_ns, victim->began_ns), "its since is %.2f ms off",
		      off_ms(seen->hook_since_ns, victim->began_ns));
		printf("# kernel stack: %s %s %s; last ran %.3f ms off\n", seen->kframes[0],
		       seen->kframes[1], seen->kframes[2],
		       off_ms(seen->ran_ns, seen->hook_since_ns));
	}
	if (kind == LT_KIND_SYSVMSG) {
		struct drained d = {0};

		v.way->users(v.self, kind, 0, victim->key, keep_first, &d);
		check(d.n == 1 && d.ref.tid == s.truth->victims[0].tid &&
			      close_to(d.at_ns, s.truth->victims[0].began_ns),
		      "the thread that received is known (%d in all)", d.n);
	}
	free(f.seen);
	scene_stop(&s);
	view_close(&v);
}

/* The census alone, on threads that blocked before it was there. */
static void census(struct os *os)
{
	struct scene s = scene_start(scene_parked, 200);
	double worst = 0, best = 1e9;
	struct seen gone;
	struct found f;
	struct view v;
	int n = 0;

	nap_ms(1100); /* so that every age is past a second */
	if (!view_open(&v, &way_census, os, s.pid, (struct way_config){0}))
		return;
	f = scan(&v, 1000 * MS);
	for (int i = 0; i < 200; i++) {
		const struct victim *victim = &s.truth->victims[i];
		const struct seen *seen = find(&f, victim->tid);
		double off;

		if (!seen || seen->args[0] != victim->key)
			continue;
		n++;
		off = off_ms(seen->ran_ns, victim->began_ns);
		worst = off > worst ? off : worst;
		best = off < best ? off : best;
	}
	check(n == 200, "the census finds %d of 200", n);
	check(best > -5 && worst < 20, "last ran is %.3f to %.3f ms after its own log", best,
	      worst);
	free(f.seen);
	scene_stop(&s);
	check(v.way->look(v.self, s.pid, s.pid, &gone) == -ESRCH, "gone is gone");
	view_close(&v);
}

static void lock_probes(struct os *os)
{
	struct way_config config = {.uprobes = true, .uprobes_auto = true, .budget_ppm = 50000};
	struct scene s = scene_start(scene_holder, 0);
	uint64_t at = 0, caller = 0;
	struct thread_ref ref;
	struct view v;

	if (!view_open(&v, &way_hooks, os, s.pid, config))
		return;
	check(strstr(v.way->hooks(v.self), "pthread") != NULL, "hooks on: %s",
	      v.way->hooks(v.self));
	close(open("/tmp/go", O_CREAT | O_WRONLY, 0600));
	while (s.truth->ready < 2)
		nap_ms(1);
	ref = (struct thread_ref){s.pid, s.truth->victims[0].tid, 0};
	check(v.way->last_entered(v.self, &ref, s.truth->victims[0].key, &at, &caller) == 1,
	      "where the holder took the lock is known");
	check(close_to(at, s.truth->victims[0].began_ns), "and when: %.2f ms off",
	      off_ms(at, s.truth->victims[0].began_ns));
	check(caller > s.truth->caller_low && caller < s.truth->caller_high,
	      "caller is 0x%" PRIx64 " in 0x%" PRIx64 "..", caller, s.truth->caller_low);
	check(v.way->last_entered(v.self, &ref, 4242, &at, &caller) == 0, "another lock is not");
	unlink("/tmp/go");
	scene_stop(&s);
	view_close(&v);

	s = scene_start(scene_busy_locks, 0);
	last_warning[0] = '\0';
	if (!view_open(&v, &way_hooks, os, s.pid, config))
		return;
	/* to read a program takes long in a machine that is emulated, and was given up then */
	for (int i = 0; i < 5 && !strstr(v.way->hooks(v.self), "pthread"); i++) {
		view_close(&v);
		nap_ms(1000);
		if (!view_open(&v, &way_hooks, os, s.pid, config))
			return;
	}
	for (int i = 0; i < 40 && !strstr(last_warning, "taken off"); i++) {
		struct found f = scan(&v, 1000 * MS);

		free(f.seen);
		v.way->unseen(v.self, &notes);
		nap_ms(250);
	}
	check(strstr(last_warning, "pthread was taken off") != NULL,
	      "probes that cost too much are taken off");
	check(strstr(v.way->hooks(v.self), "pthread") == NULL, "hooks on: %s",
	      v.way->hooks(v.self));
	check(v.way->readers(v.self, s.pid, 0, NULL, NULL) == -ENOTSUP,
	      "and what they counted is not relied on");
	scene_stop(&s);
	view_close(&v);
}

int main(int argc, char **argv)
{
	const struct way_config fentry = {0}, kprobe = {.force_kprobe = true};
	const struct way_config detached = {.detach_hooks = true};
	struct os os;

	/* a parser is this program, as it would be locktrace */
	if (argc == 2 && strcmp(argv[1], PARSER_ARGUMENT) == 0)
		parser_child_run();
	if (os_open(&os) < 0)
		return 1;
	signalled(&os, fentry);
	signalled(&os, kprobe);
	signalled(&os, detached);
	parked(&os, fentry);
	parked(&os, kprobe);
	contended(&os, fentry, scene_contended, 4);
	contended(&os, kprobe, scene_contended, 4);
	contended(&os, fentry, scene_rwlock, 2);
	one_waiter(&os, fentry, scene_queue_full, 1, LT_KIND_SYSVMSG, "a sender to a full queue");
	one_waiter(&os, kprobe, scene_queue_full, 1, LT_KIND_SYSVMSG, "the same by kprobe");
	one_waiter(&os, fentry, scene_backlog, 0, LT_KIND_UNIX_PEER, "a connect to a full backlog");
	one_waiter(&os, kprobe, scene_backlog, 0, LT_KIND_UNIX_PEER, "the same by kprobe");
	census(&os);
	lock_probes(&os);
	os_close(&os);
	printf("1..%d\n", n_tests);
	return n_failed != 0;
}
