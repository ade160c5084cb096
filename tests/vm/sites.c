// SPDX-License-Identifier: GPL-2.0
/*
 * Probes of the lock functions of the C library that is here, where the program puts
 * them: each call hits exactly once, on every path through the function, with the lock
 * and the caller that it had at the entry. Prints TAP.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "../../bpf/lt_wire.h"
#include "lock_calls.h"
#include "site_probe.h"

extern const char __executable_start, etext;

static int n_tests, n_failed;

static int last_lock(void *ctx, const void *record)
{
	const struct lt_task_locks *r = record;
	struct lt_lock *last = ctx;

	for (int i = 0; r->tid == getpid() && i < LT_LOCKS; i++)
		if (r->locks.lock[i].entered_ns > last->entered_ns)
			*last = r->locks.lock[i];
	return 0;
}

static void check(bool ok, const char *function, const char *what)
{
	printf("%sok %d - %s: %s\n", ok ? "" : "not ", ++n_tests, function, what);
	fflush(stdout);
	n_failed += !ok;
}

/* Of two versions of a function this program calls one: both are probed, as the way does. */
static void each_call_hits_once(const struct site_probes *p, const struct lock_call *e)
{
	int fds[4];
	struct lt_lock last = {0};
	size_t n = 0;
	uint64_t before, after;
	char what[200];

	for (int i = 0; i < p->n_found; i++) {
		if (strcmp(lock_function_name(p->found[i].name), e->function) != 0 || n == 4)
			continue;
		printf("# %s: 0x%" PRIx64 " +%d %s\n", e->function, p->found[i].offset,
		       p->found[i].at, uprobe_kind_words(p->found[i].kind));
		fds[n] = site_probe(p, p->libc, p->found[i].offset + p->found[i].at,
				    p->found[i].use);
		check(fds[n] >= 0, e->function, "the kernel takes the probe");
		n++;
	}
	lock_calls_made = 0;
	before = site_hits(p);
	e->run();
	after = site_hits(p);
	snprintf(what, sizeof(what), "%d calls, %" PRIu64 " hits", (int)lock_calls_made,
		 after - before);
	check(n && lock_calls_made > 0 && after - before == (uint64_t)lock_calls_made, e->function,
	      what);
	if (e->lock) {
		loader_iterate(loader_program(p->object, "lt_list_locks"), 0,
			       sizeof(struct lt_task_locks), last_lock, &last);
		check(last.address == (uintptr_t)e->lock, e->function,
		      "the lock is that of the call");
		check(last.caller > (uintptr_t)&__executable_start &&
			      last.caller < (uintptr_t)&etext,
		      e->function, "the caller is this program");
	}
	for (size_t i = 0; i < n; i++)
		close(fds[i]);
}

int main(void)
{
	static struct site_probes probes;
	const char *why = site_probes_open(&probes);

	if (why) {
		printf("Bail out! %s\n", why);
		return 1;
	}
	lock_calls_begin();
	for (const struct lock_call *c = lock_calls; c->function; c++)
		each_call_hits_once(&probes, c);
	printf("1..%d\n", n_tests);
	return n_failed != 0;
}
